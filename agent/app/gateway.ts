import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../clock/clock.ts';
import { Supervisor } from '../clock/supervisor.ts';
import type { GatewayControl } from '../device/control.ts';
import type { Log, LogLevel } from '../log/log.ts';

export interface GatewayOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly setLevel: (level: LogLevel) => void;
  /** The level of the config; a level set by command falls back to it. */
  readonly level: LogLevel;
  readonly buses: ReadonlyMap<string, Bus>;
  readonly status: () => Readonly<Record<string, unknown>>;
  readonly diagnostics: () => Readonly<Record<string, unknown>>;
  readonly restart: () => void;
  readonly supervisor?: Supervisor | undefined;
}

/** The acts of commands on the gateway itself. */
export class Gateway implements GatewayControl {
  readonly #options: GatewayOptions;
  readonly #supervisor: Supervisor;
  #levelSet: AbortController | undefined;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#supervisor = options.supervisor ?? new Supervisor(options);
  }

  reopen(bus: string): void {
    const found = this.#options.buses.get(bus);
    if (!found) throw new Fault('command/unknown-bus');
    found.reopen();
  }

  status(): Readonly<Record<string, unknown>> {
    return this.#options.status();
  }

  diagnostics(): Readonly<Record<string, unknown>> {
    return this.#options.diagnostics();
  }

  setLogLevel(level: LogLevel, forMs: number): void {
    const { log, setLevel } = this.#options;
    this.#levelSet?.abort();
    this.#levelSet = new AbortController();
    const { signal } = this.#levelSet;
    setLevel(level);
    log.info('log level set', { to: level, forMs });
    void this.#supervisor.errand('log level', () => this.#fallBack(milliseconds(forMs), signal));
  }

  restart(): void {
    this.#options.log.warn('restart asked for');
    this.#options.restart();
  }

  /** Drops what waits. */
  stop(): void {
    this.#levelSet?.abort();
  }

  async #fallBack(wait: Duration, signal: AbortSignal): Promise<void> {
    const { clock, log, setLevel, level } = this.#options;
    try {
      await clock.sleep(wait, signal);
    } catch {
      return;
    }
    setLevel(level);
    log.info('log level fell back', { to: level });
  }
}
