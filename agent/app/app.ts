import { milliseconds } from '../../drivers/contract/duration.ts';
import { withDeadline } from '../clock/deadline.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { type AppOptions, assemble } from './assemble.ts';

/** How it ended: stopped as asked, or to be started again. */
export type AppEnd = 'stopped' | 'restart';

/** systemd kills after TimeoutStopSec: this and the flush stay below its 15 s. */
const STOP_LIMIT = milliseconds(10_000);
const FLUSH_LIMIT = milliseconds(1000);

/** The agent, from its start to its end. */
export class App {
  readonly #options: AppOptions;
  readonly #lifecycle: Lifecycle;
  readonly #restart = new AbortController();

  constructor(options: AppOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#lifecycle = new Lifecycle({
      clock,
      log,
      steps: assemble(options, () => this.#restart.abort()),
      stopLimit: STOP_LIMIT,
    });
  }

  /** Ends `run` as a restart does that was asked for by command. */
  restart(): void {
    this.#restart.abort();
  }

  /**
   * Runs until the signal aborts or a restart is asked for, then stops everything in order.
   * @throws Fault of the step that did not start
   */
  async run(stopping: AbortSignal): Promise<AppEnd> {
    const { clock, log, loaded, version } = this.#options;
    log.info('starting', { version, gateway: loaded.config.gateway, config: loaded.hash.slice(0, 12) });
    const told = new Promise<void>((resolve) => {
      for (const signal of [stopping, this.#restart.signal]) {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      }
    });
    const started = this.#lifecycle.start().then(() => log.info('started'));
    try {
      await Promise.race([started.then(() => told), told]);
      log.info('stopping');
    } finally {
      await this.#lifecycle.stop();
      await started.catch(() => undefined);
      log.info('stopped');
      await withDeadline(clock, FLUSH_LIMIT, new AbortController().signal, (signal) => log.flush(signal)).catch(
        () => {},
      );
    }
    return this.#restart.signal.aborted ? 'restart' : 'stopped';
  }
}
