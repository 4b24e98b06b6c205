import { milliseconds } from '../../drivers/contract/duration.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import type { Clock } from '../clock/clock.ts';
import { withDeadline } from '../clock/deadline.ts';

/** For the acknowledgements, and for the goodbye. */
const LEAVE_WITHIN = milliseconds(5000);

export interface DepartureSetup {
  readonly clock: Clock;
  /** Aborted when the connection has ended, however it did. */
  readonly ended: AbortSignal;
  /** From now on nothing new is taken. @returns whether the connection is still there */
  readonly begins: () => boolean;
  /** Settles when all that is under way is acknowledged. */
  readonly drained: (signal: AbortSignal) => Promise<void>;
  readonly goodbye: (fault: Fault, signal: AbortSignal) => Promise<void>;
  readonly over: (fault: Fault) => void;
}

/** Leaves a broker that is well for another one: messages under way are settled, then goodbye, as at the end of the agent. */
export class Departure {
  readonly #setup: DepartureSetup;
  #begun = false;

  constructor(setup: DepartureSetup) {
    this.#setup = setup;
  }

  /** Once, for the first that asks; within the bounds above. @param fault what the end is called */
  async go(fault: Fault): Promise<void> {
    const { clock, ended, begins, drained, goodbye, over } = this.#setup;
    if (this.#begun || !begins()) return;
    this.#begun = true;
    try {
      await withDeadline(clock, LEAVE_WITHIN, ended, drained).catch(() => {});
      await withDeadline(clock, LEAVE_WITHIN, ended, (signal) => goodbye(fault, signal));
    } catch (thrown) {
      // else the connection has ended by itself, or its end took too long
      if (!(thrown instanceof Fault)) throw thrown;
    } finally {
      over(fault);
    }
  }

  /** The same once that is due. @param due rejects with a fault where it never will be */
  async goWhen(due: Promise<void>, fault: Fault): Promise<void> {
    try {
      await due;
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      return;
    }
    await this.go(fault);
  }
}
