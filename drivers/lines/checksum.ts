import { crc16, crc16Arc } from '../framing/crc16.ts';
import { isBlank } from './template.ts';

export const CHECKSUMS = [
  'nmea',
  'xor8',
  'sum8',
  'lrc8',
  'crc16-modbus',
  'crc16-arc',
  'crc16-xmodem',
  'crc16-ccitt',
] as const;

export type Checksum = (typeof CHECKSUMS)[number];

/** A line without its checksum, and whether that was right. */
export interface Summed {
  readonly body: Uint8Array;
  readonly isRight: boolean;
}

const DOLLAR = 0x24;
const EXCLAMATION = 0x21;
const ASTERISK = 0x2a;

/** Of the CRCs: names and check values as in the catalogue of parametrised CRC algorithms (Cook). */
const SUMS: Readonly<Record<Checksum, (bytes: Uint8Array) => number>> = {
  nmea: xor8,
  xor8,
  sum8: (bytes) => bytes.reduce((sum, byte) => (sum + byte) & 0xff, 0),
  lrc8: (bytes) => bytes.reduce((sum, byte) => (sum - byte) & 0xff, 0),
  'crc16-modbus': (bytes) => crc16(bytes),
  'crc16-arc': (bytes) => crc16Arc(bytes),
  'crc16-xmodem': (bytes) => plainCrc(bytes, 0),
  'crc16-ccitt': (bytes) => plainCrc(bytes, 0xffff),
};

/** Bytes that it adds to a line. */
export function checksumLength(checksum: Checksum): number {
  return checksum === 'nmea' ? 3 : digitsOf(checksum);
}

function digitsOf(checksum: Checksum): number {
  return checksum.startsWith('crc16') ? 4 : 2;
}

/**
 * Takes the checksum off a line: hexadecimal digits, the most significant first, with nothing behind them but blanks.
 * It is taken over all bytes before it; `nmea` over those between a leading `$` or `!`, if there is one, and the
 * asterisk. Pure, and linear in the line's length.
 * @returns undefined where the line does not end as one with that checksum does
 */
export function takeChecksum(line: Uint8Array, checksum: Checksum): Summed | undefined {
  let end = line.length;
  while (end > 0 && isBlank(line[end - 1] ?? 0)) end--;
  const from = end - digitsOf(checksum);
  const written = from < 0 ? undefined : hexadecimal(line.subarray(from, end));
  if (written === undefined) return undefined;
  if (checksum !== 'nmea') {
    const body = line.subarray(0, from);
    return { body, isRight: SUMS[checksum](body) === written };
  }
  if (line[from - 1] !== ASTERISK) return undefined;
  const body = line.subarray(0, from - 1);
  const isMarked = body[0] === DOLLAR || body[0] === EXCLAMATION;
  return { body, isRight: SUMS.nmea(isMarked ? body.subarray(1) : body) === written };
}

function hexadecimal(bytes: Uint8Array): number | undefined {
  const text = String.fromCharCode(...bytes);
  return /^[0-9A-Fa-f]+$/.test(text) ? Number.parseInt(text, 16) : undefined;
}

function xor8(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum ^ byte, 0);
}

/** Polynomial 0x1021, most significant bit first. */
function plainCrc(bytes: Uint8Array, initial: number): number {
  let crc = initial;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021) & 0xffff;
  }
  return crc;
}
