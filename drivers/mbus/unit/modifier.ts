import { type Meaning, SPANS } from './meaning.ts';

/**
 * Codes that may follow the value information and change what it says, without their extension bit: EN 13757-3 (2013),
 * tables 15 and 16.
 */
export interface Modified {
  readonly meaning: Meaning;
  /** In which way the record is not the plain value of its quantity. */
  readonly qualifiers: readonly string[];
}

/** The extension of these codes themselves. */
export const MODIFIER_EXTENSION = 0x7c;
/** The value information behind it, up to the end, is the maker's own. */
export const MAKERS_OWN = 0x7f;

/** The meter can not give the value (2013, table 17): 01 to 0F of the request, 15 to 18 and 1C of the value. */
const ERRORS: ReadonlySet<number> = new Set([
  ...Array.from({ length: 15 }, (_, index) => index + 1),
  ...[0x15, 0x16, 0x17, 0x18, 0x1c],
]);

const PER: Readonly<Record<number, string>> = {
  32: 's',
  33: 'min',
  34: 'h',
  35: 'd',
  36: 'week',
  37: 'month',
  38: 'year',
  39: 'revolution',
  44: 'l',
  45: 'm³',
  46: 'kg',
  47: 'K',
  48: 'kWh',
  49: 'GJ',
  50: 'kW',
  51: '(K·l)',
  52: 'V',
  53: 'A',
};

const TIMES: Readonly<Record<number, string>> = { 54: 's', 55: 's/V', 56: 's/A' };

/** The value stays that of its unit, and is another value of the quantity. */
const OTHER_VALUES: Readonly<Record<number, string>> = {
  18: 'average',
  // the worth of one pulse of an input or an output
  40: 'pulse-input-1',
  41: 'pulse-input-2',
  42: 'pulse-output-1',
  43: 'pulse-output-2',
  58: 'uncorrected',
  59: 'forward',
  60: 'backward',
  62: 'base-conditions',
  64: 'lower-limit',
  72: 'upper-limit',
  104: 'while-below-limit',
  105: 'leakage',
  108: 'while-above-limit',
  109: 'overflow',
  126: 'future',
};

const EXTENDED: Readonly<Record<number, string>> = {
  1: 'l1',
  2: 'l2',
  3: 'l3',
  4: 'neutral',
  5: 'l1-l2',
  6: 'l2-l3',
  7: 'l3-l1',
  8: 'quadrant-1',
  9: 'quadrant-2',
  10: 'quadrant-3',
  11: 'quadrant-4',
  12: 'import-minus-export',
  16: 'absolute',
  19: 'to-meter',
  20: 'from-meter',
};
/** Data is presented without a sign (type C), or as bits (type D). */
const WITHOUT_SIGN: ReadonlySet<number> = new Set([0x11, 0x12]);

const LIMITS = ['lower-limit', 'upper-limit'] as const;
const SPAN_OF = ['s', 'min', 'h', 'd'] as const;

/** The meaning of a record after one more code. */
export function modified(before: Modified, code: number): Modified {
  const { meaning } = before;
  const withWord = (word: string, changed: Partial<Meaning> = {}): Modified => ({
    meaning: { ...meaning, ...changed },
    qualifiers: [...before.qualifiers, word],
  });
  if (code === 0x00 || code === 0x1d) return before;
  if (ERRORS.has(code)) return withWord('error', { reading: 'unknown' });
  const other = OTHER_VALUES[code];
  if (other !== undefined) return withWord(other);
  const per = PER[code];
  if (per !== undefined) return withWord('per', { unit: `${meaning.unit ?? '1'}/${per}` });
  const times = TIMES[code];
  if (times !== undefined) return withWord('times', { unit: `${meaning.unit ?? '1'}·${times}` });
  if (code === 0x39) return withWord('start', date());
  if ((code & 0x78) === 0x70) return { ...before, meaning: raised(meaning, (code & 7) - 6) };
  if (code === 0x7d) return { ...before, meaning: raised(meaning, 3) };
  return limited(withWord, code) ?? withWord('unknown', { reading: 'unknown' });
}

/** The meaning of a record after a code behind the extension. */
export function extended(before: Modified, code: number): Modified {
  if (WITHOUT_SIGN.has(code)) {
    const { meaning } = before;
    return meaning.reading === 'plain' ? { ...before, meaning: { ...meaning, reading: 'bits' } } : before;
  }
  const word = EXTENDED[code];
  const qualifiers = [...before.qualifiers, word ?? 'unknown'];
  return word === undefined
    ? { meaning: { ...before.meaning, reading: 'unknown' }, qualifiers }
    : { ...before, qualifiers };
}

/** Dates, durations and counts of limits that were exceeded, and of the value itself. */
function limited(withWord: (word: string, changed?: Partial<Meaning>) => Modified, code: number): Modified | undefined {
  const limit = LIMITS[(code >> 3) & 1] ?? LIMITS[0];
  // E100 u001
  if ((code & 0x77) === 0x41) {
    return withWord(limit, { ...PURE, quantity: 'limit-exceeds', unit: undefined, reading: 'plain' });
  }
  // E100 uf1b
  if ((code & 0x72) === 0x42) return withWord(limit, date());
  // E101 ufnn
  if ((code & 0x70) === 0x50) return withWord(limit, duration('limit-duration', code));
  // E110 0fnn
  if ((code & 0x78) === 0x60) return withWord('duration', duration('value-duration', code));
  // E110 1f1b
  if ((code & 0x7a) === 0x6a) return withWord('date', date());
  return undefined;
}

const PURE = { factor: 1, exponent: 0 } as const;

function date(): Partial<Meaning> {
  return { ...PURE, quantity: 'date-time', unit: undefined, reading: 'date' };
}

function duration(quantity: 'limit-duration' | 'value-duration', code: number): Partial<Meaning> {
  return { ...PURE, quantity, ...SPANS[SPAN_OF[code & 3] ?? 's'], reading: 'plain' };
}

function raised(meaning: Meaning, exponent: number): Meaning {
  return { ...meaning, exponent: meaning.exponent + exponent };
}
