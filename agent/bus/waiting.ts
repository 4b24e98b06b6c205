import type { Consequence } from '../../drivers/contract/dialogue.ts';
import type { Duration } from '../../drivers/contract/duration.ts';
import type { Fault } from '../../drivers/contract/fault.ts';
import type { Instant } from '../clock/clock.ts';
import type { Final, ReceiveBuffer } from './receive-buffer.ts';

/** The reply to a request. */
export type ExchangeReply<T> =
  | { readonly state: 'answered'; readonly result: T; readonly latencyMs: number }
  | {
      readonly state: 'failed';
      readonly fault: Fault;
      readonly consequence: Consequence;
      /** The device said something: no answer to this request can come any more. */
      readonly answered: boolean;
    };

/** How a request is sent, and how long its answer is waited for. */
export interface Asking {
  /** The owner of the request; see `ownerOf`. */
  readonly owner: string;
  /** From the request's end on the wire. */
  readonly timeout: Duration;
  /** When the line's silence is over, given when the line was used last. */
  readonly sendableAt: (usedUntil: Instant) => Instant;
}

/** The one request under way on a line. Its first end counts: a verdict, or that the port is lost or the request called off. */
export class PendingAnswer<T = unknown> {
  readonly question: ReceiveBuffer<T>;
  readonly asking: Asking;
  readonly signal: AbortSignal;
  /** When the request's last character is out, as far as is known. */
  requestEnd: Instant = Number.NEGATIVE_INFINITY;
  /** `armed`: to go out at its instant, and not yet known to be out. Bytes that come before it is out are no answer. */
  stage: 'unsent' | 'armed' | 'out' = 'unsent';
  /** It was handed to the port. */
  isSent = false;
  /** So many of its further requests were handed to the port. */
  followed = 0;
  /** When the last of these were. */
  followedAt: Instant = Number.NEGATIVE_INFINITY;
  /** So many of them are due. */
  due = 0;
  #final: Final<T> | undefined;
  #fault: Fault | undefined;
  #tell: (() => void) | undefined;

  /** @param signal calls it off */
  constructor(question: ReceiveBuffer<T>, asking: Asking, signal: AbortSignal) {
    this.question = question;
    this.asking = asking;
    this.signal = signal;
  }

  get isOver(): boolean {
    return this.#final !== undefined || this.#fault !== undefined;
  }

  settle(final: Final<T>): void {
    if (this.isOver) return;
    this.#final = final;
    this.#tell?.();
  }

  fail(fault: Fault): void {
    if (this.isOver) return;
    this.#fault = fault;
    this.#tell?.();
  }

  /** Waits for the end. @throws Fault where that is no verdict */
  async verdict(): Promise<Final<T>> {
    if (!this.isOver) {
      await new Promise<void>((resolve) => {
        this.#tell = resolve;
      });
    }
    if (this.#final === undefined) throw this.#fault;
    return this.#final;
  }
}
