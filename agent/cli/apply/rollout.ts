import type { LoadedConfig, RefusedConfig } from '../../../config/load.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import type { Clock, Instant } from '../../clock/clock.ts';
import {
  endWords,
  isOn,
  readMarker,
  removeMarker,
  type TrialEnd,
  type TrialMarker,
  writeMarker,
} from '../../lifecycle/trial-marker.ts';
import { fileReason } from '../trace/capture-file.ts';
import { readAgent } from './agent-view.ts';
import type { ConfigPlace, ConfigText } from './config-place.ts';
import { goodParts, judgeConfig } from './verdict.ts';

export type RolloutOutcome =
  | { readonly kind: 'kept' | 'prepared' | 'set'; readonly hash: string; readonly gone: readonly string[] }
  /** Nothing had to be done. */
  | { readonly kind: 'unchanged'; readonly hash: string }
  | { readonly kind: 'refused'; readonly refused: RefusedConfig }
  /** The old config is in place; `isRunning`: and the agent runs with it again. */
  | { readonly kind: 'back'; readonly why: string; readonly lacking: readonly string[]; readonly isRunning: boolean }
  | { readonly kind: 'unavailable'; readonly why: string };

export interface RolloutOptions {
  readonly place: ConfigPlace;
  /** The agent's state directory, and its runtime directory. */
  readonly state: string;
  readonly runtime: string;
  readonly clock: Clock;
  /** The boot of the machine, and milliseconds of its monotonic clock. */
  readonly boot: string;
  readonly now: () => number;
  readonly load: (file: string) => Promise<LoadedConfig | RefusedConfig>;
  /** SIGHUP. False: it may not be told. */
  readonly tell: (pid: number) => boolean;
  readonly stopping: AbortSignal;
  /** Called between two steps of what changes something: tests end the command there. */
  readonly step?: ((name: string) => Promise<void>) | undefined;
}

const LOOK = milliseconds(250);
/** All must be well for so long: a broker that lets somebody in may throw him out again. */
const SETTLED_MS = 3000;
/** The service manager may wait half a minute before it starts the agent again. */
const START_WITHIN_MS = 90_000;
const BACK_WITHIN_MS = 60_000;

const NO_AGENT =
  'no agent tells how it is. `apply` is for an agent that something starts again when it ends, as the service does (`systemctl start fieldward`). It must have this runtime directory ($RUNTIME_DIRECTORY), and this user must be allowed to look there (root)';
const OTHER_CONFIG =
  'the agent does not run with the config in place, so there is no way back: put that right first (`fieldward check`, then `systemctl reload fieldward`)';
const BUSY = 'a trial is going on: `fieldward apply verify` ends it well, `fieldward apply rollback` ends it';
const UNHEARD = 'the agent took no notice: has it this state directory?';

/** One problem with a file as a whole. */
export function refusalOf(file: string, message: string): RefusedConfig {
  return { ok: false, problems: [{ file, line: 0, column: 0, path: '', message }], omitted: 0 };
}

/** A new config on its way into place: each step is done whole, and until the last one the old config counts. */
export class Rollout {
  readonly #options: RolloutOptions;
  readonly #step: (name: string) => Promise<void>;

  constructor(options: RolloutOptions) {
    this.#options = options;
    this.#step = options.step ?? (async () => undefined);
  }

