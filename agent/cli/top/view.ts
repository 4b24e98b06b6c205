import { cleanText } from '../../../drivers/framing/text.ts';
import { LEAST_LATENCY_MS } from '../../../drivers/port/latency.ts';
import type { Shown } from '../../console/wire.ts';
import { numberText } from '../number-text.ts';
import { type Cell, cellTable, columns, line, pad, type Style } from './cells.ts';
import { sparkline } from './sparkline.ts';
import type { BusView, DeviceView, ViewState } from './state.ts';
import type { UnitOf } from './units.ts';
import { NO_WISHES, sorted, type Wishes } from './wishes.ts';

export interface ViewOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** Rows of the terminal; absent: as many as it takes. */
  readonly height?: number | undefined;
  readonly colour: boolean;
  /** Wall clock, milliseconds since 1970, for ages. */
  readonly now: number;
  /** Messages have no units; who has the config or the profile knows them. */
  readonly unitOf?: UnitOf | undefined;
  /** Sentences under the tables. */
  readonly notes?: readonly string[] | undefined;
  readonly wishes?: Wishes | undefined;
}

const UNKNOWN = '–';
const NARROWEST = 40;

/** A serial console does not know its size and says 0: that of the terminal which all others imitate. */
const USUAL = { width: 80, height: 24 } as const;

/** The gateway as tables of its buses, its devices and their values, without cursor movements. Pure. */
export function render(state: ViewState, options: ViewOptions): string {
  const width = Math.max(NARROWEST, options.width === 0 ? USUAL.width : options.width);
  const height = options.height === 0 ? USUAL.height : options.height;
  const notes = (options.notes ?? []).map((note) => line([{ text: note }], width, options.colour));
  const { order, chosen, isOpen } = options.wishes ?? NO_WISHES;
  const open = isOpen && chosen !== undefined ? state.devices.get(chosen) : undefined;
  const isTrended = state.buses.some(({ trend }) => trend.length > 1);
  const buses = cellTable(
    isTrended ? [...BUS_HEADS, { text: 'LOAD, OLD TO NEW' }] : BUS_HEADS,
    state.buses.filter(({ id }) => open === undefined || id === open.bus).map((bus) => busCells(bus, isTrended)),
    width,
    options.colour,
  );
  const head = [line(headCells(state), width, options.colour), '', ...buses, ''];
  const foot = notes.length === 0 ? [] : ['', ...notes];
  const rows = height === undefined ? undefined : height - head.length - foot.length;
  const devices = open === undefined ? sorted([...state.devices.values()], order) : [open];
  const all = deviceLines(devices, rows, width, options);
  const body = rows === undefined ? all : shortened(all, Math.max(0, rows), width, options.colour);
  return [...head, ...body, ...foot].join('\n');
}

/** A value as people read it, and its unit. */
export function showValue(value: Shown, unit: string | undefined): string {
  if (value === null) return UNKNOWN;
  const text =
    typeof value === 'number' ? numberText(value) : typeof value === 'string' ? cleanText(value) : `${value}`;
  return unit === undefined || unit === '' ? text : `${text} ${cleanText(unit, 16)}`;
}

