import { cleanText } from '../../../drivers/framing/text.ts';
import { type Cell, line } from './cells.ts';
import { aboutLines } from './one-device.ts';
import { busTable, deviceTable } from './plant-tables.ts';
import { showSpan } from './shown-text.ts';
import type { DeviceView, ViewState } from './state.ts';
import { valueLines } from './value-lines.ts';
import type { ViewOptions } from './view-options.ts';
import { NO_WISHES, sorted, type Wishes } from './wishes.ts';

const NARROWEST = 40;
/** A serial console does not know its size and says 0: that of the terminal which all others imitate. */
const USUAL = { width: 80, height: 24 } as const;
/** So many buses have a row on the lowest terminal; on others it is a third of the rows. */
const FEWEST_BUSES = 3;

/** The gateway as tables of its buses, its devices and their values, without cursor movements. Pure. */
export function render(state: ViewState, given: ViewOptions): string {
  const width = Math.max(NARROWEST, given.width === 0 ? USUAL.width : given.width);
  const height = given.height === 0 ? USUAL.height : given.height;
  const wishes = given.wishes ?? NO_WISHES;
  const options = { ...given, width, height };
  const { colour } = options;
  const notes = (options.notes ?? []).map((note) => line([{ text: note }], width, colour));
  const open = wishes.isOpen && wishes.chosen !== undefined ? state.devices.get(wishes.chosen) : undefined;
  const buses = state.buses.filter(({ id }) => open === undefined || id === open.bus);
  const mostBuses = height === undefined ? buses.length : Math.max(FEWEST_BUSES, Math.floor(height / 3));
  const head = [line(headCells(state, wishes), width, colour), '', ...busTable(buses, mostBuses, options), ''];
  const foot = notes.length === 0 ? [] : ['', ...notes];
  const rows = height === undefined ? undefined : Math.max(0, height - head.length - foot.length);
  const devices = sorted([...state.devices.values()], wishes.order);
  const body = open === undefined ? plantLines(devices, rows, options) : deviceLines(open, rows, wishes, options);
  return [...head, ...body.slice(0, rows), ...foot].join('\n');
}

function headCells(state: ViewState, { order }: Wishes): readonly Cell[] {
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
  if (order !== 'config') cells.push({ text: `by ${order}`, style: 'dim' });
  return cells;
}

/** The devices' table with each one's values under its row, fairly cut to the rows that there are. */
function plantLines(devices: readonly DeviceView[], rows: number | undefined, options: ViewOptions): readonly string[] {
  const [head = '', ...lines] = deviceTable(devices, options);
  if (rows !== undefined && lines.length + 1 > rows) return [head, ...aroundChosen(devices, lines, rows - 1, options)];
  const values = devices.map((device) => valueLines(device, options));
  const needs = values.map((each) => each.length);
  const shares = fairShares(needs, rows === undefined ? undefined : rows - 1 - devices.length);
  return [
    head,
    ...values.flatMap((each, index) => [lines[index] ?? '', ...shortened(each, shares[index] ?? 0, options)]),
  ];
}

/** Of more devices than there are rows those around the chosen one, and how many there are before and after them. */
function aroundChosen(
  devices: readonly DeviceView[],
  lines: readonly string[],
  rows: number,
  { width, colour, wishes }: ViewOptions,
): readonly string[] {
  const room = Math.max(0, rows - 1);
  const chosen = devices.findIndex(({ id }) => id === wishes?.chosen);
  const from = Math.max(0, Math.min(chosen - Math.floor(room / 2), lines.length - room));
  const after = lines.length - from - room;
  const counted = [...(from > 0 ? [`${from} more above`] : []), ...(after > 0 ? [`${after} more below`] : [])];
  const more: Cell = { text: `  and ${counted.join(', ')}`, style: 'dim' };
  return [...lines.slice(from, from + room), line([more], width, colour)];
}

/** One device with all that is known of it; lines that find no room are on further pages. */
function deviceLines(
  device: DeviceView,
  rows: number | undefined,
  { page }: Wishes,
  options: ViewOptions,
): readonly string[] {
  const head = [...deviceTable([device], options), ...aboutLines(device, options)];
  const values = valueLines(device, options);
  if (rows === undefined || head.length + values.length <= rows) return [...head, ...values];
  const room = Math.max(1, rows - head.length - 1);
  const pages = Math.ceil(values.length / room);
  const at = page % pages;
  const more: Cell = { text: `  page ${at + 1} of ${pages}`, style: 'dim' };
  return [...head, ...values.slice(at * room, (at + 1) * room), line([more], options.width, options.colour)];
}

/** So many rows each gets of those that there are: a table that needs few leaves the rest to the others. */
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

/** In a single row the first values say more than the number of the others. */
function shortened(lines: readonly string[], rows: number, { width, colour }: ViewOptions): readonly string[] {
  if (lines.length <= rows || rows === 1) return lines.slice(0, rows);
  if (rows === 0) return [];
  const more: Cell = { text: `  and ${lines.length - rows + 1} more lines`, style: 'dim' };
  return [...lines.slice(0, rows - 1), line([more], width, colour)];
}
