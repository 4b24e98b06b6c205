import { binned } from '../figures.ts';
import type { SequenceFigures } from './sequence-ledger.ts';

/** How the cluster stood at one instant. */
export interface ClusterMoment {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Light agents that say that they are connected. */
  readonly connected: number;
  /** Connections that the kernel has at each node's port: light agents, built ones, the consumer. */
  readonly byNode: readonly number[];
  /** Readings that wait in the outboxes of the light agents. */
  readonly held: number;
  /** Readings that came to the consumer so far, repeats too. */
  readonly arrived: number;
  readonly nodesRssBytes: number;
  /** Since the start of each node's process; undefined: there is none. */
  readonly nodesCpuMs: readonly (number | undefined)[];
}

/** The events of the run, to be counted afterwards. Instants are milliseconds since 1970; undefined: it never came. */
export interface ClusterAccount {
  readonly moments: readonly ClusterMoment[];
  /** Of the light agents. */
  readonly attempts: readonly number[];
  readonly connects: readonly number[];
  readonly arrivals: readonly number[];
  readonly killedAt: number;
  readonly killedBackAt: number | undefined;
  /** The killed node takes connections again. */
  readonly startedAt: number;
  readonly returnedAt: number | undefined;
  readonly closedAt: number;
  readonly closedBackAt: number | undefined;
  readonly drainedAt: number | undefined;
  readonly before: ClusterMoment;
  readonly afterKill: ClusterMoment;
  readonly afterReturn: ClusterMoment;
  /** Right after the connections were closed. */
  readonly afterClosing: ClusterMoment;
  readonly afterClose: ClusterMoment;
  readonly sequences: SequenceFigures;
  readonly dropped: number;
  readonly consumer: { readonly connects: number; readonly resumed: number };
  /** Of so many gateways, how many retained availabilities each node has; null: it closed the connection that asked. */
  readonly retained: { readonly asked: number; readonly byNode: readonly (number | null)[] };
}

/** One disturbance, and how the light agents came back. */
export interface Recovery {
  readonly attempts: number;
  readonly peakPerS: number;
  /** Reconnects of light agents. */
  readonly connects: number;
  /** Seconds until all were connected; null: they never were. */
  readonly allS: number | null;
  /** The longest time in which no reading of any gateway came to the consumer, seconds. */
  readonly silentS: number;
}

export interface ClusterFigures {
  readonly agents: number;
  readonly real: number;
  /** Connections of each node, the consumer's too. */
  readonly connections: {
    readonly before: readonly number[];
    readonly afterKill: readonly number[];
    readonly afterReturn: readonly number[];
    readonly whenClosed: readonly number[];
    readonly afterClose: readonly number[];
  };
  readonly kill: Recovery;
  /** Seconds from the node's return until its agents were back at it; null: some never were. */
  readonly returnS: number | null;
  readonly close: Recovery;
  readonly mostHeld: number;
  readonly readings: SequenceFigures & { readonly dropped: number };
  readonly consumer: ClusterAccount['consumer'];
  readonly retained: ClusterAccount['retained'];
  readonly nodes: { readonly mostMiB: number; readonly cpuBefore: number };
  readonly verdict: {
    readonly nothingLost: boolean;
    readonly inOrder: boolean;
    readonly allBack: boolean;
    readonly spread: boolean;
    readonly drained: boolean;
  };
}

/** The consumer went to any node, and an agent may be on its way. */
const BESIDE = 4;
/** Of an even share, so much must have come to each node that was left. */
const FAIR = 0.75;
const QUIET = 5000;

export function clusterFigures(account: ClusterAccount, agents: number, real: number): ClusterFigures {
  const { before, afterKill, afterReturn, afterClosing, afterClose, sequences, dropped, moments } = account;
  const { killedAt, killedBackAt, startedAt, returnedAt, closedAt, closedBackAt, drainedAt } = account;
  return {
    ...{ agents, real },
    connections: {
      before: before.byNode,
      afterKill: afterKill.byNode,
      afterReturn: afterReturn.byNode,
      whenClosed: afterClosing.byNode,
      afterClose: afterClose.byNode,
    },
    kill: recovery(account, killedAt, killedBackAt, startedAt),
    returnS: returnedAt === undefined ? null : Math.max(0, returnedAt - startedAt) / 1000,
    close: recovery(account, closedAt, closedBackAt, afterClose.at),
    mostHeld: Math.max(0, ...moments.map(({ held }) => held)),
    readings: { ...sequences, dropped },
    consumer: account.consumer,
    retained: account.retained,
    nodes: {
      mostMiB: Math.max(0, ...moments.map(({ nodesRssBytes }) => nodesRssBytes)) / 1_048_576,
      cpuBefore: cpuOf(moments.filter(({ at }) => at < killedAt && at >= killedAt - QUIET)),
    },
    verdict: {
      nothingLost: sequences.lost === 0 && sequences.foreign === 0 && dropped === 0,
      inOrder: sequences.outOfOrder === 0,
      allBack: killedBackAt !== undefined && returnedAt !== undefined && closedBackAt !== undefined,
      spread: isSpread(before.byNode, afterKill.byNode),
      drained: drainedAt !== undefined,
    },
  };
}

/**
 * Whether the connections of the node that is gone went to all others alike.
 * @param before connections of each node, the first of which is killed
 */
export function isSpread(before: readonly number[], after: readonly number[]): boolean {
  const gained = after.slice(1).map((count, index) => count - (before[index + 1] ?? 0));
  const share = (before[0] ?? 0) / gained.length;
  return gained.every((count) => count >= Math.floor(share * FAIR) - BESIDE);
}

function recovery(account: ClusterAccount, from: number, allAt: number | undefined, end: number): Recovery {
  const within = (at: number) => at >= from && at < (allAt ?? end);
  const attempts = account.attempts.filter(within);
  return {
    attempts: attempts.length,
    peakPerS: Math.max(0, ...binned(attempts, from, allAt ?? end)),
    connects: account.connects.filter(within).length,
    allS: allAt === undefined ? null : (allAt - from) / 1000,
    silentS: longestGap(account.arrivals, from, end) / 1000,
  };
}

/** @returns milliseconds between two arrivals from the one instant to the other, at most; the bounds count as arrivals */
export function longestGap(arrivals: readonly number[], from: number, to: number): number {
  let [last, most] = [from, 0];
  for (const at of arrivals) {
    if (at < from || at > to) continue;
    most = Math.max(most, at - last);
    last = at;
  }
  return Math.max(most, to - last);
}

/** Share of a core that all nodes took together. */
function cpuOf(moments: readonly ClusterMoment[]): number {
  const [first, last] = [moments[0], moments.at(-1)];
  if (first === undefined || last === undefined || first === last) return 0;
  const used = last.nodesCpuMs.map((cpu, node) => (cpu ?? 0) - (first.nodesCpuMs[node] ?? 0));
  return used.reduce((sum, each) => sum + each, 0) / (last.at - first.at);
}
