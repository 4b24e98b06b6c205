import { Fault } from '../../drivers/contract/fault.ts';
import type { AbortWatch } from '../clock/abort-watch.ts';
import type { Instant } from '../clock/clock.ts';
import type { Queued } from './plan.ts';
import type { Operation } from './ticket.ts';

export interface JobOptions {
  readonly operation: Operation;
  readonly data: unknown;
  readonly expiresAt: Instant;
  readonly signal: AbortSignal;
  readonly watch: AbortWatch;
  readonly resolve: (value: unknown) => void;
  readonly reject: (fault: Fault) => void;
  /** Called when the submitter's signal is aborted before the job is settled. */
  readonly onCancel: (job: ThrottleJob) => void;
}

/** Why what runs was told to stop; its submitter gets this unless the operation succeeds all the same. */
export type StopCode = 'throttle/ran-too-long' | 'internal/cancelled';

/** One submitted operation, from the queue to its result. Listens to its submitter's signal until it is settled. */
export class ThrottleJob implements Queued {
  readonly operation: Operation;
  readonly data: unknown;
  readonly expiresAt: Instant;
  readonly #options: JobOptions;
  readonly #listener: () => void;

  constructor(options: JobOptions) {
    this.operation = options.operation;
    this.data = options.data;
    this.expiresAt = options.expiresAt;
    this.#options = options;
    this.#listener = () => options.onCancel(this);
    options.watch.add(options.signal, this.#listener);
  }

  get readyAt(): Instant | undefined {
    return this.operation.readyAt?.();
  }

  succeed(value: unknown): void {
    this.#settled();
    this.#options.resolve(value);
  }

  fail(fault: Fault): void {
    this.#settled();
    this.#options.reject(fault);
  }

  #settled(): void {
    this.#options.watch.delete(this.#options.signal, this.#listener);
  }
}

/** A job that has the line. */
export class ThrottleRun {
  readonly job: ThrottleJob;
  readonly #controller: AbortController;
  #told: StopCode | undefined;

  /** @param controller may serve one run after the other, as long as it was not aborted: a signal costs time to make */
  constructor(job: ThrottleJob, controller: AbortController) {
    this.job = job;
    this.#controller = controller;
  }

  /** The operation's result, its error or its rejection, as one promise. */
  begin(): Promise<unknown> {
    try {
      return Promise.resolve(this.job.operation.run(this.job.data, this.#controller.signal));
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }

  tellToStop(code: StopCode): void {
    this.#told = code;
    this.#controller.abort(new Fault(code));
  }

  /** @param thrown what it ended with, if it ended */
  stoppedBy(thrown?: unknown): Fault | undefined {
    return this.#told && new Fault(this.#told, { started: true }, thrown);
  }
}
