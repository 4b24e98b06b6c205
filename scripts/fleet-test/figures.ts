import { quantile } from '../bench-program/judge.ts';
import type { Account, Moment } from './course.ts';
import type { Arrival } from './witness.ts';

/** One second of the run. */
export interface Second {
  /** Seconds from the cut; negative before it. */
  readonly s: number;
  readonly attempts: number;
  readonly connected: number;
  readonly held: number;
  readonly arrived: number;
  /** Share of one core. */
  readonly brokerCpu: number | undefined;
  readonly brokerMiB: number | undefined;
  /** Live readings that came in this second, milliseconds from their stamp: the slowest of 100, nearly. */
  readonly liveP99Ms: number | undefined;
}

export interface Delay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
}

export interface FleetFigures {
  readonly agents: number;
  readonly processes: number;
  readonly attempts: {
    readonly total: number;
    /** Seconds from the cut to the last reconnect, in whole bins. */
    readonly seconds: number;
    readonly meanPerS: number;
    readonly peakPerS: number;
    readonly peakOverMean: number;
  };
  /** Seconds from the broker's return until so many were connected again; null where that never came. */
  readonly reconnect: { readonly firstS: number | null; readonly halfS: number | null; readonly lastS: number | null };
  readonly backlog: {
    readonly mostHeld: number;
    readonly mostBytes: number;
    /** Seconds from the broker's return; as long as the last reconnect, at least. */
    readonly drainedS: number | null;
    readonly mostPerS: number;
  };
  readonly delay: { readonly before: Delay; readonly meanwhile: Delay; readonly after: Delay };
  readonly broker: {
    readonly cpuBefore: number;
    readonly cpuMost: number;
    readonly connectionKiB: number;
    readonly mostMiB: number;
    readonly bytesInPerReading: number;
    readonly bytesOutPerReading: number;
  };
  readonly agentsCpuBefore: number;
  readonly agentKiB: number;
  readonly readings: {
    readonly taken: number;
    readonly dropped: number;
    readonly repeated: number;
    readonly unseen: number;
  };
  readonly verdict: {
    /** Null where there were too few attempts to tell a storm from chance. */
    readonly calm: boolean | null;
    readonly allBack: boolean;
    readonly drained: boolean;
    readonly nothingLost: boolean;
  };
  readonly seconds: readonly Second[];
}

/** No second may have so many times the mean of attempts. */
export const STORM = 3;
/** Below so many a second on the average, chance alone makes single seconds look like a storm, or hides one. */
const TELLING_MEAN = 20;
/** So many standard deviations of a count are more than chance makes of the one or two hundred seconds of a run. */
const BEYOND_CHANCE = 3;
const BIN = 1000;
const QUIET_S = 5;

export function figuresOf(account: Account, agents: number): FleetFigures {
  const { cutAt, backAt, allBackAt, drainedAt, moments, arrivals, taken, dropped, different, repeated } = account;
  const connects = account.connects.filter((at) => at >= cutAt).toSorted((a, b) => a - b);
  const lastConnect = connects.at(-1) ?? cutAt;
  const attempts = account.attempts.filter((at) => at >= cutAt && at <= Math.max(lastConnect, backAt));
  const counts = binned(attempts, cutAt, Math.max(lastConnect, backAt));
  const meanPerS = attempts.length / counts.length;
  const peakPerS = Math.max(...counts);
  const fromReturn = (at: number | undefined) => (at === undefined ? null : Math.max(0, at - backAt) / 1000);
  const quiet = moments.filter(({ at }) => at < cutAt && at >= cutAt - QUIET_S * 1000);
  const seconds = secondsOf(account);
  const drainEnd = drainedAt ?? moments.at(-1)?.at ?? backAt;
  const live = arrivals.filter(({ backfill }) => !backfill);
  const unseen = taken - dropped - different;
  const before = quiet.at(-1);
  return {
    agents,
    processes: account.processes,
    attempts: {
      ...{ total: attempts.length, seconds: counts.length, meanPerS, peakPerS },
      peakOverMean: peakPerS === 0 ? 0 : peakPerS / meanPerS,
    },
    reconnect: {
      firstS: fromReturn(connects[0]),
      halfS: fromReturn(connects[Math.ceil(agents / 2) - 1]),
      lastS: allBackAt === undefined ? null : fromReturn(lastConnect),
    },
    backlog: {
      mostHeld: Math.max(...moments.map(({ held }) => held)),
      mostBytes: Math.max(...moments.map(({ heldBytes }) => heldBytes)),
      drainedS: fromReturn(drainedAt),
      mostPerS: Math.max(
        0,
        ...binned(
          arrivals.filter(({ at, backfill }) => backfill && at >= backAt).map(({ at }) => at),
          backAt,
          drainEnd,
        ),
      ),
    },
    delay: {
      before: delayOf(live, cutAt - QUIET_S * 1000, cutAt),
      meanwhile: delayOf(live, backAt, drainEnd),
      after: delayOf(live, drainEnd, Number.POSITIVE_INFINITY),
    },
    broker: {
      cpuBefore: perSecond(quiet, ({ brokerCpuMs }) => brokerCpuMs) / 1000,
      cpuMost: Math.max(
        0,
        ...seconds.filter(({ s }) => s * 1000 >= backAt - cutAt).map(({ brokerCpu }) => brokerCpu ?? 0),
      ),
      connectionKiB: ((before?.brokerRssBytes ?? 0) - account.emptyBrokerRssBytes) / 1024 / agents,
      mostMiB: Math.max(...moments.map(({ brokerRssBytes }) => brokerRssBytes ?? 0)) / 1_048_576,
      ...perReading(quiet, arrivals),
    },
    agentsCpuBefore: perSecond(quiet, ({ agentsCpuMs }) => agentsCpuMs) / 1000,
    agentKiB: (before?.agentsRssBytes ?? 0) / 1024 / agents,
    readings: { taken, dropped, repeated, unseen },
    verdict: {
      calm: isCalm(peakPerS, meanPerS),
      allBack: allBackAt !== undefined,
      drained: drainedAt !== undefined,
      nothingLost: dropped === 0 && unseen === 0,
    },
    seconds,
  };
}

