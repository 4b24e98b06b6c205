import { z } from 'zod';
import { COUNTS, QUANTITIES } from '../contract/quantity.ts';
import { boundary, realNumber, wholeNumber } from './number.ts';
import { id, label, text } from './text.ts';

/** Larger than any 64-bit integer, so that every raw value can be named; still exact enough to compare. */
export const LARGEST = 1e20;

/** Far apart enough for any conversion of units, and never zero, which would lose the value. */
const LARGEST_SCALE = 1e12;

const MOST_CHOICES = 64;

const choices = z
  .record(z.string().regex(/^(?:0|-?[1-9][0-9]{0,19})$/, { error: 'each key must be a whole number' }), text(1, 64))
  .refine((map) => Object.keys(map).length > 0 && Object.keys(map).length <= MOST_CHOICES, {
    error: `must have 1 to ${MOST_CHOICES} entries`,
  });

/** A whole number that no double holds, as the config's reader gives it: of at most 40 digits. */
export const exactInteger = z.bigint();
// To the editors that the JSON Schema is for it is a number as any other; zod has no word for it there.
exactInteger._zod.toJSONSchema = () => ({ type: 'number', minimum: -LARGEST, maximum: LARGEST });

const writableWhen = z.strictObject(
  {
    point: id().describe('Name of another point of the device.'),
    equals: z
      .union([realNumber(-LARGEST, LARGEST), exactInteger, z.boolean(), text(0, 64)], {
        error: 'must be a number, true, false or a text',
      })
      .describe(
        'The value that it must have: of its type, digit by digit, and one of its texts where it has an `enum`.',
      ),
  },
  { error: 'must be a mapping of point and equals' },
);

/** The meaning of a point to people and programs; the points of every driver take these keys, beside their own. */
export const pointMeaning = {
  label: label('Name of the point for people, 1 to 64 characters; default: made from its name.'),
  quantity: z
    .enum(QUANTITIES, { error: 'must be a quantity of the list in the reference' })
    .optional()
    .describe(
      `What the number measures: ${QUANTITIES.map((each) => `\`${each}\``).join(', ')}. Absent: what its unit says for certain.`,
    ),
  counts: z
    .enum(COUNTS, { error: 'must be total or total-increasing' })
    .optional()
    .describe(
      '`total-increasing`: the number only grows, or begins anew; `total`: it may also fall. Absent: a present value.',
    ),
};

/**
 * The keys that every driver's points share: `z.strictObject({ ...commonPoint, register: … }).superRefine(consistentPoint)`.
 * A driver for which a key makes no sense leaves it out by naming the ones that it takes.
 */
export const commonPoint = {
  name: id().describe('Name of the point, unique in its device.'),
  ...pointMeaning,
  unit: text(1, 32).optional().describe('Unit, for people; the agent does not convert.'),
  min: boundary(-LARGEST, LARGEST)
    .optional()
    .describe(
      'Below this a reading is uncertain and a write is refused. In the unit of the point, after scale and offset.',
    ),
  max: boundary(-LARGEST, LARGEST)
    .optional()
    .describe(
      'Above this a reading is uncertain and a write is refused. In the unit of the point, after scale and offset.',
    ),
  step: realNumber(0, LARGEST)
    .refine((value) => value > 0, { error: 'must be above 0' })
    .optional()
    .describe('Above 0; a written value must be a whole number of steps from min, or from 0.'),
  deadband: realNumber(0, LARGEST)
    .optional()
    .describe('Only changes of at least this much are published; 0: any change; absent: every value.'),
  pollMs: wholeNumber(0, 86_400_000)
    .optional()
    .describe("Own period in ms, 0 to 86400000; else the device's. 0: as often as the bus allows."),
  scale: realNumber(-LARGEST_SCALE, LARGEST_SCALE)
    .refine((value) => value !== 0, { error: 'must not be 0' })
    .optional()
    .describe('value = raw × scale + offset; not 0, default 1.'),
  offset: realNumber(-LARGEST, LARGEST).optional().describe('value = raw × scale + offset; default 0.'),
  decimals: wholeNumber(0, 9)
    .optional()
    .describe('The value is rounded to so many decimals, 0 to 9; absent: not rounded.'),
  enum: choices.optional().describe('Text for each raw whole number, at most 64: the value is the text then.'),
  writable: z.boolean({ error: 'must be true or false' }).default(false).describe('Whether commands may write it.'),
  maxRatePerS: realNumber(0, LARGEST)
    .refine((value) => value > 0, { error: 'must be above 0' })
    .optional()
    .describe(
      'Above 0. A write may change a number by at most this much, in its unit, for each second since the last write. Where there was none since the start of the agent, its value is read first, and time counts from the start.',
    ),
  minIntervalMs: wholeNumber(1, 86_400_000)
    .optional()
    .describe('The least time between two writes in ms, 1 to 86400000. From 60000 on a restart does not forget it.'),
  dailyWrites: wholeNumber(1, 100_000)
    .optional()
    .describe(
      'The most writes in a day (UTC), 1 to 100000: the memories of many devices wear out. Kept over a restart in commands.directory.',
    ),
  writableWhen: writableWhen
    .optional()
    .describe('Interlock: it is written only while another point of the device, read right before, has a value.'),
  confirm: z
    .literal('select', { error: 'must be select' })
    .optional()
    .describe('`select`: it is written by the commands select and operate only, never by write alone.'),
  readBack: z
    .boolean({ error: 'must be true or false' })
    .optional()
    .describe(
      'Whether a write is read back; default true. false: for a point that does not read as it was written, as a coil that pulses or a register that takes an order. The outcome is then `applied` at best.',
    ),
};

/** Keys that say how a point is written. */
const WRITE_KEYS = ['maxRatePerS', 'minIntervalMs', 'dailyWrites', 'writableWhen', 'confirm', 'readBack'] as const;

interface CommonRules {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly enum?: Readonly<Record<string, string>> | undefined;
  readonly scale?: number | undefined;
  readonly offset?: number | undefined;
  readonly decimals?: number | undefined;
  readonly writable?: boolean | undefined;
  readonly quantity?: unknown;
  readonly counts?: unknown;
  readonly maxRatePerS?: unknown;
  readonly minIntervalMs?: unknown;
  readonly dailyWrites?: unknown;
  readonly writableWhen?: unknown;
  readonly confirm?: unknown;
  readonly readBack?: unknown;
}

/** The rules that the shared keys must keep among themselves; for `superRefine`. */
export function consistentPoint(point: CommonRules, context: z.RefinementCtx): void {
  if (point.min !== undefined && point.max !== undefined && point.min > point.max) {
    context.addIssue({ code: 'custom', path: ['max'], message: 'must not be below min' });
  }
  for (const key of WRITE_KEYS) {
    if (point[key] !== undefined && point.writable !== true) {
      context.addIssue({ code: 'custom', path: [key], message: 'needs writable: true' });
    }
  }
  if (point.enum === undefined) return;
  for (const key of ['scale', 'offset', 'decimals', 'maxRatePerS', 'quantity', 'counts'] as const) {
    if (point[key] !== undefined) {
      context.addIssue({ code: 'custom', path: [key], message: 'does not go together with enum' });
    }
  }
  const texts = Object.values(point.enum);
  if (point.writable === true && new Set(texts).size !== texts.length) {
    context.addIssue({
      code: 'custom',
      path: ['enum'],
      message: 'must have a different text for each value of a writable point',
    });
  }
}
