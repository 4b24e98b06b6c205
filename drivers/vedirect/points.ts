import * as z from 'zod';
import { Fault } from '../contract/fault.ts';
import type { Point, Value } from '../contract/reading.ts';
import { cleanText } from '../framing/text.ts';
import { commonPoint, consistentPoint, pointMeaning } from '../schema/point.ts';
import { Scale } from '../schema/scale.ts';
import { LABELS, readNumber } from './labels.ts';
import type { Options } from './options.ts';
import { REGISTER_TYPES } from './register.ts';
import { PRODUCTS, USUAL_NAMES, type UsualPoint, usualPoint } from './usual.ts';

const LARGEST_REGISTER = 0xffff;

const TYPES = ['number', 'text', ...Object.keys(REGISTER_TYPES)] as [
  'number',
  'text',
  ...(keyof typeof REGISTER_TYPES)[],
];

/** Keys that only a value as sent takes; a usual point has them settled. */
const AS_SENT = ['type', 'unit', 'scale', 'offset', 'enum'] as const;

const NUMERIC = ['scale', 'offset', 'decimals', 'enum', 'min', 'max', 'deadband'] as const;

/** One entry of `points`: a usual one, a label of the text mode, or a register that is asked for. */
export const point = z
  .strictObject({
    name: commonPoint.name.describe('Name of the point: a usual one, or with label or register any.'),
    label: z
      .string({ error: 'must be text' })
      .regex(/^[A-Za-z0-9_#]{1,16}$/, { error: 'must be 1 to 16 of A-Z, a-z, 0-9, _ and #' })
      .optional()
      .describe(
        'The label of the text mode, as V or SER#: its value as the device sends it, in its own unit (mV, mA, …).',
      ),
    register: z
      .int({ error: `must be a whole number from 0 to ${LARGEST_REGISTER}` })
      .min(0, { error: `must be a whole number from 0 to ${LARGEST_REGISTER}` })
      .max(LARGEST_REGISTER, { error: `must be a whole number from 0 to ${LARGEST_REGISTER}` })
      .optional()
      .describe('The register of the HEX protocol, as 0xEDDB: the device is asked for it, in the period of the point.'),
    quantity: pointMeaning.quantity,
    counts: pointMeaning.counts,
    type: z
      .enum(TYPES, { error: `must be one of ${TYPES.join(', ')}` })
      .optional()
      .describe(
        'How the value is read. By label: number or text; default: as the protocol says of it, and text for an unknown one. By register: text or one of the others; default: uint16.',
      ),
    unit: commonPoint.unit.describe('Unit of the point; default: what the device sends, where no scale is set.'),
    scale: commonPoint.scale,
    offset: commonPoint.offset,
    enum: commonPoint.enum,
    min: commonPoint.min,
    max: commonPoint.max,
    deadband: commonPoint.deadband.describe('Only changes of at least this much are published; default 0: any change.'),
    decimals: commonPoint.decimals,
    pollMs: commonPoint.pollMs.describe(
      "By register: own period in ms, 0 to 86400000; else the device's. The device is asked at most five times a second.",
    ),
  })
  .superRefine(consistentPoint)
  .superRefine((entry, context) => {
    const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    if (entry.register !== undefined) {
      if (entry.label !== undefined) refuse('register', 'does not go together with label');
      if (entry.type === 'number')
        refuse('type', 'must be text or a type of the HEX protocol: the point is a register');
    } else if (entry.pollMs !== undefined) {
      refuse('pollMs', 'only goes with register: the device sends its text by itself');
    }
    if (entry.register === undefined && entry.type !== undefined && Object.hasOwn(REGISTER_TYPES, entry.type)) {
      refuse('type', 'only goes with register');
    }
    if (entry.label === undefined && entry.register === undefined) {
      const usual = usualPoint(entry.name);
      if (usual === undefined) refuse('name', 'must be a usual point, or have a label or a register');
      for (const key of AS_SENT) if (entry[key] !== undefined) refuse(key, 'only goes with label or register');
    }
    if (typeOf(entry) !== 'number') {
      for (const key of NUMERIC) if (entry[key] !== undefined) refuse(key, 'only goes with a point that is a number');
    } else if (entry.enum !== undefined) {
      for (const key of ['min', 'max', 'deadband'] as const) {
        if (entry[key] !== undefined) refuse(key, 'does not go together with enum');
      }
    }
    const sent = entry.label === undefined ? undefined : LABELS[entry.label]?.unit;
    if (sent !== undefined && entry.unit !== undefined && entry.unit !== sent && entry.scale === undefined) {
      refuse('unit', 'needs scale: the device sends the label in another unit');
    }
  });

export type PointOptions = z.infer<typeof point>;

function typeOf({ name, label, register, type }: PointOptions): 'number' | 'boolean' | 'text' {
  if (register !== undefined) return type === 'text' ? 'text' : 'number';
  if (label === undefined) return usualPoint(name)?.type ?? 'number';
  if (type === 'number' || type === 'text') return type;
  return LABELS[label]?.type ?? 'text';
}

/** A point of one device, and how it comes from the value as sent. */
export interface FieldPoint {
  readonly point: Point;
  readonly label: string;
  read(value: string): Value;
}

/**
 * The points of the config that come in text blocks; where no point at all is listed, the usual ones of the product.
 * @throws Fault `driver/create` for a name that stands twice, or is none
 */
export function fieldPoints(entries: readonly PointOptions[], { product }: Options): readonly FieldPoint[] {
  const letter = product === undefined ? '' : PRODUCTS[product];
  const usual = USUAL_NAMES.filter((name) => usualPoint(name)?.of.includes(letter) === true);
  const wanted: readonly PointOptions[] = entries.length > 0 ? entries : usual.map((name) => ({ name }));
  const names = new Set<string>();
  return wanted.flatMap((entry, index) => {
    if (names.has(entry.name)) throw new Fault('driver/create', { point: index });
    names.add(entry.name);
    if (entry.register !== undefined) return [];
    const kind = entry.label === undefined ? usualPoint(entry.name) : asSent(entry, entry.label);
    if (kind === undefined) throw new Fault('driver/create', { point: index });
    return [fieldPoint(entry, kind)];
  });
}

function fieldPoint(entry: PointOptions, kind: Omit<UsualPoint, 'of'>): FieldPoint {
  const { name, min, max, decimals } = entry;
  const rounding = new Scale({ decimals: entry.label === undefined ? decimals : undefined });
  return {
    point: {
      name,
      type: kind.type,
      unit: kind.unit,
      writable: false,
      min,
      max,
      // A device repeats itself every second: only changes are news.
      deadband: entry.deadband ?? 0,
      choices: kind.choices,
      // the key `label` is the protocol's here
      label: undefined,
    },
    label: kind.label,
    read(sent) {
      const value = kind.read(sent);
      if (typeof value !== 'number') return value;
      const rounded = rounding.value(value);
      return Number.isFinite(rounded) ? rounded : null;
    },
  };
}

/** The value of a label as the device sends it, with the entry's own scale or texts. */
function asSent(entry: PointOptions, label: string): Omit<UsualPoint, 'of'> {
  const type = typeOf(entry);
  const unit = entry.unit ?? (entry.scale === undefined && entry.enum === undefined ? LABELS[label]?.unit : undefined);
  const described = { label, ...(unit === undefined ? {} : { unit }) };
  if (type !== 'number') return { ...described, type, read: (value) => cleanText(value) };
  if (entry.enum !== undefined) {
    const texts = new Map(Object.entries(entry.enum));
    const read = (value: string) => texts.get(String(readNumber(value))) ?? null;
    return { ...described, type: 'text', choices: [...new Set(texts.values())], read };
  }
  const scale = new Scale(entry);
  const read = (value: string) => {
    const number = readNumber(value);
    return number === null ? null : scale.value(number);
  };
  return { ...described, type, read };
}
