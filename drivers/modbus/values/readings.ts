import type { Value } from '../../contract/reading.ts';
import { type RawType, WORDS } from '../point.ts';
import { decodeNumber, type Layout, registerText } from './raw.ts';

const ORDERS = ['big', 'little'] as const;
const TYPES: readonly RawType[] = [
  ...(['uint16', 'int16', 'sign-magnitude16', 'bcd16'] as const),
  ...(['uint32', 'int32', 'float32', 'uint24', 'int24', 'sign-magnitude32'] as const),
  ...(['exp8-mantissa24', 'bcd32', 'mod10k-32'] as const),
  ...(['uint48', 'int48'] as const),
  ...(['uint64', 'int64', 'float64', 'mod10k-64'] as const),
];

/** Every way to read a number from registers: each type in each order of its words, and of the bytes in them. */
export const LAYOUTS: readonly Layout[] = TYPES.flatMap((type) =>
  ORDERS.flatMap((byteOrder) =>
    ORDERS.filter((wordOrder) => wordOrder === 'big' || WORDS[type] > 1).map((wordOrder) => ({
      ...{ type, wordOrder, byteOrder },
    })),
  ),
);

/** The most registers that one of them takes. */
export const MOST_WORDS = 4;

/** `float32, wordOrder: little`: as the config has it, without what is usual. */
export function wordsFor({ type, wordOrder, byteOrder }: Layout): string {
  const orders = [
    ...(wordOrder === 'big' || WORDS[type] < 2 ? [] : ['wordOrder: little']),
    ...(byteOrder === 'big' ? [] : ['byteOrder: little']),
  ];
  return [type, ...orders].join(', ');
}

/**
 * The raw value of registers; text of all digits where no double holds the number.
 * @param registers as they lie on the wire, as many as the type takes
 */
export function readAs(registers: Uint8Array, layout: Layout): Value {
  if (layout.type === 'string') return registerText(registers, layout);
  const value = decodeNumber(registers, layout);
  return typeof value === 'bigint' ? String(value) : value;
}
