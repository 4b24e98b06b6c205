import { crc16Arc } from '../framing/crc16.ts';

/** The sensor's answer to the start of a measurement: seconds until the values are there, and how many. */
export interface Announced {
  readonly seconds: number;
  readonly count: number;
}

/** `ttt` and one digit, after `aC!` two (SDI-12 1.4, 4.4.5, 4.4.7). Without the address. @returns nothing where it is out of form */
export function readAnnounced(text: string, digits: 1 | 2): Announced | undefined {
  const form = digits === 1 ? /^([0-9]{3})([0-9])$/ : /^([0-9]{3})([0-9]{2})$/;
  const [, seconds, count] = form.exec(text) ?? [];
  return seconds === undefined ? undefined : { seconds: Number(seconds), count: Number(count) };
}

/** A sign, digits, and a point somewhere (4.4.8). */
const VALUES = /^(?:[+-](?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))*$/;

const MOST_DIGITS = 7;

/** The values of a data answer, none where there are none. Without address and CRC. @returns nothing where it is out of form */
export function readValues(text: string): readonly number[] | undefined {
  if (!VALUES.test(text)) return undefined;
  const values = text.match(/[+-][.0-9]+/g) ?? [];
  const isLong = (value: string) => value.replace(/[^0-9]/g, '').length > MOST_DIGITS;
  return values.some(isLong) ? undefined : values.map(Number);
}

const CRC_LENGTH = 3;

/**
 * CRC-16/ARC over address and values, as three characters of 4, 6 and 6 bits, each with 0x40 (4.4.12.1, 4.4.12.2).
 */
function crcText(bytes: Uint8Array): string {
  const crc = crc16Arc(bytes);
  return String.fromCharCode(0x40 | (crc >> 12), 0x40 | ((crc >> 6) & 0x3f), 0x40 | (crc & 0x3f));
}

/** @param line address, values and CRC @returns the line without its CRC; nothing where that is wrong */
export function withoutCrc(line: Uint8Array): Uint8Array | undefined {
  if (line.length <= CRC_LENGTH) return undefined;
  const body = line.subarray(0, line.length - CRC_LENGTH);
  return answerText(line.subarray(body.length)) === crcText(body) ? body : undefined;
}

/** The bytes as they stand, one character each. */
export function answerText(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
