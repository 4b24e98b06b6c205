import { formatCode, type ObisCode } from './code.ts';

/** The type of a value: `time` is a text too, a date and time. */
export type ObisType = 'number' | 'text' | 'boolean' | 'time';

/** A quantity that meters usually send. */
export interface Usual {
  /** The first of these that a telegram holds is the point's; as {@link formatCode} writes them. */
  readonly codes: readonly string[];
  readonly type: ObisType;
  /** The unit without a prefix. Absent: it has none, or the meter alone knows it. */
  readonly unit?: string | undefined;
  /** The place of the value in a line of several; absent: the last. */
  readonly index?: number | undefined;
}

const number = (unit: string | undefined, ...codes: string[]): Usual => ({ codes, type: 'number', unit });
const text = (...codes: string[]): Usual => ({ codes, type: 'text' });
const time = (...codes: string[]): Usual => ({ codes, type: 'time' });

/** One point for each phase: group C grows by 20 (IEC 62056-61). */
function phases(name: string, unit: string | undefined, quantity: number, processing = 7): Record<string, Usual> {
  return Object.fromEntries(
    [0, 1, 2].map((phase) => [`${name}-l${phase + 1}`, number(unit, `1-0:${quantity + 20 * phase}.${processing}.0`)]),
  );
}

function tariffs(name: string, unit: string, quantity: number): Record<string, Usual> {
  return Object.fromEntries(
    [1, 2, 3, 4].map((tariff) => [`${name}-tariff-${tariff}`, number(unit, `1-0:${quantity}.8.${tariff}`)]),
  );
}

/**
 * The usual points of all OBIS meters; the names are part of the interface. Codes: IEC 62056-61 and 62056-6-1; DSMR 5.0.2
 * P1, 6.12; for power failures, sags and swells DSMR alone.
 */
export const USUAL_POINTS = {
  'energy-import': number('Wh', '1-0:1.8.0'),
  ...tariffs('energy-import', 'Wh', 1),
  'energy-export': number('Wh', '1-0:2.8.0'),
  ...tariffs('energy-export', 'Wh', 2),
  'reactive-energy-import': number('varh', '1-0:3.8.0'),
  'reactive-energy-export': number('varh', '1-0:4.8.0'),
  power: number('W', '1-0:16.7.0'),
  ...phases('power', 'W', 36),
  'power-import': number('W', '1-0:1.7.0'),
  ...phases('power-import', 'W', 21),
  'power-export': number('W', '1-0:2.7.0'),
  ...phases('power-export', 'W', 22),
  'reactive-power-import': number('var', '1-0:3.7.0'),
  ...phases('reactive-power-import', 'var', 23),
  'reactive-power-export': number('var', '1-0:4.7.0'),
  ...phases('reactive-power-export', 'var', 24),
  'apparent-power-import': number('VA', '1-0:9.7.0'),
  'apparent-power-export': number('VA', '1-0:10.7.0'),
  ...phases('voltage', 'V', 32),
  ...phases('current', 'A', 31),
  'current-n': number('A', '1-0:91.7.0'),
  'power-factor': number(undefined, '1-0:13.7.0'),
  ...phases('power-factor', undefined, 33),
  frequency: number('Hz', '1-0:14.7.0'),
  'power-import-average': number('W', '1-0:1.4.0'),
  'power-import-peak': number('W', '1-0:1.6.0'),
  tariff: text('0-0:96.14.0'),
  breaker: number(undefined, '0-0:96.3.10'),
  'power-failures': number(undefined, '0-0:96.7.21'),
  'power-failures-long': number(undefined, '0-0:96.7.9'),
  ...phases('voltage-sags', undefined, 32, 32),
  ...phases('voltage-swells', undefined, 32, 36),
  message: text('0-0:96.13.0'),
  'message-code': text('0-0:96.13.1'),
  'meter-id': text('0-0:96.1.1', '0-0:96.1.0', '1-0:96.1.0', '1-0:0.0.0'),
  'meter-time': time('0-0:1.0.0'),
  gas: number('m3', '7-0:3.0.0', '7-0:3.1.0', '7-0:3.2.0'),
  water: number('m3', '8-0:1.0.0', '9-0:1.0.0'),
  heat: number(undefined, '6-0:1.0.0', '6-0:1.8.0'),
} as const satisfies Record<string, Usual>;

const BY_CODE: ReadonlyMap<string, Usual> = new Map(
  Object.values<Usual>(USUAL_POINTS).flatMap((usual) => usual.codes.map((code) => [code, usual] as const)),
);

/** The usual table's word on a code; a short code is one of electricity. */
export function usualOf(code: ObisCode): Usual | undefined {
  return BY_CODE.get(formatCode({ ...code, medium: code.medium ?? 1, channel: code.channel ?? 0 }));
}

/**
 * The type of a code's value, where neither the config nor the table says it. Numbers are all measured quantities,
 * counters and states; texts are ids, versions, dates, status words, messages and lists (IEC 62056-61).
 */
export function typeOfCode(code: ObisCode): ObisType {
  const usual = usualOf(code);
  if (usual !== undefined) return usual.type;
  const { medium, quantity, processing } = code;
  if (quantity === 0) return processing === 0 || processing === 2 || processing === 9 ? 'text' : 'number';
  if (quantity === 96) return [3, 6, 7, 8, 9, 12].includes(processing) ? 'number' : 'text';
  if (quantity >= 97 && quantity <= 99) return 'text';
  if (quantity > 99 && medium !== undefined && medium > 9) return 'text';
  if (medium === 0 && quantity === 1) return 'time';
  return 'number';
}
