import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Wishes } from '../arguments.ts';
import { loadOf } from '../process-load.ts';
import { type Squads, startSquads } from '../squads.ts';
import { gatewayId, PREFIX } from '../words.ts';
import type { ClusterAccount, ClusterMoment } from './cluster-figures.ts';
import { connectionsNow } from './connections.ts';
import { type RabbitCluster, startCluster } from './rabbit-cluster.ts';
import { type RealAgents, startRealAgents } from './real-agents.ts';
import { retainedAt, type SessionWitness, startSessionWitness } from './session-witness.ts';

const NODES = 3;
export const BUILT_AGENTS = 3;
/** The least that the config takes: a run should show the way back too. */
const RETURN_AFTER = 10_000;
const MOMENT = 1000;
const QUIET = 5000;
const PATIENCE = 120_000;
/** A condition must hold for so many looks: an agent that looks at its first broker has two connections for a moment. */
const LOOKS = 3;
/** Readings that are always under way: 0.2 s of them, because a majority of the nodes writes each down, and a few. */
const UNDER_WAY_S = 0.2;
const UNDER_WAY = 3;
/** Gateways whose retained availability is asked of each node. */
const ASKED = 30;

interface ClusterScene {
  readonly wishes: Wishes;
  readonly cluster: RabbitCluster;
  readonly witness: SessionWitness;
  readonly squads: Squads;
  readonly real: RealAgents;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** The whole run: start, a node is killed, comes back, another one's connections are closed, stop. Ends what it started. */
export async function runCluster(
  wishes: Wishes,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<ClusterAccount> {
  const undo: (() => Promise<unknown>)[] = [];
  try {
    const folder = await mkdtemp(join(tmpdir(), 'fieldward-cluster-'));
    undo.push(() => rm(folder, { recursive: true, force: true }));
    say('starting three nodes of RabbitMQ …');
    const cluster = await startCluster(NODES, folder, signal);
    undo.push(() => cluster.stop());
    const witness = await startSessionWitness(cluster.nodes.map(({ mqttPort }) => mqttPort));
    undo.push(() => witness.end());
    say(`starting ${wishes.agents} light agents and ${BUILT_AGENTS} built ones …`);
    const { readingsPerS, reconnectMaxMs } = wishes;
    const order = { urls: cluster.urls, folder, reconnectMaxMs, returnAfterMs: RETURN_AFTER };
    const real = await startRealAgents({ ...order, count: BUILT_AGENTS });
    undo.push(() => real.stop().catch(() => undefined));
    const squads = startSquads(wishes.agents, { ...order, readingsPerS });
    undo.push(() => squads.stop());
    return await follow({ wishes, cluster, witness, squads, real, signal, say });
  } finally {
    for (const each of undo.reverse()) await each();
  }
}

async function follow(scene: ClusterScene): Promise<ClusterAccount> {
  const { wishes, cluster, witness, squads, real, say } = scene;
  const [first, second] = cluster.nodes;
  if (first === undefined || second === undefined) throw new Error('the cluster has too few nodes');
  const moments: ClusterMoment[] = [];
  const looking = setInterval(async () => moments.push(await look(scene)), MOMENT);
  const everybody = wishes.agents + BUILT_AGENTS + 1;
  const pause = async (ms: number) => {
    await Promise.race([wait(ms, undefined, { signal: scene.signal }), squads.broken]);
    const broken = real.broken();
    if (broken !== undefined) throw new Error(broken);
  };
  /** @returns when it began to hold; undefined: it did not */
  const until = async (holds: (moment: ClusterMoment) => boolean, patience: number): Promise<number | undefined> => {
    let [looks, since] = [0, 0];
    for (const end = Date.now() + patience; Date.now() < end; await pause(MOMENT)) {
      const moment = await look(scene);
      looks = holds(moment) ? looks + 1 : 0;
      if (looks === 1) since = moment.at;
      if (looks === LOOKS) return since;
    }
    return undefined;
  };
  const total = ({ byNode }: ClusterMoment) => byNode.reduce((sum, each) => sum + each, 0);
  const all = (moment: ClusterMoment) => moment.connected === wishes.agents && total(moment) >= everybody;
  const back = 1.5 * wishes.reconnectMaxMs + PATIENCE;
  try {
    if ((await until(all, back)) === undefined) throw new Error('the agents did not connect');
    await pause(QUIET);
    const before = await look(scene);

    say('killing node 1, where the consumer is too …');
    const killedAt = Date.now();
    await cluster.kill(first);
    const killedBackAt = await until(all, back);
    const afterKill = await look(scene);

    say('starting node 1 again; its agents go back to it …');
    await cluster.start(first, scene.signal);
    const startedAt = Date.now();
    // the consumer stays where it is
    const returned = (moment: ClusterMoment) => all(moment) && (moment.byNode[0] ?? 0) >= (before.byNode[0] ?? 0) - 1;
    const returnedAt = await until(returned, 2 * RETURN_AFTER + back);
    const afterReturn = await look(scene);

    say('closing all connections of node 2 …');
    const closedAt = Date.now();
    await cluster.closeConnections(second);
    const afterClosing = await look(scene);
    const closedBackAt = await until(all, back);
    const least = Math.max(UNDER_WAY, wishes.agents * wishes.readingsPerS * UNDER_WAY_S);
    const drainedAt = await until(({ held }) => held <= least, PATIENCE);
    const afterClose = await look(scene);

    const asked = [...real.gateways, ...Array.from({ length: wishes.agents }, (_, number) => gatewayId(number))];
    const topics = asked.slice(0, ASKED).map((gateway) => `${PREFIX}/${gateway}/availability`);
    const retained: (number | null)[] = [];
    for (const { mqttPort } of cluster.nodes) {
      // not worth the rest of the figures
      retained.push(await retainedAt(mqttPort, topics, PATIENCE).catch(() => null));
    }

    say('stopping the agents …');
    clearInterval(looking);
    await squads.stop();
    const taken = new Map([...takenOf(squads, wishes.agents), ...(await real.stop())]);
    const expected = Array.from(taken.values()).reduce((sum, each) => sum + each, 0);
    // messages that the cluster has taken are on their way to the consumer, or lie in its session
    for (const end = Date.now() + PATIENCE; Date.now() < end && witness.ledger.arrived < expected; await wait(200));
    await wait(MOMENT);
    return {
      ...{ moments, attempts: squads.attempts, connects: squads.connects, arrivals: witness.arrivals },
      ...{ killedAt, killedBackAt, startedAt, returnedAt, closedAt, closedBackAt, drainedAt },
      ...{ before, afterKill, afterReturn, afterClosing, afterClose },
      sequences: witness.ledger.figures(taken),
      dropped: squads.told.reduce((sum, each) => sum + (each?.dropped ?? 0), 0),
      consumer: { connects: witness.connects, resumed: witness.resumed },
      retained: { asked: topics.length, byNode: retained },
    };
  } finally {
    clearInterval(looking);
  }
}

function takenOf({ told }: Squads, agents: number): ReadonlyMap<string, number> {
  const each = told.flatMap((word) => word?.takenEach ?? []);
  if (each.length !== agents) throw new Error('not all agents said how many readings they took');
  return new Map(each.map((taken, number) => [gatewayId(number), taken]));
}

async function look({ cluster, squads, witness }: ClusterScene): Promise<ClusterMoment> {
  const at = Date.now();
  const byNode = await connectionsNow(cluster.nodes.map(({ mqttPort }) => mqttPort));
  const loads = await Promise.all(
    cluster.nodes.map(async (node) => {
      const pid = cluster.pid(node);
      return pid === undefined ? undefined : loadOf(pid);
    }),
  );
  const sum = (of: 'connected' | 'held') => squads.told.reduce((total, each) => total + (each?.[of] ?? 0), 0);
  return {
    ...{ at, byNode, connected: sum('connected'), held: sum('held'), arrived: witness.arrivals.length },
    nodesRssBytes: loads.reduce((total, load) => total + (load?.rssBytes ?? 0), 0),
    nodesCpuMs: loads.map((load) => load?.cpuMs),
  };
}
