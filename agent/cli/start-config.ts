import { isAbsolute } from 'node:path';
import { AMOUNTS } from '../../config/limits.ts';
import { type LoadedConfig, loadConfig, type RefusedConfig } from '../../config/load.ts';
import { readTextFile } from '../../config/source/file.ts';
import { milliseconds } from '../../drivers/contract/duration.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import type { Clock } from '../clock/clock.ts';
import { monotonicMicroseconds } from '../clock/monotonic.ts';
import { bootId } from '../files/boot-id.ts';
import { ConfigTrial } from '../lifecycle/config-trial.ts';
import { endWords, type TrialEnd, type TrialMarker } from '../lifecycle/trial-marker.ts';
import type { Log } from '../log/log.ts';
import type { CliIo } from './io.ts';

/** `fieldward apply` decides within the time that it was given; the agent waits a little longer, so that one decides. */
const GRACE_MS = 5000;

export interface StartConfigOptions {
  readonly file: string;
  readonly environment: CliIo['environment'];
  /** For tests: how a file is loaded, and which boot of the machine this is. */
  readonly loadFile?: ((file: string) => Promise<LoadedConfig | RefusedConfig>) | undefined;
  readonly boot?: (() => Promise<string>) | undefined;
}

/** With which config the agent starts and reloads: the one in place, or a new one on trial. */
export class StartConfig {
  readonly #file: string;
  readonly #trial: ConfigTrial;
  readonly #loadFile: (file: string) => Promise<LoadedConfig | RefusedConfig>;
  #marker: TrialMarker | undefined;
  #lost: TrialEnd | undefined;

  constructor({ file, environment, loadFile, boot = bootId }: StartConfigOptions) {
    const state = environment.STATE_DIRECTORY?.split(':')[0];
    this.#file = file;
    this.#loadFile = loadFile ?? ((path) => loadConfig({ file: path, environment, catalogue: openCatalogue() }));
    this.#trial = new ConfigTrial({
      file,
      directory: state !== undefined && isAbsolute(state) ? state : undefined,
      boot,
      now: monotonicMilliseconds,
      hashOf: hashOfConfig,
    });
  }

  /** Whether the agent runs with a config that is not confirmed. */
  get isOnTrial(): boolean {
    return this.#marker !== undefined;
  }

  /** For the start: a new config that is refused here goes back at once. */
  async first(): Promise<LoadedConfig | RefusedConfig> {
    const marker = await this.#trial.take();
    if (marker !== undefined) {
      const loaded = await this.#loadFile(this.#trial.file);
      if (loaded.ok && loaded.hash === marker.hash) {
        this.#marker = marker;
        return loaded;
      }
      this.#lost = 'refused';
      await this.#trial.back('refused');
    }
    return this.#loadFile(this.#file);
  }

  /** For a reload: of what the next start would take. */
  async next(): Promise<LoadedConfig | RefusedConfig> {
    if (!(await this.#trial.isOffered())) return this.#loadFile(this.#file);
    const loaded = await this.#loadFile(this.#trial.file);
    if (!loaded.ok) await this.#trial.back('refused');
    return loaded;
  }

  /** Says of a trial what `first` found. */
  tell(log: Log): void {
    if (this.#marker !== undefined) log.info('config on trial', { forS: this.#marker.confirmMs / 1000 });
    if (this.#lost !== undefined) log.warn('trial of a config ended', { why: endWords(this.#lost) }, NOT_CONFIRMED);
  }

  /**
   * Waits for the end of the trial's time; unless the new config is in place by then the old one counts again.
   * Settles when the signal aborts.
   * @param reload takes on the config in place, if it is good
   */
  async untilConfirmed(clock: Clock, log: Log, signal: AbortSignal, reload: () => Promise<void>): Promise<void> {
    const marker = this.#marker;
    if (marker === undefined) return;
    await clock.sleep(milliseconds(marker.confirmMs + GRACE_MS), signal).catch(() => undefined);
    if (signal.aborted || (await this.#trial.isKept(marker))) return;
    await this.#trial.back('unconfirmed');
    log.warn('trial of a config ended', { why: endWords('unconfirmed') }, NOT_CONFIRMED);
    await reload();
  }
}

const NOT_CONFIRMED = new Fault('config/not-confirmed');

/** Of the machine, the same for all processes. */
export function monotonicMilliseconds(): number {
  return Number(monotonicMicroseconds()) / 1000;
}

/** SHA-256 of a config file; undefined where it can't be read. */
async function hashOfConfig(file: string): Promise<string | undefined> {
  const content = await readTextFile(file, AMOUNTS.fileBytes);
  return content.ok ? content.hash : undefined;
}
