import { LEAST_LATENCY_MS } from '../../../drivers/port/latency.ts';
import { type Column, cellTable } from './cell-table.ts';
import { type Cell, line, type Style } from './cells.ts';
import { DASH, showSpan } from './shown-text.ts';
import { sparkline, TREND_LENGTH } from './sparkline.ts';
import type { BusView, DeviceView } from './state.ts';
import type { ViewOptions } from './view-options.ts';

/** The last statuses as bars, the newest at the right. */
const TREND: Column = { text: 'TREND', least: TREND_LENGTH / 4, leave: 9, cutAt: 'start' };

const BUS_HEADS: readonly Column[] = [
  { text: 'BUS', least: 7, cutAt: 'middle' },
  { text: 'STATE', least: 22 },
  { text: 'LOAD', right: true, leave: 1 },
  { text: 'EXCHANGES', right: true, leave: 4 },
  { text: 'TIMEOUTS', right: true, leave: 2 },
  { text: 'CHECKSUM', right: true, leave: 3 },
  { text: 'LATE', right: true, leave: 5 },
  { text: 'REOPENS', right: true, leave: 6 },
];

/** @param most rows below the heads; buses without a row are counted, and closed ones come first */
export function busTable(buses: readonly BusView[], most: number, { width, colour }: ViewOptions): readonly string[] {
  const isTrended = buses.some(({ trend }) => trend.length > 1);
  const isWhole = buses.length <= most;
  const shown = isWhole
    ? buses
    : buses.toSorted((one, other) => Number(one.open) - Number(other.open)).slice(0, most - 1);
  const heads = isTrended ? [...BUS_HEADS, TREND] : BUS_HEADS;
  const lines = cellTable(
    heads,
    shown.map((bus) => busCells(bus, isTrended)),
    width,
    colour,
  );
  const more: Cell = { text: `  and ${buses.length - shown.length} more buses`, style: 'dim' };
  return isWhole ? lines : [...lines, line([more], width, colour)];
}

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
    { text: bus.utilisation === undefined ? DASH : `${Math.round(bus.utilisation * 100)} %` },
    count(bus.exchanges, 'plain'),
    count(bus.timeouts, 'warn'),
    count(bus.checksumErrors, 'warn'),
    count(bus.lateFrames, 'warn'),
    count(bus.reopens, 'warn'),
    ...(isTrended ? [{ text: sparkline(bus.trend, 1) }] : []),
  ];
}

function count(value: number | undefined, styleAboveZero: Style): Cell {
  return { text: value === undefined ? DASH : String(value), style: value ? styleAboveZero : 'dim' };
}

const DEVICE_HEADS: readonly Column[] = [
  { text: 'DEVICE', least: 10, cutAt: 'middle' },
  { text: 'BUS', least: 6, leave: 3, cutAt: 'middle' },
  { text: 'HEALTH', least: 22 },
  { text: 'LATENCY', right: true, leave: 2 },
  { text: 'VALUES', right: true, leave: 1 },
];

/** One row for each device, and the heads before them. */
export function deviceTable(devices: readonly DeviceView[], options: ViewOptions): readonly string[] {
  const isTrended = devices.some(({ trend }) => trend.length > 1);
  return cellTable(
    isTrended ? [...DEVICE_HEADS, TREND] : DEVICE_HEADS,
    devices.map((device) => deviceCells(device, options, isTrended)),
    options.width,
    options.colour,
  );
}

function deviceCells(device: DeviceView, { now, wishes }: ViewOptions, isTrended: boolean): readonly Cell[] {
  const health = device.health ?? DASH;
  const style = health === 'online' ? 'good' : health === 'starting' || health === 'paused' ? 'warn' : 'bad';
  const why = device.fault === undefined || health === 'online' ? '' : ` ${device.fault}`;
  return [
    { text: device.id, style: wishes?.chosen === device.id && !wishes.isOpen ? 'chosen' : 'bold' },
    { text: device.bus ?? DASH },
    { text: `${health}${why}`, style },
    { text: device.latencyMs === undefined ? DASH : `${device.latencyMs.toFixed(1)} ms` },
    { text: device.at === undefined ? DASH : `${showSpan(now - device.at)} ago` },
    ...(isTrended ? [{ text: sparkline(device.trend) }] : []),
  ];
}
