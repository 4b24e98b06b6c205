import type { Stray } from '../contract/driver.ts';
import { Fault } from '../contract/fault.ts';
import type { FaultCode } from '../contract/faults.ts';
import { decodeText } from '../framing/text.ts';

/** A line's envelope. Descriptions used: gpsd, "NMEA Revealed" v2.24, chapter "NMEA Encoding Conventions". */
export interface Sentence {
  /** The talker: GP, GL, GN, II, … Two characters. */
  readonly talker: string;
  /** The sort of sentence: GGA, RMC, … Three characters. */
  readonly id: string;
  readonly fields: readonly string[];
  readonly checksum: 'right' | 'absent';
}

export type SentenceLine =
  | { readonly kind: 'sentence'; readonly sentence: Sentence }
  /** An AIS or other encapsulation (`!`), a proprietary sentence (`$P`), or a query. */
  | { readonly kind: 'other' }
  | { readonly kind: 'bad'; readonly fault: Fault; readonly stray: Stray };

const DOLLAR = 0x24;
const EXCLAMATION = 0x21;
const ASTERISK = 0x2a;

/** The exclusive or of all characters between the start character and the asterisk. */
function checksumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum ^= byte;
  return sum;
}

/** Reads the envelope of one line, without its line feed. Pure, and linear in its length. */
export function readLine(frame: Uint8Array): SentenceLine {
  // Some receivers mix a binary protocol in, or a plug was pulled mid-sentence: the sentence begins at the last start.
  const start = Math.max(frame.lastIndexOf(DOLLAR), frame.lastIndexOf(EXCLAMATION));
  if (start < 0) return bad('nmea0183/malformed', 'noise');
  // How the framer tells a sentence that another one cut off.
  if (start > 0 && start === frame.length - 1) return bad('nmea0183/malformed', 'truncated');
  const line = trimmedEnd(frame.subarray(start + 1));
  if (!line.every((byte) => byte >= 0x20 && byte <= 0x7e)) return bad('nmea0183/malformed', 'noise');
  const asterisk = line.indexOf(ASTERISK);
  const body = asterisk < 0 ? line : line.subarray(0, asterisk);
  if (asterisk >= 0) {
    const written = readHexByte(line.subarray(asterisk + 1));
    if (written === undefined) return bad('nmea0183/malformed', 'noise');
    if (written !== checksumOf(body)) return bad('nmea0183/checksum', 'checksum');
  }
  const [address = '', ...fields] = decodeText(body, 'ascii').split(',');
  // Proprietary addresses are of any length and case; a query (talker, listener, Q) has no fields that we know.
  if (frame[start] === DOLLAR && /^P[A-Za-z0-9_.-]*$/.test(address)) return { kind: 'other' };
  if (!/^[A-Z][A-Z0-9]{4}$/.test(address)) return bad('nmea0183/malformed', 'noise');
  if (frame[start] === EXCLAMATION) return { kind: 'other' };
  const checksum = asterisk < 0 ? 'absent' : 'right';
  return {
    kind: 'sentence',
    sentence: { talker: address.slice(0, 2), id: address.slice(2), fields, checksum },
  };
}

/** Some talkers end a line with CR CR LF, or leave a blank before it. */
function trimmedEnd(line: Uint8Array): Uint8Array {
  let end = line.length;
  while (end > 0 && isBlank(line[end - 1])) end--;
  return line.subarray(0, end);
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}

function readHexByte(bytes: Uint8Array): number | undefined {
  const text = decodeText(bytes.subarray(0, 3), 'ascii');
  return /^[0-9A-Fa-f]{2}$/.test(text) ? Number.parseInt(text, 16) : undefined;
}

function bad(code: FaultCode, stray: Stray): SentenceLine {
  return { kind: 'bad', fault: new Fault(code), stray };
}
