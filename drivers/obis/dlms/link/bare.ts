import { readLength } from '../apdu/a-xdr.ts';
import {
  DATA_NOTIFICATION,
  EVENT_NOTIFICATION,
  GENERAL_BLOCK_TRANSFER,
  GENERAL_DED_CIPHERING,
  GENERAL_GLO_CIPHERING,
  NotificationWalk,
} from '../apdu/notification.ts';
import { LONGEST_APDU, MOST_SEGMENTS } from '../limits.ts';
import { type Look, more, NONE } from './frame.ts';

/** Version, source, destination, length (IEC 62056-47). */
const WRAPPER_LENGTH = 8;
const WRAPPER_VERSION = 1;

/** The source of a part without link layer. */
export const BARE = 'bare';

const TITLE_LENGTH = 8;

const PLAIN = new Set([DATA_NOTIFICATION, EVENT_NOTIFICATION]);
const CIPHERED = new Set([GENERAL_GLO_CIPHERING, GENERAL_DED_CIPHERING]);

/** Whether an APDU that a meter pushes can begin so. */
export function opensApdu(byte: number | undefined): boolean {
  return byte !== undefined && (PLAIN.has(byte) || CIPHERED.has(byte) || byte === GENERAL_BLOCK_TRANSFER);
}

/**
 * Looks for an APDU without a link layer, or in the wrapper of IEC 62056-47. Nothing but its own lengths says where it
 * ends. It remembers how far it has looked, so that each byte is looked at once: one for each place that is tried.
 */
export class BareLook {
  #walk: NotificationWalk | undefined;

  look(bytes: Uint8Array, at: number, end: number): Look {
    const first = bytes[at];
    if (first === 0) return lookForWrapper(bytes, at, end);
    if (first !== undefined && CIPHERED.has(first)) return bounded(cipheredEnd(bytes, at, end), bytes, at, end);
    if (first === GENERAL_BLOCK_TRANSFER) return bounded(blockEnd(bytes, at, end), bytes, at, end);
    if (first === undefined || !PLAIN.has(first)) return NONE;
    this.#walk ??= new NotificationWalk(at);
    return bounded(this.#walk.walk(bytes, end), bytes, at, end);
  }
}

type End = number | 'more' | 'malformed' | 'unsupported';

function bounded(ends: End, bytes: Uint8Array, at: number, end: number): Look {
  if (ends === 'malformed' || ends === 'unsupported' || end - at > LONGEST_APDU) return NONE;
  if (ends === 'more') return more(end - at + 1);
  if (ends - at > LONGEST_APDU) return NONE;
  if (ends > end) return more(ends - at);
  return whole(bytes, at, at, ends);
}

function whole(bytes: Uint8Array, at: number, from: number, to: number): Look {
  const part = { bytes: bytes.subarray(from, to), from: BARE, more: false, place: undefined, first: true };
  return { state: 'frame', frame: { length: to - at, shared: 0, part } };
}

function lookForWrapper(bytes: Uint8Array, at: number, end: number): Look {
  if (at + 1 < end && bytes[at + 1] !== WRAPPER_VERSION) return NONE;
  if (end - at <= WRAPPER_LENGTH) return more(WRAPPER_LENGTH + 1);
  const length = ((bytes[at + 6] ?? 0) << 8) | (bytes[at + 7] ?? 0);
  if (length === 0 || length > LONGEST_APDU || !opensApdu(bytes[at + WRAPPER_LENGTH])) return NONE;
  const to = at + WRAPPER_LENGTH + length;
  return to > end ? more(to - at) : whole(bytes, at, at + WRAPPER_LENGTH, to);
}

/** Tag, system title, length, security header and the rest. */
function cipheredEnd(bytes: Uint8Array, at: number, end: number): End {
  if (at + 1 < end && bytes[at + 1] !== TITLE_LENGTH) return 'malformed';
  const length = readLength(bytes, at + 2 + TITLE_LENGTH, end);
  return typeof length === 'string' ? length : length.next + length.value;
}

/** Numbers begin with 1, and a meter that pushes acknowledges nothing: anything else is no block. */
function blockEnd(bytes: Uint8Array, at: number, end: number): End {
  if (end - at < 7) return 'more';
  const [, , high, low = 0, acknowledgedHigh, acknowledgedLow] = bytes.subarray(at, at + 6);
  const isPushed = high === 0 && low >= 1 && low <= MOST_SEGMENTS && acknowledgedHigh === 0 && acknowledgedLow === 0;
  const length = isPushed ? readLength(bytes, at + 6, end) : 'malformed';
  return typeof length === 'string' ? length : length.next + length.value;
}
