import { judge, quantile } from './judge.ts';
import type { Observed, Scene } from './observe.ts';
import { limitPerS } from './wire.ts';

export type Figures = Readonly<Record<string, number>>;

const MEBIBYTE = 1_048_576;

/** The figures of every case; those of several lines are sums, or those of the worst line. */
export function figuresOf(observed: Observed, scene: Scene): Figures {
  const { summary, beganAt } = observed;
  const sum = (of: (line: (typeof summary.lines)[number]) => number) =>
    summary.lines.reduce((total, line) => total + of(line), 0);
  const responses = sum((line) => line.responses);
  const { latencies, wrong } = judge(observed.transactions, observed.arrivals, scene.quantities, beganAt);
  return {
    seconds: summary.since_zero_s,
    pollsPerS: responses / summary.since_zero_s,
    t35Violations: sum((line) => line.t35_violations),
    collisions: sum((line) => line.collisions),
    unansweredRequests: sum((line) => line.requests - line.responses),
    wrongValues: wrong,
    cpuMsPer1000Polls: (observed.cpuMs / responses) * 1000,
    rssMiB: observed.rssBytes / MEBIBYTE,
    firstReadingMs: observed.firstReadingMs,
    latencyP50Ms: quantile(latencies, 0.5),
    latencyP99Ms: quantile(latencies, 0.99),
    latencySamples: latencies.length,
    gapP50Us: Math.max(...summary.lines.map((line) => line.gap_us.p50)),
    rigLateP99Us: Math.max(...summary.lines.map((line) => line.rig_late_us.p99)),
    ...(observed.status === undefined ? {} : { eventLoopP99Ms: observed.status.process.eventLoopDelayMs }),
  };
}

/** How near one line comes to what the wire allows for requests of so many registers. */
export function shareOf(figures: Figures, baud: number, registers: number): Figures {
  const limit = limitPerS(baud, registers);
  return { limitPerS: limit, shareOfLimit: (figures.pollsPerS ?? 0) / limit };
}

/** Ours over theirs, for figures that can be compared. */
export function ratios(ours: Figures, theirs: Figures, names: readonly string[]): Figures {
  return Object.fromEntries(
    names.flatMap((name) => {
      const ratio = (ours[name] ?? Number.NaN) / (theirs[name] ?? Number.NaN);
      return Number.isFinite(ratio) ? [[name, ratio]] : [];
    }),
  );
}
