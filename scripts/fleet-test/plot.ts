import type { Wishes } from './arguments.ts';
import { type FleetFigures, type Second, STORM } from './figures.ts';

/** A drawing in user units of one pixel; it scales. */
const WIDTH = 760;
const LEFT = 64;
const RIGHT = 16;
const TOP = 44;
const PANEL = 130;
const GAP = 46;

/** Middle greys and hues that are read on white and on black alike; the ground stays what the page has. */
const STYLE = `text{font:12px system-ui,sans-serif;fill:#777}.title{font-size:14px;font-weight:600}.axis{stroke:#888}
.grid{stroke:#888;stroke-opacity:.25}.bar{fill:#3987e5}.line{fill:none;stroke:#3987e5;stroke-width:1.5}
.second{stroke:#d95926}.mark{stroke:#d95926;stroke-dasharray:5 4}.outage{fill:#888;fill-opacity:.15}`;

interface Curve {
  readonly className: string;
  readonly of: (second: Second) => number | undefined;
}

interface Panel {
  readonly title: string;
  readonly bars?: (second: Second) => number;
  readonly curves: readonly Curve[];
  /** Levels across the panel, with their names. */
  readonly levels?: readonly { readonly at: number; readonly name: string }[];
}

/** Seconds from the cut to the right, one panel below the other; no library, and nothing that is loaded. */
export function plot(wishes: Wishes, figures: FleetFigures): string {
  const { attempts, seconds } = figures;
  const panels: readonly Panel[] = [
    {
      title: 'attempts to reconnect, per second',
      bars: ({ attempts }) => attempts,
      curves: [],
      levels: [
        { at: attempts.meanPerS, name: 'mean' },
        { at: STORM * attempts.meanPerS, name: `${STORM} × mean` },
      ],
    },
    {
      title: 'agents connected',
      curves: [{ className: 'line', of: ({ connected }) => connected }],
    },
    {
      title: 'readings: waiting (orange), arrived per second (blue)',
      curves: [
        { className: 'line', of: ({ arrived }) => arrived },
        { className: 'line second', of: ({ held }) => held },
      ],
    },
    {
      title: 'live delay, milliseconds (slowest of 100)',
      curves: [{ className: 'line', of: ({ liveP99Ms }) => liveP99Ms }],
    },
    {
      title: "the broker's CPU, percent of one core",
      curves: [{ className: 'line', of: ({ brokerCpu }) => (brokerCpu === undefined ? undefined : 100 * brokerCpu) }],
    },
  ];
  const height = TOP + panels.length * (PANEL + GAP);
  const first = seconds[0]?.s ?? 0;
  const last = Math.max(first + 1, (seconds.at(-1)?.s ?? 0) + 1);
  const x = (s: number) => LEFT + ((s - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
  const { agents } = figures;
  const headline = `${agents} agents, broker away for ${wishes.outage} s (${wishes.fault}); seconds from the cut`;
  const drawn = panels.map((panel, index) =>
    panelOf(panel, { x, first, last, y: TOP + index * (PANEL + GAP), seconds, wishes }),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${headline}</title>
<style>${STYLE}</style>
<text class="title" x="${LEFT}" y="18">${headline}</text>
${drawn.join('\n')}
</svg>
`;
}

interface Ground {
  readonly x: (s: number) => number;
  readonly first: number;
  readonly last: number;
  /** The top of the panel. */
  readonly y: number;
  readonly seconds: readonly Second[];
  readonly wishes: Wishes;
}

function panelOf({ title, bars, curves, levels = [] }: Panel, ground: Ground): string {
  const { x, first, last, y: top, seconds, wishes } = ground;
  const values = seconds.flatMap((second) => [bars?.(second), ...curves.map(({ of }) => of(second))]);
  const known = [...values.filter((value) => value !== undefined), ...levels.map(({ at }) => at)];
  const step = stepFor(Math.max(1, ...known), 4);
  const most = step * Math.ceil(Math.max(1, ...known) / step);
  const bottom = top + PANEL;
  const y = (value: number) => bottom - (value / most) * PANEL;
  const parts = [`<text x="${LEFT}" y="${top - 8}">${title}</text>`];
  if (wishes.outage > 0) {
    parts.push(
      `<rect class="outage" x="${at(x(0))}" y="${top}" width="${at(x(wishes.outage) - x(0))}" height="${PANEL}"/>`,
    );
  }
  for (let value = 0; value <= most + step / 2; value += step) {
    parts.push(`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(y(value))}" y2="${at(y(value))}"/>`);
    const label = Number(value.toFixed(3));
    parts.push(`<text x="${LEFT - 6}" y="${at(y(value) + 4)}" text-anchor="end">${label}</text>`);
  }
  const tick = stepFor(last - first, 10);
  for (let s = Math.ceil(first / tick) * tick; s <= last; s += tick) {
    parts.push(`<line class="axis" x1="${at(x(s))}" x2="${at(x(s))}" y1="${bottom}" y2="${bottom + 4}"/>`);
    parts.push(`<text x="${at(x(s))}" y="${bottom + 17}" text-anchor="middle">${s} s</text>`);
  }
  if (bars !== undefined) {
    const width = Math.max(0.5, (x(1) - x(0)) * 0.85);
    for (const second of seconds) {
      const value = bars(second);
      if (value === 0) continue;
      parts.push(
        `<rect class="bar" x="${at(x(second.s))}" y="${at(y(value))}" width="${at(width)}" height="${at(bottom - y(value))}"/>`,
      );
    }
  }
  for (const { className, of } of curves) parts.push(`<path class="${className}" d="${pathOf(seconds, of, x, y)}"/>`);
  for (const { at: level, name } of levels) {
    parts.push(`<line class="mark" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(y(level))}" y2="${at(y(level))}"/>`);
    parts.push(`<text x="${WIDTH - RIGHT}" y="${at(y(level) - 4)}" text-anchor="end">${name}</text>`);
  }
  parts.push(`<line class="axis" x1="${LEFT}" x2="${LEFT}" y1="${top}" y2="${bottom}"/>`);
  parts.push(`<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${bottom}" y2="${bottom}"/>`);
  return parts.join('\n');
}

/** A line through the middles of the seconds; a second without a value breaks it. */
function pathOf(
  seconds: readonly Second[],
  of: (second: Second) => number | undefined,
  x: (s: number) => number,
  y: (value: number) => number,
): string {
  let path = '';
  let drawing = false;
  for (const second of seconds) {
    const value = of(second);
    if (value !== undefined) path += `${drawing ? 'L' : 'M'}${at(x(second.s + 0.5))} ${at(y(value))}`;
    drawing = value !== undefined;
  }
  return path;
}

/** Steps of 1, 2 or 5 times a power of ten, about so many over the span. */
export function stepFor(span: number, about: number): number {
  const rough = span / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((each) => each * power >= rough) ?? 10);
}

function at(value: number): string {
  return String(Number(value.toFixed(1)));
}
