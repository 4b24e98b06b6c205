import type { FaultCode } from '../../contract/faults.ts';
import { inOrder } from './data.ts';
import { FIXED_LENGTH, fixedMedium, fixedRecords } from './fixed.ts';
import { type Header, manufacturerText } from './header.ts';
import { type DataRecord, readRecords } from './records.ts';

/** One answer of a meter. */
export interface Telegram {
  readonly header: Header;
  readonly records: readonly DataRecord[];
  /** The meter has more telegrams. */
  readonly more: boolean;
}

export type TelegramReading = { readonly telegram: Telegram } | { readonly code: FaultCode };

/** Control information of an answer: EN 13757-3 (2013). Bit 2 says that the most significant byte comes first. */
const APPLICATION_ERROR = 0x70;
const LONG_HEADER = 0x72;
const LONG_HEADER_REVERSED = 0x76;
const FIXED = 0x73;
const FIXED_REVERSED = 0x77;
const NO_HEADER = 0x78;
const SHORT_HEADER = 0x7a;

const LONG_HEADER_LENGTH = 12;
const SHORT_HEADER_LENGTH = 4;
const IDENTIFICATION_LENGTH = 4;

/** In a fixed telegram the low two bits of the status say how its counters are coded. */
const STATE_BITS = 0xfc;

/** The requests that the meter refuses, by its code: EN 13757-3 (2013). All others are one fault. */
const APPLICATION_FAULTS: Readonly<Record<number, FaultCode>> = { 8: 'mbus/busy', 9: 'mbus/too-many-readouts' };

/** Ways of enciphering that have a number of blocks of 16 bytes: EN 13757-3 (2013), and EN 13757-7. */
const CIPHERED_MODES: ReadonlySet<number> = new Set([4, 5, 7, 8, 9, 10, 13]);
/** By two of these a deciphered telegram begins. */
const FILLER = 0x2f;

/**
 * Reads the user data of a long frame: control information and the bytes behind it.
 * @param firstIndex of its first record
 */
export function readTelegram(user: Uint8Array, firstIndex: number): TelegramReading {
  const information = user[0];
  const data = user.subarray(1);
  switch (information) {
    case LONG_HEADER:
    case LONG_HEADER_REVERSED:
      return variable(data, LONG_HEADER_LENGTH, firstIndex, information === LONG_HEADER_REVERSED);
    case SHORT_HEADER:
      return variable(data, SHORT_HEADER_LENGTH, firstIndex, false);
    case NO_HEADER:
      return variable(data, 0, firstIndex, false);
    case FIXED:
    case FIXED_REVERSED:
      return fixed(data, firstIndex, information === FIXED_REVERSED);
    case APPLICATION_ERROR:
      return { code: APPLICATION_FAULTS[data[0] ?? 0] ?? 'mbus/application-error' };
    default:
      return { code: 'mbus/unknown-answer' };
  }
}

function variable(data: Uint8Array, headerLength: number, firstIndex: number, isReversed: boolean): TelegramReading {
  if (data.length < headerLength) return { code: 'mbus/malformed' };
  const body = data.subarray(headerLength);
  if (headerLength > 0 && isCiphered(inOrder(data.subarray(headerLength - 2, headerLength), isReversed), body)) {
    return { code: 'mbus/encrypted' };
  }
  const read = readRecords(body, firstIndex, isReversed);
  if (read === undefined) return { code: 'mbus/malformed' };
  return { telegram: { header: headerOf(data, headerLength, isReversed), ...read } };
}

function headerOf(data: Uint8Array, length: number, isReversed: boolean): Header {
  if (length === 0) return {};
  if (length === SHORT_HEADER_LENGTH) return { access: data[0], status: data[1] };
  const [low = 0, high = 0] = inOrder(data.subarray(4, 6), isReversed);
  const code = low | (high << 8);
  return {
    id: idOf(data, isReversed),
    manufacturer: manufacturerText(code),
    manufacturerCode: code,
    version: data[6],
    medium: data[7],
    access: data[8],
    status: data[9],
  };
}

function fixed(data: Uint8Array, firstIndex: number, isReversed: boolean): TelegramReading {
  if (data.length !== FIXED_LENGTH) return { code: 'mbus/malformed' };
  const [status = 0, units] = [data[5], data.subarray(6, 8)];
  const counters = [data.subarray(8, 12), data.subarray(12, 16)].map((counter) => inOrder(counter, isReversed));
  const header = {
    id: idOf(data, isReversed),
    medium: fixedMedium(units),
    access: data[4],
    status: status & STATE_BITS,
  };
  return { telegram: { header, records: fixedRecords(firstIndex, status, units, counters), more: false } };
}

function idOf(data: Uint8Array, isReversed: boolean): string {
  const bytes = inOrder(data.subarray(0, IDENTIFICATION_LENGTH), isReversed);
  return Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, '0'))
    .reverse()
    .join('');
}

/** Mode in five bits, and how many blocks are enciphered. Old meters have anything there, so a plain telegram decides. */
function isCiphered([low = 0, high = 0]: Uint8Array, body: Uint8Array): boolean {
  return CIPHERED_MODES.has(high & 0x1f) && low >> 4 > 0 && !(body[0] === FILLER && body[1] === FILLER);
}
