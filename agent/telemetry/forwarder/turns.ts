import type { Supervisor } from '../../clock/supervisor.ts';

/**
 * The turns of a part that does something only when it is called: by a reading, an answer, a timer. A turn that throws ends
 * them all; the supervisor begins them anew after a pause, and until then nothing is done.
 */
export class LaneTurns {
  #fail: ((thrown: unknown) => void) | undefined;

  /** @param again what has to be put in order before the first turn after a failure @param signal the end of all turns */
  constructor(supervisor: Supervisor, name: string, again: () => void, signal: AbortSignal) {
    let begun = false;
    const run = (until: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        until.addEventListener('abort', () => resolve(), { once: true });
        this.#fail = (thrown) => {
          this.#fail = undefined;
          reject(thrown);
        };
        if (begun) this.take(again);
        begun = true;
      });
    void supervisor.supervise(name, run, signal);
  }

  take(turn: () => void): void {
    try {
      if (this.#fail !== undefined) turn();
    } catch (thrown) {
      this.#fail?.(thrown);
    }
  }
}
