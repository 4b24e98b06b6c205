import type { Options } from '../options.ts';
import { isFloating, type PointOptions } from '../point.ts';
import { decodeNumber, type Layout } from './raw.ts';
import { layoutOf } from './value.ts';

/** No instrument means a number so small or so large: it is what wrong registers or a wrong order make of a float. */
const SMALLEST_MEANT = 1e-20;
const LARGEST_MEANT = 1e20;
/** The range that nearly every instrument keeps to. */
const SMALLEST_USUAL = 1e-6;
const LARGEST_USUAL = 1e9;

/** Whether a floating number is one that no instrument means. Zero is meant. */
function isSenseless(value: number): boolean {
  const size = Math.abs(value);
  return size !== 0 && (size < SMALLEST_MEANT || size > LARGEST_MEANT);
}

/** Whether a floating number is one that instruments give; zero says nothing. */
export function isUsual(value: number): boolean {
  const size = Math.abs(value);
  return size >= SMALLEST_USUAL && size <= LARGEST_USUAL;
}

/** The reason why the content of a point's registers is hardly meant by the device; undefined for all that may be meant. */
export type RemarkOn = (registers: Uint8Array) => string | undefined;

/** Undefined: of such a point nothing can be told, which is a whole number. */
export function remarkOn(point: PointOptions, device: Pick<Options, 'wordOrder' | 'byteOrder'>): RemarkOn | undefined {
  if (!isFloating(point.type)) return undefined;
  const layout = layoutOf(point, device);
  const wordOrder = layout.wordOrder === 'big' ? 'little' : 'big';
  const swapped: Layout = { ...layout, wordOrder };
  return (registers) => {
    const value = decodeNumber(registers, layout);
    if (value === null || !isSenseless(Number(value))) return undefined;
    const other = decodeNumber(registers, swapped);
    const looks =
      other !== null && isUsual(Number(other))
        ? `looks like swapped words: try wordOrder: ${wordOrder}. If that is not it, check`
        : 'no instrument means such a number: check word order and';
    return `${looks} the type, and the address: many manuals count from 1. \`fieldward poll --raw\` shows them side by side`;
  };
}