/** @returns null where there were too few attempts to tell a storm from chance */
export function isCalm(peakPerS: number, meanPerS: number): boolean | null {
  const most = STORM * meanPerS;
  if (peakPerS === 0 || peakPerS < most) return true;
  return meanPerS < TELLING_MEAN && peakPerS < most + BEYOND_CHANCE * Math.sqrt(most) ? null : false;
}

/** How many instants fall into each second from the first to the last instant, whole seconds. */
export function binned(instants: readonly number[], from: number, to: number): readonly number[] {
  const counts = new Array<number>(Math.max(1, Math.ceil((to - from) / BIN))).fill(0);
  for (const at of instants) {
    const bin = Math.min(counts.length - 1, Math.floor((at - from) / BIN));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

function secondsOf({ moments, attempts, arrivals, cutAt }: Account): readonly Second[] {
  const second = (at: number) => Math.floor((at - cutAt) / BIN);
  const dialled = grouped(attempts, second);
  const came = grouped(arrivals, ({ at }) => second(at));
  return moments.slice(1).map((moment, index) => {
    const s = second(moment.at);
    const [now, last] = [moment.brokerCpuMs, moments[index]?.brokerCpuMs];
    const cpuMs = now === undefined || last === undefined || now < last ? undefined : now - last;
    const live = (came.get(s) ?? []).filter(({ backfill }) => !backfill).map(({ delay }) => delay);
    return {
      s,
      attempts: dialled.get(s)?.length ?? 0,
      connected: moment.connected,
      held: moment.held,
      arrived: came.get(s)?.length ?? 0,
      brokerCpu: cpuMs === undefined ? undefined : cpuMs / (moment.at - (moments[index]?.at ?? moment.at)),
      brokerMiB: moment.brokerRssBytes === undefined ? undefined : moment.brokerRssBytes / 1_048_576,
      liveP99Ms: live.length === 0 ? undefined : share(live, 0.99),
    };
  });
}

function grouped<T>(all: readonly T[], keyOf: (each: T) => number): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>();
  for (const each of all) {
    const group = groups.get(keyOf(each));
    if (group === undefined) groups.set(keyOf(each), [each]);
    else group.push(each);
  }
  return groups;
}

function delayOf(live: readonly Arrival[], from: number, to: number): Delay {
  const delays = live.filter(({ at }) => at >= from && at < to).map(({ delay }) => delay);
  return { p50Ms: share(delays, 0.5), p99Ms: share(delays, 0.99), mostMs: share(delays, 1) };
}

function perSecond(moments: readonly Moment[], of: (moment: Moment) => number | undefined): number {
  const [first, last] = [moments[0], moments.at(-1)];
  if (first === undefined || last === undefined || first === last) return 0;
  return (((of(last) ?? 0) - (of(first) ?? 0)) / (last.at - first.at)) * 1000;
}

/** With the state messages, acknowledgements and the copies for the witness. */
function perReading(quiet: readonly Moment[], arrivals: readonly Arrival[]) {
  const [first, last] = [quiet[0], quiet.at(-1)];
  const count = arrivals.filter(({ at }) => at >= (first?.at ?? 0) && at < (last?.at ?? 0)).length;
  const grown = (of: (moment: Moment) => number) =>
    first === undefined || last === undefined || count === 0 ? 0 : (of(last) - of(first)) / count;
  return {
    bytesInPerReading: grown(({ brokerBytesIn }) => brokerBytesIn),
    bytesOutPerReading: grown(({ brokerBytesOut }) => brokerBytesOut),
  };
}

/** Of nothing: 0. */
function share(values: readonly number[], part: number): number {
  return values.length === 0
    ? 0
    : quantile(
        values.toSorted((a, b) => a - b),
        part,
      );
}
