import {
  isOn,
  readMarker,
  removeMarker,
  type TrialEnd,
  type TrialMarker,
  trialFile,
  writeMarker,
} from './trial-marker.ts';

export interface ConfigTrialOptions {
  /** The config in place. */
  readonly file: string;
  /** The state directory; undefined: there is none, and so no trial. */
  readonly directory: string | undefined;
  /** The boot of the machine; may reject. */
  readonly boot: () => Promise<string>;
  /** Milliseconds of the machine's monotonic clock. */
  readonly now: () => number;
  /** SHA-256 of a file; undefined where it can't be read. */
  readonly hashOf: (file: string) => Promise<string | undefined>;
}

/**
 * A new config on trial, as the agent sees it. Until it is confirmed it lies beside the config in place, and one start of
 * the agent takes it. So nothing has to be put back: every other start takes the config in place, however the first one
 * ended, and also where nobody confirmed it.
 */
export class ConfigTrial {
  readonly #options: ConfigTrialOptions;

  constructor(options: ConfigTrialOptions) {
    this.#options = options;
  }

  /** The file of the new config. */
  get file(): string {
    return trialFile(this.#options.file);
  }

  /**
   * Takes the trial on, once: it is marked as tried before anything of the new config is read. Never throws.
   * @returns undefined: the config in place counts
   */
  async take(): Promise<TrialMarker | undefined> {
    const marker = await this.#pending();
    if (marker === undefined) return undefined;
    if (!isOn(marker, await this.#boot(), this.#options.now())) return this.#lost('late');
    if (marker.state === 'tried') return this.#lost('ended');
    const tried = { ...marker, state: 'tried' } as const;
    return (await this.#write(tried)) ? tried : undefined;
  }

  /** Whether a restart would take a new config on. Never throws. */
  async isOffered(): Promise<boolean> {
    const marker = await this.#pending();
    return marker?.state === 'set' && isOn(marker, await this.#boot(), this.#options.now());
  }

  /** Whether the new config has come into its place meanwhile. Never throws. */
  async isKept({ hash }: TrialMarker): Promise<boolean> {
    return (await this.#options.hashOf(this.#options.file)) === hash;
  }

  /** The config in place counts from now on. Never throws: where that can't be noted the next start comes to the same. */
  async back(end: TrialEnd): Promise<void> {
    await this.#lost(end);
  }

  /**
   * The trial that is not over; a marker of the config in place is cleared away: its writer was ended before it could
   * do that.
   */
  async #pending(): Promise<TrialMarker | undefined> {
    const { directory } = this.#options;
    const marker = directory === undefined ? undefined : await readMarker(directory);
    if (marker === undefined || marker.state === 'back' || directory === undefined) return undefined;
    if (!(await this.isKept(marker))) return marker;
    await removeMarker(directory).catch(() => undefined);
    return undefined;
  }

  async #lost(end: TrialEnd): Promise<undefined> {
    const { directory } = this.#options;
    const marker = directory === undefined ? undefined : await readMarker(directory);
    if (marker !== undefined && marker.state !== 'back') await this.#write({ ...marker, state: 'back', end });
  }

  async #write(marker: TrialMarker): Promise<boolean> {
    const { directory } = this.#options;
    if (directory === undefined) return false;
    try {
      await writeMarker(directory, marker);
      return true;
    } catch {
      return false;
    }
  }

  #boot(): Promise<string | undefined> {
    return this.#options.boot().catch(() => undefined);
  }
}
