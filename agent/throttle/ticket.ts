import { Fault } from '../../drivers/contract/fault.ts';
import type { Instant } from '../clock/clock.ts';
import type { Lane } from './plan.ts';

declare const types: unique symbol;

/**
 * The right to submit one operation. It holds nothing: it must be the very object which its throttle gave out, so
 * nothing that looks like it, and no copy or proxy of it, is accepted.
 */
export class Ticket<D, R> {
  /** For the compiler only. */
  declare readonly [types]: (data: D) => R;
}

export interface Operation<D = unknown, R = unknown> {
  readonly lane: Lane;
  readonly run: (data: D, signal: AbortSignal) => Promise<R>;
  /** See `Waiting.readyAt` in plan.ts; asked anew at each look. */
  readonly readyAt?: (() => Instant) | undefined;
}

/** The operations of one throttle: filled while the agent starts, then sealed. */
export class OperationRegistry {
  readonly #operations = new Map<unknown, Operation>();
  #sealed = false;

  get sealed(): boolean {
    return this.#sealed;
  }

  /** @throws Fault `throttle/sealed` */
  add<D, R>(operation: Operation<D, R>): Ticket<D, R> {
    if (this.#sealed) throw new Fault('throttle/sealed');
    const ticket = Object.freeze(new Ticket<D, R>());
    this.#operations.set(ticket, operation as Operation);
    return ticket;
  }

  seal(): void {
    this.#sealed = true;
  }

  /** @throws Fault `throttle/unknown-operation` for anything that is no ticket of this registry */
  find(ticket: unknown): Operation {
    const operation = this.#operations.get(ticket);
    if (operation === undefined) throw new Fault('throttle/unknown-operation');
    return operation;
  }
}
