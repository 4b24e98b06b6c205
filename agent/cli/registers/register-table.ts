import type { Value } from '../../../drivers/contract/reading.ts';
import { type RawType, WORDS } from '../../../drivers/modbus/point.ts';
import type { Layout } from '../../../drivers/modbus/values/raw.ts';
import { LAYOUTS, readAs, wordsFor } from '../../../drivers/modbus/values/readings.ts';
import { spacedHex } from '../../capture/write.ts';
import { table } from '../table.ts';
import { showValue } from '../top/shown-text.ts';
import type { RegisterBlock } from './register-words.ts';

type Orders = Pick<Layout, 'wordOrder' | 'byteOrder'>;

/** How a block of registers is shown. */
export interface RegisterView {
  readonly types: readonly RawType[];
  readonly orders: Orders;
  /** As every type in every order. */
  readonly guess: boolean;
}

/** A block that was read: two bytes a register, or one byte a bit. */
export interface ReadBlock extends RegisterBlock {
  readonly data: Uint8Array;
}

/** The block as a table. */
export function blockText(block: ReadBlock, view: RegisterView): string {
  if (isBits(block))
    return table(
      Array.from(block.data, (bit, at) => [`${block.register}:${block.address + at}`, bit === 1 ? 'true' : 'false']),
    );
  const layouts = layoutsOf(view);
  if (view.guess) {
    const rows = layouts.map((layout) => [
      wordsFor(layout),
      ...valuesOf(block, layout).map((value) => showValue(value, undefined)),
    ]);
    return [
      `${block.register}:${block.address}  ${spacedHex(block.data)}`,
      table(rows.filter(([, ...cells]) => cells.length > 0)),
    ].join('\n');
  }
  const step = Math.min(...layouts.map(({ type }) => WORDS[type]));
  const heads = ['', '', ...layouts.map(wordsFor)];
  const rows = [];
  for (let at = 0; at < block.count; at += step) {
    const cells = layouts.map((layout) => cellOf(block, layout, at));
    rows.push([
      `${block.register}:${block.address + at}`,
      spacedHex(block.data.subarray(at * 2, (at + step) * 2)),
      ...cells,
    ]);
  }
  return table([heads, ...rows]);
}

/** The same for programs. */
export function blockJson(block: ReadBlock, view: RegisterView): Readonly<Record<string, unknown>> {
  const { register, address, count, data } = block;
  if (isBits(block)) return { register, address, count, values: { bool: Array.from(data, (bit) => bit === 1) } };
  const values = Object.fromEntries(layoutsOf(view).map((layout) => [wordsFor(layout), valuesOf(block, layout)]));
  return { register, address, count, registers: spacedHex(data), values };
}

function layoutsOf({ types, orders, guess }: RegisterView): readonly Layout[] {
  return guess ? LAYOUTS : types.map((type) => ({ type, ...orders }));
}

/** One value after the other from the beginning of the block; registers that are left over are none. */
function valuesOf({ count, data }: ReadBlock, layout: Layout): readonly Value[] {
  const width = WORDS[layout.type];
  return Array.from({ length: Math.floor(count / width) }, (_, at) =>
    readAs(data.subarray(at * width * 2, (at + 1) * width * 2), layout),
  );
}

function cellOf({ data }: ReadBlock, layout: Layout, at: number): string {
  const bytes = data.subarray(at * 2, (at + WORDS[layout.type]) * 2);
  return bytes.length < WORDS[layout.type] * 2 ? '' : showValue(readAs(bytes, layout), undefined);
}

function isBits({ register }: RegisterBlock): boolean {
  return register === 'coil' || register === 'discrete';
}
