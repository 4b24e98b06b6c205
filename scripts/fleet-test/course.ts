import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Mosquitto, startMosquitto } from '../testbed/mosquitto.ts';
import type { Wishes } from './arguments.ts';
import { loadOf } from './process-load.ts';
import { type Squads, startSquads } from './squads.ts';
import { type Arrival, startWitness, type Witness } from './witness.ts';

/** How things stood at one instant. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly connected: number;
  readonly held: number;
  readonly heldBytes: number;
  readonly agentsCpuMs: number;
  readonly agentsRssBytes: number;
  /** Of the broker's process; undefined while there is none. */
  readonly brokerCpuMs: number | undefined;
  readonly brokerRssBytes: number | undefined;
  /** The bytes that the broker received and sent since its start, by its own word. */
  readonly brokerBytesIn: number;
  readonly brokerBytesOut: number;
}

/** The events of the run, to be counted afterwards. Instants are milliseconds since 1970. */
export interface Account {
  readonly moments: readonly Moment[];
  readonly attempts: readonly number[];
  readonly connects: readonly number[];
  readonly arrivals: readonly Arrival[];
  readonly processes: number;
  /** The broker's memory with the witness alone. */
  readonly emptyBrokerRssBytes: number;
  readonly cutAt: number;
  readonly backAt: number;
  /** When all agents were connected again, as they were asked; undefined: some never were. */
  readonly allBackAt: number | undefined;
  /** When no backlog was left. */
  readonly drainedAt: number | undefined;
  readonly taken: number;
  readonly dropped: number;
  readonly different: number;
  readonly repeated: number;
}

/** As in systemd/broker/mosquitto.conf; the rest is for the witness, which must see all, and for figures each second. */
const BROKER = ['max_inflight_messages 100', 'max_queued_messages 0', 'max_connections -1', 'sys_interval 1'];
const MOMENT = 1000;
/** Undisturbed, before the cut and after the end. */
const QUIET = 5000;
/** Beyond the longest wait between two attempts, the drain too. */
const PATIENCE = 60_000;
/** A backlog is gone when no more waits than is always under way: 0.05 s of readings, and a few. */
const UNDER_WAY_S = 0.05;
const UNDER_WAY = 3;

/** The whole run: start, quiet, outage, return, quiet, stop. Ends all that it started, in any case. */
export async function runCourse(wishes: Wishes, signal: AbortSignal): Promise<Account> {
  const undo: (() => Promise<unknown>)[] = [];
  try {
    const folder = await mkdtemp(join(tmpdir(), 'fieldward-fleet-'));
    undo.push(() => rm(folder, { recursive: true, force: true }));
    const broker = await startMosquitto({ lines: BROKER });
    undo.push(() => broker.stop());
    const witness = await startWitness(broker.url);
    undo.push(() => witness.end());
    const emptyBrokerRssBytes = (await loadOf(broker.pid ?? 0))?.rssBytes ?? 0;
    const { agents, readingsPerS, reconnectMaxMs } = wishes;
    const squads = startSquads(agents, { urls: [broker.url], readingsPerS, reconnectMaxMs, folder });
    undo.push(() => squads.stop());
    return await follow({ wishes, broker, witness, squads, signal, emptyBrokerRssBytes });
  } finally {
    for (const each of undo.reverse()) await each();
  }
}

interface Scene {
  readonly wishes: Wishes;
  readonly broker: Mosquitto;
  readonly witness: Witness;
  readonly squads: Squads;
  readonly signal: AbortSignal;
  readonly emptyBrokerRssBytes: number;
}

async function follow(scene: Scene): Promise<Account> {
  const { wishes, broker, witness, squads, signal, emptyBrokerRssBytes } = scene;
  const { agents, readingsPerS, outage, reconnectMaxMs } = wishes;
  const moments: Moment[] = [];
  const looking = setInterval(async () => moments.push(await look(scene)), MOMENT);
  const pause = (ms: number) => Promise.race([wait(ms, undefined, { signal }), squads.broken]);
  const until = async (holds: () => boolean, patience: number): Promise<number | undefined> => {
    for (const end = Date.now() + patience; Date.now() < end; await pause(100)) if (holds()) return Date.now();
    return undefined;
  };
  try {
    const all = () => squads.told.reduce((sum, each) => sum + (each?.connected ?? 0), 0) === agents;
    if ((await until(all, PATIENCE)) === undefined) throw new Error('the agents did not connect');
    await pause(QUIET);

    const cutAt = Date.now();
    await cut(wishes, broker);
    await pause(outage * 1000);
    await bringBack(wishes, broker);
    const backAt = Date.now();
    // Those that have not noticed yet count as connected. A broker that is gone is noticed by all, so each has dialled
    // again; one that was silent only by those whom it kept waiting for too long, and they have said so by now.
    const again =
      wishes.fault === 'freeze'
        ? () => Date.now() - backAt > 3 * MOMENT && all()
        : () => squads.connects.filter((at) => at >= cutAt).length >= agents && all();
    const allBackAt = await until(again, 1.5 * reconnectMaxMs + PATIENCE);
    const least = Math.max(UNDER_WAY, agents * readingsPerS * UNDER_WAY_S);
    const drained = () => squads.told.reduce((sum, each) => sum + (each?.held ?? 0), 0) <= least;
    const drainedAt = await until(drained, PATIENCE);
    await pause(QUIET);

    clearInterval(looking);
    await squads.stop();
    const last = (of: 'taken' | 'dropped') => squads.told.reduce((sum, each) => sum + (each?.[of] ?? 0), 0);
    // messages that the broker has taken are on their way to the witness; one that never comes is lost
    await until(() => witness.different >= last('taken') - last('dropped'), PATIENCE);
    return {
      ...{ moments, attempts: squads.attempts, connects: squads.connects, arrivals: witness.arrivals },
      ...{ processes: squads.processes, emptyBrokerRssBytes, cutAt, backAt, allBackAt, drainedAt },
      ...{ taken: last('taken'), dropped: last('dropped') },
      ...{ different: witness.different, repeated: witness.repeated },
    };
  } finally {
    clearInterval(looking);
  }
}

async function cut({ fault }: Wishes, broker: Mosquitto): Promise<void> {
  if (fault === 'freeze' && broker.pid !== undefined) process.kill(broker.pid, 'SIGSTOP');
  else await broker.kill();
}

async function bringBack({ fault }: Wishes, broker: Mosquitto): Promise<void> {
  if (fault === 'freeze' && broker.pid !== undefined) process.kill(broker.pid, 'SIGCONT');
  else await broker.start();
}

async function look({ broker, witness, squads }: Scene): Promise<Moment> {
  const load = broker.pid === undefined ? undefined : await loadOf(broker.pid);
  const sum = (of: 'connected' | 'held' | 'heldBytes' | 'cpuMs' | 'rssBytes') =>
    squads.told.reduce((total, each) => total + (each?.[of] ?? 0), 0);
  return {
    at: Date.now(),
    connected: sum('connected'),
    held: sum('held'),
    heldBytes: sum('heldBytes'),
    agentsCpuMs: sum('cpuMs'),
    agentsRssBytes: sum('rssBytes'),
    brokerCpuMs: load?.cpuMs,
    brokerRssBytes: load?.rssBytes,
    brokerBytesIn: witness.broker.get('$SYS/broker/bytes/received') ?? 0,
    brokerBytesOut: witness.broker.get('$SYS/broker/bytes/sent') ?? 0,
  };
}
