import { endsWithCrc } from './crc.ts';
import { type LinkFrame, type Look, more, NONE } from './frame.ts';

export const FLAG = 0x7e;

/** Frame format type 3: the four high bits of the format field (IEC 62056-46). */
const TYPE_3 = 0xa;
const SEGMENTATION = 0x08;
/** Unnumbered information, without the poll/final bit (IEC 62056-46). */
const UNNUMBERED_INFORMATION = 0x03;
const POLL_FINAL = 0x10;
/** Flag, format, two addresses of one byte, control, HCS. */
const LONGEST_ADDRESS = 4;

/** LLC: destination E6, source E6 or E7, quality (IEC 62056-46). Only the first segment of an APDU has it. */
const LLC_LENGTH = 3;

/**
 * The HDLC frame that begins at `at`: flag, format with segmentation bit and length, addresses, control, HCS, information,
 * FCS, flag (IEC 62056-46). Nothing is escaped in it: the length alone says where it ends.
 */
export function lookForHdlc(bytes: Uint8Array, at: number, end: number): Look {
  const have = end - at;
  if (bytes[at] !== FLAG) return NONE;
  if (have < 3) return have < 2 || isFormat(bytes[at + 1]) ? more(3) : NONE;
  const [high = 0, low = 0] = [bytes[at + 1], bytes[at + 2]];
  if (!isFormat(high)) return NONE;
  const length = ((high & 0x07) << 8) | low;
  const destination = addressEnd(bytes, at + 3, end);
  const source = typeof destination === 'number' ? addressEnd(bytes, destination, end) : destination;
  if (source === 'none') return NONE;
  if (source === 'more') return more(have + 1);
  const header = source + 3 - at;
  // The length counts what lies between the flags. Without information there is no HCS, and the FCS stands there.
  if (length + 1 < header) return NONE;
  if (have < header) return more(header);
  if (!endsWithCrc(bytes, at + 1, at + header)) return NONE;
  const whole = length + 2;
  if (have < whole) return more(whole);
  if (bytes[at + whole - 1] !== FLAG) return { state: 'damaged', length: whole };
  if (length + 1 > header && !endsWithCrc(bytes, at + 1, at + whole - 1)) return { state: 'damaged', length: whole };
  return { state: 'frame', frame: readFrame(bytes, at, source, whole, (high & SEGMENTATION) !== 0) };
}

function readFrame(bytes: Uint8Array, at: number, source: number, length: number, segmented: boolean): LinkFrame {
  const control = bytes[source] ?? 0;
  const information = bytes.subarray(source + 3, at + length - 3);
  if ((control & ~POLL_FINAL) !== UNNUMBERED_INFORMATION || information.length === 0) {
    return { length, shared: 1, part: undefined };
  }
  const isFirst = hasLlc(information);
  return {
    length,
    shared: 1,
    part: {
      bytes: isFirst ? information.subarray(LLC_LENGTH) : information,
      from: `hdlc ${Buffer.from(bytes.subarray(at + 3, source)).toString('hex')}`,
      more: segmented,
      place: undefined,
      first: isFirst,
    },
  };
}

function isFormat(high: number | undefined): boolean {
  return high !== undefined && high >> 4 === TYPE_3;
}

/** After an address: its last byte alone has the lowest bit set (IEC 62056-46). */
function addressEnd(bytes: Uint8Array, from: number, end: number): number | 'more' | 'none' {
  for (let index = from; index < from + LONGEST_ADDRESS; index += 1) {
    const byte = index < end ? bytes[index] : undefined;
    if (byte === undefined) return 'more';
    if ((byte & 1) === 1) return index + 1;
  }
  return 'none';
}

function hasLlc(information: Uint8Array): boolean {
  const [destination, source = 0] = information;
  return information.length > LLC_LENGTH && destination === 0xe6 && (source & 0xfe) === 0xe6 && information[2] === 0;
}
