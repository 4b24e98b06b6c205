import { type Decimal, decimalOf, numberOf, productOf, shortestFloat, wholeOf } from '../../../schema/decimal.ts';
import type { ObisRaw } from '../../point.ts';
import { unitOf } from '../../unit-code.ts';
import type { Data } from '../apdu/a-xdr.ts';
import { isoDate, isoDateTime, isoTime } from '../apdu/date-time.ts';
import type { ScalerUnit } from './quantity.ts';

/** Longest text that is looked at; a point holds less. */
const LONGEST_TEXT = 512;

/** Bytes of a longer octet string are not shown. */
const LONGEST_HEX = 64;

/** At least one character of ASCII and no other byte; also a text that ends with zeros, as fields of fixed length do. */
export function isPrintable(bytes: Uint8Array): boolean {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  if (end === 0) return false;
  for (let index = 0; index < end; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte < 0x20 || byte > 0x7e) return false;
  }
  return true;
}

/** A value as the points read it: numbers × 10^scaler, exactly; dates as ISO 8601; bytes as text where they are text, else in hexadecimal. */
export function rawOf(data: Data, scalerUnit: ScalerUnit | undefined): ObisRaw {
  switch (data.kind) {
    case 'integer':
    case 'enum':
    case 'bcd':
      return { number: scaled(data.value, scalerUnit), unit: scalerUnit && unitOf(scalerUnit.unit) };
    case 'float': {
      if (!Number.isFinite(data.value)) return null;
      const value = data.single ? shortestFloat(data.value) : data.value;
      return { number: scaled(value, scalerUnit), unit: scalerUnit && unitOf(scalerUnit.unit) };
    }
    case 'boolean':
      return { number: data.value ? 1 : 0 };
    case 'bits':
      return { text: data.text };
    case 'text':
      return textOf(data.bytes);
    case 'octets':
      return octetsOf(data.bytes);
    case 'date-time':
      return timeOf(isoDateTime(data.bytes));
    case 'date':
      return timeOf(isoDate(data.bytes));
    case 'time':
      return timeOf(isoTime(data.bytes));
    default:
      return null;
  }
}

/** Whole numbers stay whole, so that 64 bits keep their digits. */
function scaled(value: number | bigint, scalerUnit: ScalerUnit | undefined): number | bigint {
  const scaler = scalerUnit?.scaler ?? 0;
  const isWhole = typeof value === 'bigint' || Number.isInteger(value);
  if (scaler === 0) return typeof value === 'bigint' ? wholeOf(value) : value;
  if (scaler > 0 && isWhole) return wholeOf(BigInt(value) * 10n ** BigInt(scaler));
  const power: Decimal = { digits: 1n, exponent: scaler };
  return numberOf(productOf(decimalOf(value), power));
}

function textOf(bytes: Uint8Array): ObisRaw {
  return { text: new TextDecoder().decode(bytes.subarray(0, LONGEST_TEXT)) };
}

/** An octet string can be a text, a time, or bytes that only the maker knows. */
function octetsOf(bytes: Uint8Array): ObisRaw {
  if (bytes.length === 0) return null;
  if (isPrintable(bytes)) return textOf(bytes);
  const time = isoDateTime(bytes);
  return { text: time ?? Buffer.from(bytes.subarray(0, LONGEST_HEX)).toString('hex').toUpperCase() };
}

function timeOf(text: string | undefined): ObisRaw {
  return text === undefined ? null : { text };
}

/** Whether it is a number that a scaler makes something of. */
export function isNumber(data: Data): boolean {
  return data.kind === 'integer' || data.kind === 'float' || data.kind === 'bcd';
}