/** A span as people read it: `0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`. */
export function showSpan(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

function headCells(state: ViewState): readonly Cell[] {
  const online = state.online;
  const cells: Cell[] = [
    { text: cleanText(state.prefix.slice(state.prefix.lastIndexOf('/') + 1), 64), style: 'bold' },
    online === undefined
      ? { text: 'waiting for it', style: 'dim' }
      : { text: online ? 'online' : 'offline', style: online ? 'good' : 'bad' },
  ];
  if (state.uptimeS !== undefined) cells.push({ text: `up ${showSpan(state.uptimeS * 1000)}` });
  if (state.memoryBytes !== undefined) cells.push({ text: `${Math.round(state.memoryBytes / 1_048_576)} MiB` });
  if (state.held !== undefined)
    cells.push({ text: `outbox ${state.held}${state.durable === true ? '' : ' in memory'}` });
  if (state.dropped) cells.push({ text: `${state.dropped} dropped`, style: 'bad' });
  if (state.reconnects) cells.push({ text: `${state.reconnects} reconnects`, style: 'warn' });
  return cells;
}

const BUS_HEADS: readonly Cell[] = [
  { text: 'BUS' },
  { text: 'STATE' },
  ...['LOAD', 'EXCHANGES', 'TIMEOUTS', 'CHECKSUM', 'LATE', 'REOPENS'].map((text) => ({ text, right: true })),
];

function busCells(bus: BusView, isTrended: boolean): readonly Cell[] {
  const held = bus.latencyTimerMs ?? 0;
  const state: Cell = bus.open
    ? held > LEAST_LATENCY_MS
      ? { text: `open, slow adapter ${held} ms`, style: 'warn' }
      : { text: 'open', style: 'good' }
    : { text: `closed${bus.fault === undefined ? '' : ` ${bus.fault}`}`, style: 'bad' };
  return [
    { text: bus.id, style: 'bold' },
    state,
    { text: bus.utilisation === undefined ? UNKNOWN : `${Math.round(bus.utilisation * 100)} %`, right: true },
    count(bus.exchanges, 'plain'),
    count(bus.timeouts, 'warn'),
    count(bus.checksumErrors, 'warn'),
    count(bus.lateFrames, 'warn'),
    count(bus.reopens, 'warn'),
    ...(isTrended ? [{ text: sparkline(bus.trend, 1) }] : []),
  ];
}

function count(value: number | undefined, styleAboveZero: Style): Cell {
  return { text: value === undefined ? UNKNOWN : String(value), right: true, style: value ? styleAboveZero : 'dim' };
}

const DEVICE_HEADS: readonly Cell[] = [
  { text: 'DEVICE' },
  { text: 'BUS' },
  { text: 'HEALTH' },
  { text: 'LATENCY', right: true },
  { text: 'VALUES', right: true },
];

function deviceCells(device: DeviceView, { now, wishes }: ViewOptions, isTrended: boolean): readonly Cell[] {
  const health = device.health ?? UNKNOWN;
  const style = health === 'online' ? 'good' : health === 'starting' || health === 'paused' ? 'warn' : 'bad';
  const why = device.fault === undefined || health === 'online' ? '' : ` ${device.fault}`;
  return [
    { text: device.id, style: wishes?.chosen === device.id && !wishes.isOpen ? 'chosen' : 'bold' },
    { text: device.bus ?? UNKNOWN },
    { text: `${health}${why}`, style },
    { text: device.latencyMs === undefined ? UNKNOWN : `${device.latencyMs.toFixed(1)} ms`, right: true },
    { text: device.at === undefined ? UNKNOWN : `${showSpan(now - device.at)} ago`, right: true },
    ...(isTrended ? [{ text: sparkline(device.trend) }] : []),
  ];
}

/** The devices' table with each one's values under its row, fairly cut to the rows that there are. */
function deviceLines(
  devices: readonly DeviceView[],
  rows: number | undefined,
  width: number,
  options: ViewOptions,
): readonly string[] {
  const isTrended = devices.some(({ trend }) => trend.length > 1);
  const [head = '', ...lines] = cellTable(
    isTrended ? [...DEVICE_HEADS, { text: 'LATENCY, OLD TO NEW' }] : DEVICE_HEADS,
    devices.map((device) => deviceCells(device, options, isTrended)),
    width,
    options.colour,
  );
  const values = devices.map((device) => valueLines(device, width, options));
  const needs = values.map((each) => each.length);
  const shares = fairShares(needs, rows === undefined ? undefined : rows - 1 - devices.length);
  return [
    head,
    ...values.flatMap((each, index) => [
      lines[index] ?? '',
      ...shortened(each, shares[index] ?? 0, width, options.colour),
    ]),
  ];
}

/** So many rows each gets of those that there are: who needs few leaves the rest to the others. */
function fairShares(needs: readonly number[], room = Number.POSITIVE_INFINITY): readonly number[] {
  const shares = needs.map(() => 0);
  let left = Math.max(0, room);
  const byNeed = [...needs.entries()].sort(([, a], [, b]) => a - b);
  for (const [place, [index, need]] of byNeed.entries()) {
    const share = Math.min(need, Math.floor(left / (byNeed.length - place)));
    shares[index] = share;
    left -= share;
  }
  return shares;
}

function shortened(lines: readonly string[], rows: number, width: number, colour: boolean): readonly string[] {
  if (lines.length <= rows) return lines;
  if (rows === 0) return [];
  const more: Cell = { text: `  and ${lines.length - rows + 1} more lines`, style: 'dim' };
  return [...lines.slice(0, rows - 1), line([more], width, colour)];
}

function valueLines(device: DeviceView, width: number, options: ViewOptions): readonly string[] {
  const pairs = [...device.values].map(([point, value]) => ({
    point,
    shown: showValue(value, options.unitOf?.(device.id, point)),
  }));
  const pointWidth = Math.min(28, Math.max(0, ...pairs.map(({ point }) => columns(point))));
  const shownWidth = Math.min(24, Math.max(0, ...pairs.map(({ shown }) => columns(shown))));
  const perRow = Math.max(1, Math.floor(width / (pointWidth + shownWidth + 3)));
  const style: Style = device.health === 'online' ? 'plain' : 'dim';
  const result: string[] = [];
  for (let from = 0; from < pairs.length; from += perRow) {
    const cells = pairs.slice(from, from + perRow).flatMap(({ point, shown }): Cell[] => [
      { text: ` ${pad(point, pointWidth, false)}`, style: 'dim' },
      { text: pad(shown, shownWidth, true), style },
    ]);
    result.push(line([{ text: '' }, ...cells], width, options.colour, ' '));
  }
  for (const [point, code] of device.unreadable) {
    result.push(line([{ text: ` ${point} can't be read: ${code}`, style: 'bad' }], width, options.colour));
  }
  if (device.unreadableMore > 0) {
    result.push(line([{ text: ` ${device.unreadableMore} more can't be read`, style: 'bad' }], width, options.colour));
  }
  return result;
}
