import type { Duration } from '../../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../../drivers/contract/fault.ts';
import type { Clock } from '../../clock/clock.ts';
import { withDeadline } from '../../clock/deadline.ts';

/** Work that must not overlap: under one name it runs one after the other, in the order in which it came. */
export class KeyedMutex {
  readonly #clock: Clock;
  readonly #longest: Duration;
  readonly #last = new Map<string, Promise<void>>();

  /** @param longest what waits for its turn for longer is given up */
  constructor(clock: Clock, longest: Duration) {
    this.#clock = clock;
    this.#longest = longest;
  }

  /**
   * @throws Fault `command/device-busy`, `internal/cancelled` where the work did not begin; else what it throws
   */
  async run<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    let end: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => {
      end = resolve;
    });
    const both = before === undefined ? mine : before.then(() => mine);
    this.#last.set(name, both);
    try {
      if (before !== undefined) await this.#wait(before, signal);
      return await work();
    } finally {
      end();
      if (this.#last.get(name) === both) this.#last.delete(name);
    }
  }

  async #wait(before: Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await withDeadline(this.#clock, this.#longest, signal, () => before);
    } catch (thrown) {
      if (toFault(thrown).code === 'internal/deadline') throw new Fault('command/device-busy');
      throw thrown;
    }
  }
}
