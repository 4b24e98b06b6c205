import type { z } from 'zod';
import { isMapping } from './data.ts';
import { converted, unitOf } from './units.ts';

/** A place of the config, as far as a hint concerns it. */
export interface WantedValue {
  /** The name of the value, or of the list that it is in. */
  readonly key: string;
  /** The schemas of the value that is taken there. */
  readonly wanted: readonly z.core.$ZodType[];
}

/**
 * Adds to a message why a value is of the wrong type, and the right way to write it. It is for mistakes that look
 * right: a number in quotes, a number with a unit, `yes`. The words hold nothing of the value, but for the number that
 * comes of it in the unit of the key.
 * @param message of a value of the wrong type: `must be a whole number`
 */
export function withHint(message: string, value: unknown, { key, wanted }: WantedValue): string {
  const [first, ...others] = wanted;
  // where more than one kind is taken, nobody knows which one was meant
  if (first === undefined || others.some(({ _zod }) => _zod.def.type !== first._zod.def.type)) return message;
  if (value === null) return `${message}: nothing stands behind the key`;
  switch (first._zod.def.type) {
    case 'number':
      return numberHint(message, value, key, first);
    case 'boolean':
      return `${message}${booleanHint(value)}`;
    case 'literal': {
      const { values } = (first as z.core.$ZodLiteral)._zod.def;
      return values.some((each) => typeof each !== 'string' && String(each) === value) ? message + QUOTED : message;
    }
    case 'string':
      return `${message}${textHint(value)}`;
    case 'array':
      return isMapping(value) ? `${message}: each entry begins with "- "` : message;
    default:
      return message;
  }
}

/** Adds its unit to the bounds of a number: a value out of them may be right in another unit. */
export function boundsInUnit(message: string, key: string): string {
  const unit = unitOf(key);
  return unit !== undefined && /^must be -?[0-9.]+ to [0-9.]+$/.test(message) ? `${message} ${unit}` : message;
}

const QUOTED = ': the quotes make it a text, write it without them';

/** As YAML's core schema has them (1.2.2, 10.3.2): such a text is one only because it was quoted. */
const NUMBER = /^[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$|^0x[0-9a-fA-F]+$|^0o[0-7]+$/;
/** Digits in groups, or a decimal comma: a number to people, and a text in YAML. */
const GROUPED = /^[-+]?[0-9]+(?:[ ,.'_][0-9]+)+$/;
/** Longer than any number that people write. */
const LONGEST = 40;

function numberHint(message: string, value: unknown, key: string, schema: z.core.$ZodType): string {
  if (typeof value === 'bigint') return boundsInUnit(message, key);
  const unit = unitOf(key);
  const inUnit = unit === undefined ? message : `${message} of ${unit}`;
  if (typeof value !== 'string' || value.length > LONGEST) return inUnit;
  if (NUMBER.test(value)) return message + QUOTED;
  const { minValue, maxValue } = schema as z.ZodNumber;
  const isWhole = message.includes('whole');
  if (GROUPED.test(value))
    return `${message}: ${isWhole ? 'write its digits alone' : 'a fraction begins with a point'}`;
  const number = unit && converted(value, unit);
  if (number === undefined) return unit !== undefined && /^[-+]?[0-9]/.test(value) ? inUnit + ALONE : inUnit;
  if (number < (minValue ?? number) || number > (maxValue ?? number)) return `${inUnit}, ${minValue} to ${maxValue}`;
  return inUnit + (isWhole && !Number.isSafeInteger(number) ? ALONE : `: write ${number}`);
}

const ALONE = ': write the number alone, without a unit';

const YES = ['yes', 'on', 'y'];
const NO = ['no', 'off', 'n'];

/** YAML 1.1 took these words for true and false, and YAML 1.2 takes them for texts. */
function booleanHint(value: unknown): string {
  const word = typeof value === 'string' && value.length <= LONGEST ? value.toLowerCase() : '';
  if (word === 'true' || word === 'false') return QUOTED;
  if (YES.includes(word)) return `${TEXTS}, write true`;
  return NO.includes(word) ? `${TEXTS}, write false` : '';
}

const TEXTS = ': yes, no, on and off are texts in YAML 1.2';

function textHint(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return ': put the number in quotes';
  return typeof value === 'boolean' ? ': put true and false in quotes' : '';
}
