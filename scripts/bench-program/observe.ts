import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startMosquitto } from '../testbed/mosquitto.ts';
import type { Program } from '../testbed/program.ts';
import { type RigSummary, startRig, type Transaction, type WireOptions } from '../testbed/rig.ts';
import { startBusyProgram } from './busy-program.ts';
import type { Quantity } from './quantity.ts';
import type { Subject } from './subject.ts';
import { cpuMsOf, residentBytes } from './usage.ts';
import { type Arrival, type Status, subscribe, type Witness } from './witness.ts';

const WARM_UP_S = 3;
const FIRST_READING_WITHIN = 30_000;
const LOOK_EVERY = 250;
const READY_WITHIN = 120_000;
/** A busy process that nobody could end does not stay for longer. */
const AFTER_THE_END = 60_000;

export interface Scene {
  readonly subject: Subject;
  readonly baud: number;
  readonly lines?: number;
  /** The units that the subject asks. */
  readonly units: readonly number[];
  /** Those of them that do not answer. */
  readonly dead?: readonly number[];
  readonly quantities: readonly Quantity[];
  /** Further options of each device, by their names in Fieldward's config. */
  readonly options?: Readonly<Record<string, number>>;
  readonly wire?: WireOptions;
  /** Another process takes what it can get of the processor meanwhile. */
  readonly busy?: boolean;
  readonly seconds: number;
  /** Seconds from the first reading until the measured time may begin; default 3. */
  readonly warmUpS?: number | undefined;
  /** Milliseconds that the first reading may take; default 30,000. */
  readonly firstWithin?: number;
  /** The measured time does not begin before this says so. */
  readonly ready?: (status: Status) => boolean;
  /** It goes on until this says so, but no longer than {@link Scene.atMostS}. */
  readonly enough?: (arrivals: readonly Arrival[]) => boolean;
  readonly atMostS?: number;
  /** Of every device; default 0, which is as fast as the line allows. */
  readonly pollMs?: number;
  /** Sends to the subject in the measured time, which lasts at least until it settles. */
  readonly during?: (brokerUrl: string) => Promise<void>;
  /** Ends it early; everything that was started is gone then. */
  readonly signal: AbortSignal;
}

export interface Observed {
  readonly summary: RigSummary;
  /** Since the start of the rig. */
  readonly transactions: readonly Transaction[];
  /** In the measured time. */
  readonly arrivals: readonly Arrival[];
  /** When the measured time began: CLOCK_MONOTONIC, nanoseconds. */
  readonly beganAt: bigint;
  readonly cpuMs: number;
  readonly rssBytes: number;
  readonly firstReadingMs: number;
  /** From the first reading to the beginning of the measured time. */
  readonly readyMs: number;
  readonly status: Status | undefined;
}

/** One run of a real program on paced lines. */
export async function observe(scene: Scene): Promise<Observed> {
  const folder = await mkdtemp(join(tmpdir(), 'fieldward-bench-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    scene.signal.throwIfAborted();
    const { baud, lines = 1, units, dead = [], quantities, options, pollMs } = scene;
    const living = units.filter((unit) => !dead.includes(unit)).join(',');
    // Where it may, the rig has real-time priority: a UART does not wait for a processor either.
    const rig = await startRig({ baud, units: living, lines, options: { ...scene.wire, rt: true } });
    undo.push(() => rig.stop());
    const broker = await startMosquitto();
    undo.push(() => broker.stop());
    const witness = await subscribe(broker.url);
    undo.push(() => witness.end());
    const work = { brokerPort: broker.port, baud, links: rig.links, units, quantities, options, pollMs, folder };
    const program = await scene.subject.start(work);
    undo.push(() => program.stop());

    const firstReadingAt = await firstOf(witness.first, program, scene);
    const warmUp = 1000 * (scene.warmUpS ?? WARM_UP_S);
    if (scene.busy === true) {
      const busy = startBusyProgram(warmUp + 1000 * (scene.atMostS ?? scene.seconds) + AFTER_THE_END);
      undo.push(() => busy.stop());
    }
    await wait(warmUp, undefined, { signal: scene.signal });
    await untilReady(scene, witness);
    const readyMs = performance.now() - firstReadingAt;
    await rig.zero();
    const [beganAt, cpuBefore] = [process.hrtime.bigint(), await cpuMsOf(program.pid)];
    witness.forget();
    await Promise.all([pass(scene, witness), scene.during?.(broker.url)]);
    const cpu = (await cpuMsOf(program.pid)) - cpuBefore;
    // The messages so far came of answers that the log shows once the rig has told its summary.
    const arrivals = witness.arrivals();
    const summary = await rig.summary();
    return {
      summary,
      transactions: await rig.transactions(),
      arrivals,
      beganAt,
      cpuMs: cpu,
      rssBytes: await residentBytes(program.pid),
      firstReadingMs: firstReadingAt - program.startedAt,
      readyMs,
      status: await witness.status(),
    };
  } finally {
    for (const each of undo.reverse()) await each().catch(() => {});
  }
}

async function untilReady({ ready, signal }: Scene, witness: Witness): Promise<void> {
  if (ready === undefined) return;
  const beganAt = performance.now();
  for (;;) {
    const status = await witness.status();
    if (status !== undefined && ready(status)) return;
    if (performance.now() - beganAt > READY_WITHIN) throw new Error('the program did not become ready');
    await wait(LOOK_EVERY, undefined, { signal });
  }
}

async function pass({ seconds, enough, atMostS = seconds, signal }: Scene, witness: Witness): Promise<void> {
  const beganAt = performance.now();
  await wait(seconds * 1000, undefined, { signal });
  while (enough?.(witness.arrivals()) === false && performance.now() - beganAt < atMostS * 1000) {
    await wait(LOOK_EVERY, undefined, { signal });
  }
}

async function firstOf(
  first: Promise<number>,
  program: Program,
  { firstWithin = FIRST_READING_WITHIN, signal }: Scene,
): Promise<number> {
  const late = new AbortController();
  const never = (why: string) =>
    Promise.reject(new Error(`${why}:\n${(program.stdout + program.stderr).slice(-3000)}`));
  try {
    return await Promise.race([
      first,
      program.ended.then(() => never('the program that is measured has ended')),
      wait(firstWithin, undefined, { signal: AbortSignal.any([late.signal, signal]) }).then(() =>
        never('no reading came'),
      ),
    ]);
  } finally {
    late.abort();
  }
}
