import { type Decimal, distance, exactOf, numberOf, textOf } from '../../schema/decimal.ts';
import type { ObisRaw } from '../point.ts';
import { unitOf } from '../unit-code.ts';
import type { Element } from './element.ts';
import type { Entry } from './message.ts';

/** SML_ListType: the type of a list as a value (BSI TR-03109-1, annex IV, 5.1.16.3). */
const IS_TIME = 1n;

/** SML_Time: seconds of the meter's own count, or since 1970 UTC, or these with the offset of the local time. */
const SEC_INDEX = 1n;
const TIMESTAMP = 2n;
const LOCAL_TIMESTAMP = 3n;

const LARGEST_SECONDS = 0xffff_ffffn;

const LARGEST_WHOLE = BigInt(Number.MAX_SAFE_INTEGER);

/** The value of an entry, with its scaler applied, and all its digits where no double holds them. */
export interface Sent {
  readonly raw: ObisRaw;
  readonly exact?: string | undefined;
}

/** The value of an entry. Pure. */
export function sentOf({ value, unit, scaler }: Entry): Sent {
  const name = unit === undefined ? undefined : unitOf(unit);
  switch (value.kind) {
    case 'boolean':
      return { raw: { number: value.value ? 1 : 0, text: String(value.value) } };
    case 'octets':
      return { raw: value.bytes.length === 0 ? null : { text: textOfOctets(value.bytes) } };
    case 'list':
      return { raw: timeOf(value.items) };
    default:
      return numeric({ digits: value.value, exponent: scaler }, name);
  }
}

function numeric(decimal: Decimal, unit: string | undefined): Sent {
  const { digits, exponent } = decimal;
  if (exponent >= 0 || digits === 0n) {
    const whole = digits * 10n ** BigInt(Math.max(0, exponent));
    const isHeld = whole <= LARGEST_WHOLE && whole >= -LARGEST_WHOLE;
    return { raw: { number: isHeld ? Number(whole) : whole, text: String(whole), unit } };
  }
  const number = numberOf(decimal);
  const text = textOf(decimal);
  const isHeld = digits <= LARGEST_WHOLE && digits >= -LARGEST_WHOLE;
  const exact = isHeld || distance(decimal, exactOf(number)) === 0 ? undefined : text;
  return { raw: { number, text, unit }, exact };
}

/** Text where all of it can be read, as a manufacturer's name; else the octets in hexadecimal. */
function textOfOctets(bytes: Uint8Array): string {
  const isText = bytes.every((byte) => byte >= 0x20 && byte <= 0x7e);
  if (isText) return String.fromCharCode(...bytes);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The time in an SML_ListType, also where the meter leaves that out around it. Anything else is no value. */
function timeOf(items: readonly Element[]): ObisRaw {
  const [tag, content] = items;
  if (items.length !== 2 || tag?.kind !== 'unsigned') return null;
  const isWrapped = tag.value === IS_TIME && content?.kind === 'list' && content.items.length === 2;
  const [kind, time] = isWrapped ? content.items : items;
  if (kind?.kind !== 'unsigned') return null;
  const seconds = kind.value === LOCAL_TIMESTAMP && time?.kind === 'list' ? time.items[0] : time;
  if (seconds?.kind !== 'unsigned' || seconds.value > LARGEST_SECONDS) return null;
  if (kind.value === SEC_INDEX) return { number: Number(seconds.value), unit: 's' };
  if (kind.value !== TIMESTAMP && kind.value !== LOCAL_TIMESTAMP) return null;
  return { text: new Date(Number(seconds.value) * 1000).toISOString() };
}