  /** Checks a config where it would be, and leaves it beside the one in place. Rejects with what the operating system says. */
  async prepare({ text, hash }: ConfigText): Promise<RolloutOutcome> {
    const { place, state, load } = this.#options;
    const current = await place.current();
    if (!current.ok) return { kind: 'refused', refused: refusalOf(place.file, current.why) };
    if (this.#isOn(await this.#unfinished())) return { kind: 'unavailable', why: BUSY };
    await removeMarker(state);
    await this.#step('marker cleared');
    await place.putTrial(text);
    await this.#step('trial written');
    const loaded = await load(place.trial);
    if (!loaded.ok) {
      await place.removeTrial();
      return { kind: 'refused', refused: loaded };
    }
    await this.#step('checked');
    return { kind: 'prepared', hash, gone: [] };
  }

  /** Has the agent try what was prepared. Rejects with what the operating system says. */
  async set(confirmMs: number): Promise<RolloutOutcome> {
    const { place, state, runtime, boot, now, tell } = this.#options;
    const [current, hash, agent] = [await place.current(), await place.trialHash(), await readAgent(runtime)];
    if (!current.ok) return { kind: 'refused', refused: refusalOf(place.file, current.why) };
    if (hash === undefined) return { kind: 'unavailable', why: 'nothing is prepared' };
    if (this.#isOn(await this.#unfinished())) return { kind: 'unavailable', why: BUSY };
    if (agent === undefined) return { kind: 'unavailable', why: NO_AGENT };
    if (agent.status.configHash !== current.value.hash) return { kind: 'unavailable', why: OTHER_CONFIG };
    if (hash === current.value.hash) {
      await place.removeTrial();
      return { kind: 'unchanged', hash };
    }
    const before = goodParts(agent.status);
    await writeMarker(state, {
      ...{ state: 'set', end: null, hash, boot, confirmMs, before },
      startBy: now() + START_WITHIN_MS,
    });
    await this.#step('marker set');
    if (!tell(agent.pid)) {
      await removeMarker(state);
      return { kind: 'unavailable', why: 'the agent may not be told: run this as root' };
    }
    await this.#step('agent told');
    return { kind: 'set', hash, gone: [] };
  }

  /** Watches the trial until all is well, and then the new config comes into place; else the old one counts again. Never rejects. */
  async verify(): Promise<RolloutOutcome> {
    const { place, state, clock, stopping } = this.#options;
    const left = await readMarker(state);
    if (left === undefined) return { kind: 'unavailable', why: 'no trial is going on' };
    const marker = await this.#unfinished();
    if (marker === undefined) return { kind: 'unchanged', hash: left.hash };
    if (marker.state !== 'back' && !this.#isOn(marker)) return this.back('late', []);
    // the time counts from when the agent runs with it: how long a restart takes is the service manager's affair
    let until = clock.now() + START_WITHIN_MS;
    let isStarted = false;
    let goodSince: Instant | undefined;
    let lacking: readonly string[] = [NO_AGENT];
    for (;;) {
      const now = await readMarker(state);
      if (now === undefined || now.hash !== marker.hash) return this.back('ended', []);
      if (now.state === 'back') return this.back(now.end ?? 'ended', []);
      const verdict = await this.#verdict(marker);
      lacking = verdict.lacking;
      if (verdict.isStarted && !isStarted) until = clock.now() + marker.confirmMs;
      isStarted ||= verdict.isStarted;
      goodSince = lacking.length > 0 ? undefined : (goodSince ?? clock.now());
      if (goodSince !== undefined && clock.now() - goodSince >= SETTLED_MS) {
        try {
          // the agent may go back by itself while the files are written
          const isGoingOn = async () => this.#isOn(await readMarker(state));
          await place.keep(marker.hash, isGoingOn, this.#step);
        } catch (thrown) {
          const last = await readMarker(state);
          if (last?.state === 'back') return this.back(last.end ?? 'ended', []);
          return this.back('lacking', [`the new config can not be put in place: ${fileReason(thrown)}`]);
        }
        await this.#step('kept');
        // a marker that stays is cleared by the agent: it sees the new config in place
        await removeMarker(state).catch(() => undefined);
        return { kind: 'kept', hash: marker.hash, gone: verdict.gone };
      }
      if (stopping.aborted) return this.back('asked', lacking);
      if (clock.now() >= until) {
        return this.back('lacking', now.state === 'set' ? [...lacking, UNHEARD] : lacking);
      }
      await clock.sleep(LOOK, stopping).catch(() => undefined);
    }
  }

  /**
   * The old config counts again, and the agent is told. Never rejects: a step that fails here the agent does by itself
   * in time.
   */
  async back(end: TrialEnd, lacking: readonly string[]): Promise<RolloutOutcome> {
    const { place, state, tell, runtime, clock } = this.#options;
    const marker = await readMarker(state);
    if (marker !== undefined && marker.state !== 'back') {
      await writeMarker(state, { ...marker, state: 'back', end }).catch(() =>
        removeMarker(state).catch(() => undefined),
      );
    }
    await this.#step('marker back');
    const old = await place.current();
    const until = clock.now() + BACK_WITHIN_MS;
    let told: number | undefined;
    let isRunning = false;
    for (;;) {
      const agent = await readAgent(runtime);
      isRunning = old.ok && agent?.status.configHash === old.value.hash;
      if (isRunning || clock.now() >= until) break;
      // one that was just starting is told as soon as it is there
      if (agent !== undefined && agent.pid !== told) tell(agent.pid);
      told = agent?.pid;
      await clock.sleep(LOOK, new AbortController().signal);
    }
    await place.removeTrial().catch(() => undefined);
    return { kind: 'back', why: endWords(end), lacking, isRunning };
  }

  /** Ends a trial, or the rest of one. @returns undefined: there was none */
  async end(): Promise<RolloutOutcome | undefined> {
    const { place, state } = this.#options;
    const marker = await this.#unfinished();
    if (this.#isOn(marker)) return this.back('asked', []);
    const isPrepared = (await place.trialHash()) !== undefined;
    if (marker === undefined && !isPrepared) return undefined;
    await removeMarker(state);
    await place.removeTrial();
    const current = await place.current();
    return current.ok
      ? { kind: 'unchanged', hash: current.value.hash }
      : { kind: 'refused', refused: refusalOf(place.file, current.why) };
  }

  async #verdict(marker: TrialMarker) {
    const agent = await readAgent(this.#options.runtime);
    if (agent === undefined)
      return {
        isStarted: false,
        lacking: ['the agent is not running: a service manager must start it again'],
        gone: [],
      };
    return judgeConfig(marker.before, agent.status, marker.hash);
  }

  /** The marker, but not one whose config is in place: that one is cleared away, for its command was killed before it did so. */
  async #unfinished(): Promise<TrialMarker | undefined> {
    const { place, state } = this.#options;
    const marker = await readMarker(state);
    const current = await place.current();
    if (marker === undefined || !current.ok || current.value.hash !== marker.hash) return marker;
    await removeMarker(state).catch(() => undefined);
    return undefined;
  }

  #isOn(marker: TrialMarker | undefined): boolean {
    return isOn(marker, this.#options.boot, this.#options.now());
  }
}
