import type { RawRow, RawTable } from '../../contract/driver.ts';
import type { Value } from '../../contract/reading.ts';
import type { Options } from '../options.ts';
import { WORDS } from '../point.ts';
import type { Mapped } from '../read.ts';
import type { Layout } from './raw.ts';
import { LAYOUTS, MOST_WORDS, readAs, wordsFor } from './readings.ts';
import { isUsual } from './remark.ts';
import { layoutOf } from './value.ts';

/** Registers, or bits of one byte each, by their address. */
type Registers = ReadonlyMap<number, Uint8Array>;

/** So many other readings of a float are named: more of them tell nothing. */
const MOST_NAMED = 4;

/** The meanings of a point's registers in every way, from its address, from one lower and from one higher. */
export function rawTable(member: Mapped, options: Pick<Options, 'wordOrder' | 'byteOrder'>, all: Registers): RawTable {
  const { point, address } = member;
  const starts = [address - 1, address, address + 1].filter((start) => start >= 0);
  const layout = layoutOf(point, options);
  const isBit = point.register === 'coil' || point.register === 'discrete';
  const rows = isBit ? [bitRow(all, starts)] : rowsOf(member, layout, all, starts);
  return {
    point: point.name,
    title: `${point.register} ${address}: ${isBit ? 'bool' : wordsFor(layout)}`,
    heads: starts.map((start) => `from ${start}`),
    rows,
    remarks: isBit ? [] : remarks(member, layout, all, rows),
  };
}

function bitRow(all: Registers, starts: readonly number[]): RawRow {
  const cells = starts.map((start) => {
    const bit = all.get(start)?.[0];
    return bit === undefined ? null : bit === 1;
  });
  return { label: 'bool', configured: true, cells };
}

function rowsOf({ point, count }: Mapped, layout: Layout, all: Registers, starts: readonly number[]): RawRow[] {
  const width = Math.min(count, MOST_WORDS);
  const registers = { label: 'registers', configured: false, cells: starts.map((start) => hexText(all, start, width)) };
  const texts: readonly Layout[] = point.type === 'string' ? [layout] : [];
  // one register has no order of words, also where the device has one
  const isConfigured = (each: Layout) =>
    each.type === layout.type &&
    each.byteOrder === layout.byteOrder &&
    (each.wordOrder === layout.wordOrder || WORDS[each.type] < 2);
  const rows = [...texts, ...LAYOUTS].map((each) => ({
    label: wordsFor(each),
    configured: isConfigured(each),
    cells: starts.map((start) => valueAt(all, start, each, count)),
  }));
  return [registers, ...rows.filter(({ cells, configured }) => configured || cells.some((cell) => cell !== null))];
}

function valueAt(all: Registers, start: number, layout: Layout, length: number): Value {
  const bytes = taken(all, start, layout.type === 'string' ? length : WORDS[layout.type]);
  return bytes === undefined ? null : readAs(bytes, layout);
}

/** So many registers from an address on; undefined where one of them was not read. */
function taken(all: Registers, start: number, count: number): Uint8Array | undefined {
  const found = Array.from({ length: count }, (_, at) => all.get(start + at));
  if (found.some((register) => register === undefined)) return undefined;
  return Uint8Array.from(found.flatMap((register) => [...(register ?? [])]));
}

function hexText(all: Registers, start: number, count: number): string {
  const texts = Array.from({ length: count }, (_, at) => {
    const register = all.get(start + at);
    return register === undefined
      ? '....'
      : Array.from(register, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
  });
  return texts.join(' ');
}

/** The fault of the value as the config reads it, and the other ways that give one that instruments give. */
function remarks(
  { remarkOn, address, count }: Mapped,
  layout: Layout,
  all: Registers,
  rows: readonly RawRow[],
): readonly string[] {
  const own = taken(all, address, count);
  const remark = own && remarkOn?.(own);
  if (remark === undefined) return [];
  const starts = [address, address - 1, address + 1].filter((start) => start >= 0);
  const ways = LAYOUTS.filter(({ type }) => type === layout.type).flatMap((each) =>
    starts.flatMap((start) => {
      const value = valueAt(all, start, each, count);
      const shown = rows.some(({ label }) => label === wordsFor(each));
      return shown && typeof value === 'number' && isUsual(value) ? [`${wordsFor(each)} from ${start}`] : [];
    }),
  );
  const named = ways.slice(0, MOST_NAMED).join('; ');
  return named === '' ? [remark] : [remark, `usual numbers come as: ${named}`];
}
