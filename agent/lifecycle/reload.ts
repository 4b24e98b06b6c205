import type { LoadedConfig, RefusedConfig } from '../../config/load.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import type { Log } from '../log/log.ts';

/** Problems of a refused config that the log shows one by one; `fieldward check` shows all. */
const MOST_SHOWN = 5;

export interface ReloadOptions {
  /** Reads and checks the config, as the start does. */
  readonly load: () => Promise<LoadedConfig | RefusedConfig>;
  readonly log: Log;
  readonly notify: { reloading(): void; ready(): void; notice(text: string): void };
  /** Stops everything in order, to be started again. */
  readonly restart: () => void;
}

/**
 * Takes a new config on by a restart, and only if it is good: the start reads secrets and the sandbox anew, and there
 * is one way only in which an agent comes to its config. With a bad one it goes on as it is and says where it is bad.
 */
export class Reload {
  readonly #options: ReloadOptions;
  #running = false;
  #again = false;
  #accepted = false;

  constructor(options: ReloadOptions) {
    this.#options = options;
  }

  /** Never throws. Asked again while it checks, it checks once more: the file may have changed meanwhile. */
  async ask(): Promise<void> {
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#again && !this.#accepted) {
        this.#again = false;
        await this.#once();
      }
    } finally {
      this.#running = false;
    }
  }

  async #once(): Promise<void> {
    const { load, log, notify, restart } = this.#options;
    notify.reloading();
    const loaded = await load().catch(() => undefined);
    if (loaded?.ok === true) {
      this.#accepted = true;
      log.info('config reloads', { config: loaded.hash.slice(0, 12) });
      notify.notice('');
      restart();
      return;
    }
    this.#refused(loaded);
    notify.ready();
  }

  /** Not the file's path: the journal may leave the machine. */
  #refused(loaded: RefusedConfig | undefined): void {
    const { log, notify } = this.#options;
    const problems = loaded?.problems ?? [];
    const count = problems.length + (loaded?.omitted ?? 0);
    log.error('reload refused, the old config stays', { count }, new Fault('config/refused'));
    for (const { line, column, path, message } of problems.slice(0, MOST_SHOWN)) {
      log.error('config problem', { line, column, at: path, problem: message });
    }
    notify.notice(`the new config is refused (${count} ${count === 1 ? 'problem' : 'problems'})`);
  }
}
