import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigPlace, type ConfigText } from '../../../../agent/cli/apply/config-place.ts';
import { Rollout, type RolloutOutcome } from '../../../../agent/cli/apply/rollout.ts';
import { monotonicMilliseconds, StartConfig } from '../../../../agent/cli/start-config.ts';
import type { Clock } from '../../../../agent/clock/clock.ts';
import { SystemClock } from '../../../../agent/clock/system-clock.ts';
import { processStat } from '../../../../agent/files/process-stat.ts';
import { silentLog } from '../../../../agent/log/log.ts';
import { LOCAL_STATUS } from '../../../../agent/status/local-status.ts';
import { buildStatus } from '../../../../agent/status/status.ts';
import type { LoadedConfig, RefusedConfig } from '../../../../config/load.ts';
import { newFolder } from '../../../support/folder.ts';
import { BUS, DEVICE, SNAPSHOTS } from '../../status/snapshots.ts';

export const OLD = 'the old config\n';
export const NEW = 'the new config\n';
export const CONFIRM_MS = 10_000;

export function hashed(text: string): ConfigText {
  return { text, hash: createHash('sha256').update(text).digest('hex') };
}

/** The behaviour of a config is written in it: `refused`, `device lost`, `broker lost`, `ends`, `refused by the agent`. */
async function loadFile(file: string, byAgent = true): Promise<LoadedConfig | RefusedConfig> {
  const text = await readFile(file, 'utf8');
  const isRefused = text.includes('refused') && (byAgent || !text.includes('by the agent'));
  if (isRefused) return { ok: false, problems: [{ file, line: 1, column: 1, path: '', message: 'bad' }], omitted: 0 };
  return { ok: true, hash: hashed(text).hash, text } as unknown as LoadedConfig;
}

/** An agent as far as a config concerns it: it starts, tells how it is, and starts again when it is told. */
export class ToyAgent {
  running: string | undefined;
  boot = '0'.repeat(32);
  idle: Promise<void> = Promise.resolve();
  #start: StartConfig | undefined;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async start(): Promise<void> {
    const file = join(this.#folder, 'config.yaml');
    const environment = { STATE_DIRECTORY: join(this.#folder, 'state') };
    await this.end();
    this.#start = new StartConfig({ file, environment, loadFile, boot: async () => this.boot });
    const loaded = (await this.#start.first()) as LoadedConfig & { text: string };
    if (!loaded.ok) return;
    if (loaded.text.includes('ends')) return this.start();
    this.running = loaded.text;
    const { text, hash } = loaded;
    const status = buildStatus({
      ...SNAPSHOTS,
      configHash: hash,
      link: { ...SNAPSHOTS.link, connected: !text.includes('broker lost') },
      buses: [{ ...BUS, id: 'line', open: true }],
      devices: [{ ...DEVICE, id: 'meter', bus: 'line', health: text.includes('device lost') ? 'offline' : 'online' }],
    });
    const { pid, start } = await processStat('self');
    await writeFile(join(this.#folder, 'run', LOCAL_STATUS), JSON.stringify({ version: 1, pid, start, status }));
  }

  async end(): Promise<void> {
    this.running = undefined;
    await rm(join(this.#folder, 'run', LOCAL_STATUS), { force: true });
  }

  /** SIGHUP. */
  told(): boolean {
    this.idle = this.idle.then(() => this.#reload());
    return true;
  }

  /** The time of a trial is over. */
  async timeUp(clock: Clock): Promise<void> {
    await this.#start?.untilConfirmed(clock, silentLog, new AbortController().signal, () => this.#reload());
  }

  async #reload(): Promise<void> {
    if ((await this.#start?.next())?.ok === true) await this.start();
  }
}

export class RolloutScene {
  readonly agent: ToyAgent;
  readonly place: ConfigPlace;
  readonly file: string;
  readonly state: string;
  readonly clock: Clock;
  readonly stopping = new AbortController();
  /** Steps that were done. */
  readonly steps: string[] = [];
  /** Happens after each of them. */
  after: ((step: string) => Promise<void>) | undefined;
  readonly #folder: string;
  #now = 1000;

  private constructor(folder: string) {
    this.#folder = folder;
    this.file = join(folder, 'config.yaml');
    this.state = join(folder, 'state');
    this.agent = new ToyAgent(folder);
    this.place = new ConfigPlace(this.file, process.getuid?.() ?? 0);
    const sleep = async (wait: number) => {
      // every act of the agent takes no time
      await this.agent.idle;
      this.#now += wait;
    };
    this.clock = Object.assign(new SystemClock(), { now: () => this.#now, sleep });
  }

  /** @param given its folder; else a new one */
  static async open(old = OLD, given?: string): Promise<RolloutScene> {
    const folder = given ?? (await newFolder());
    const scene = new RolloutScene(folder);
    await Promise.all([
      mkdir(scene.state),
      mkdir(join(folder, 'run'), { recursive: true }),
      writeFile(scene.file, old, { mode: 0o640 }),
    ]);
    await scene.agent.start();
    return scene;
  }

  /** @param killAfter so many steps it does, and then nothing more, as a killed process */
  rollout(killAfter = Number.POSITIVE_INFINITY, killed: () => void = () => undefined): Rollout {
    return new Rollout({
      ...{ place: this.place, state: this.state, runtime: join(this.#folder, 'run'), clock: this.clock },
      ...{ boot: this.agent.boot, now: monotonicMilliseconds, stopping: this.stopping.signal },
      load: (file) => loadFile(file, false),
      tell: () => this.agent.told(),
      step: async (name) => {
        this.steps.push(name);
        await this.after?.(name);
        if (this.steps.length < killAfter) return;
        killed();
        await new Promise(() => undefined);
      },
    });
  }

  async apply(text: string, rollout = this.rollout()): Promise<RolloutOutcome> {
    const prepared = await rollout.prepare(hashed(text));
    if (prepared.kind !== 'prepared') return prepared;
    const set = await rollout.set(CONFIRM_MS);
    return set.kind === 'set' ? rollout.verify() : set;
  }

  inPlace(): Promise<string> {
    return readFile(this.file, 'utf8');
  }
}
