import type { Wishes } from './arguments.ts';
import { type FleetFigures, type Second, STORM } from './figures.ts';

/** Rows of the table over time, at most. */
const ROWS = 24;
const STEPS = [1, 2, 5, 10, 20, 30, 60, 120];

const HEADS = ['s', 'attempts/s', 'connected', 'waiting', 'arrived/s', 'live p99 ms', 'broker CPU', 'broker MiB'];

/** The run for a reader: the figures over time, then their sums. */
export function tables(wishes: Wishes, figures: FleetFigures): string {
  return `${overTime(figures.seconds)}\n${summary(wishes, figures)}`;
}

/** Each row is the mean of its seconds; of what waits, the last; of delays, the worst. */
function overTime(seconds: readonly Second[]): string {
  const span = (seconds.at(-1)?.s ?? 0) - (seconds[0]?.s ?? 0) + 1;
  const step = STEPS.find((each) => span / each <= ROWS) ?? 300;
  const rows = [HEADS.map((head) => head.padStart(head.length))];
  const from = Math.floor((seconds[0]?.s ?? 0) / step) * step;
  for (let start = from; start <= (seconds.at(-1)?.s ?? 0); start += step) {
    const part = seconds.filter(({ s }) => s >= start && s < start + step);
    const last = part.at(-1);
    if (last === undefined) continue;
    const mean = (of: (second: Second) => number | undefined) => {
      const known = part.map(of).filter((value) => value !== undefined);
      return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
    };
    const delays = part.map(({ liveP99Ms }) => liveP99Ms).filter((value) => value !== undefined);
    rows.push([
      String(start),
      text(
        mean(({ attempts }) => attempts),
        1,
      ),
      String(last.connected),
      String(last.held),
      text(
        mean(({ arrived }) => arrived),
        0,
      ),
      text(delays.length === 0 ? undefined : Math.max(...delays), 0),
      text(
        mean(({ brokerCpu }) => brokerCpu),
        3,
      ),
      text(last.brokerMiB, 1),
    ]);
  }
  const widths = HEADS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `${row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')}\n`).join('');
}

function summary({ fault, outage, readingsPerS, reconnectMaxMs }: Wishes, figures: FleetFigures): string {
  const { attempts, reconnect, backlog, delay, broker, readings, verdict } = figures;
  const lines: readonly (readonly [what: string, figure: string])[] = [
    [
      'fleet',
      `${figures.agents} agents in ${figures.processes} process${figures.processes === 1 ? '' : 'es'}, ${readingsPerS} readings/s each`,
    ],
    ['outage', `${fault}, ${outage} s; agents wait ${reconnectMaxMs / 1000} s between attempts at most`],
    ['attempts', `${attempts.total} in ${attempts.seconds} s from the cut to the last reconnect`],
    ['', `mean ${attempts.meanPerS.toFixed(1)}/s, peak ${attempts.peakPerS}/s, ${stormText(figures)}`],
    [
      'back after',
      `first ${text(reconnect.firstS, 1)} s, half ${text(reconnect.halfS, 1)} s, all ${text(reconnect.lastS, 1)} s`,
    ],
    ['backlog', `${backlog.mostHeld} readings (${(backlog.mostBytes / 1_048_576).toFixed(1)} MiB) at most`],
    ['', `none left ${text(backlog.drainedS, 1)} s after the return; ${backlog.mostPerS}/s in its busiest second`],
    ...(['before', 'meanwhile', 'after'] as const).map((when): readonly [string, string] => [
      `live, ${when}`,
      `p50 ${text(delay[when].p50Ms, 0)} ms, p99 ${text(delay[when].p99Ms, 0)} ms, most ${text(delay[when].mostMs, 0)} ms`,
    ]),
    [
      'broker',
      `CPU ${broker.cpuBefore.toFixed(3)} of a core before, ${broker.cpuMost.toFixed(3)} in its busiest second after`,
    ],
    ['', `${broker.connectionKiB.toFixed(1)} KiB/connection, ${broker.mostMiB.toFixed(1)} MiB at most`],
    [
      'bytes',
      `${broker.bytesInPerReading.toFixed(0)} in and ${broker.bytesOutPerReading.toFixed(0)} out for each reading, all else included`,
    ],
    ['agents', `CPU ${figures.agentsCpuBefore.toFixed(3)} of a core before, ${figures.agentKiB.toFixed(0)} KiB each`],
    [
      'readings',
      `${readings.taken} taken, ${readings.dropped} dropped, ${readings.repeated} repeated, ${readings.unseen} not seen`,
    ],
    ['verdict', verdictText(verdict)],
  ];
  return lines.map(([what, figure]) => `${what.padEnd(16)}${figure}\n`).join('');
}

function stormText({ attempts, verdict }: FleetFigures): string {
  const ratio = `peak over mean ${attempts.peakOverMean.toFixed(2)}`;
  return verdict.calm === null ? `${ratio} (may be chance: more agents tell)` : `${ratio} (must be below ${STORM})`;
}

function verdictText({ calm, allBack, drained, nothingLost }: FleetFigures['verdict']): string {
  const bad = [
    ...(calm === false ? ['a storm of reconnects'] : []),
    ...(allBack ? [] : ['agents that never came back']),
    ...(drained ? [] : ['a backlog that is still there']),
    ...(nothingLost ? [] : ['readings lost']),
  ];
  return bad.length === 0 ? 'good' : bad.join(', ');
}

function text(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined ? '–' : value.toFixed(digits);
}
