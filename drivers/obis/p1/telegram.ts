import type { FaultCode } from '../../contract/faults.ts';
import { crc16Arc } from '../../framing/crc16.ts';
import { formatCode, readCode } from '../code.ts';

const EXCLAMATION = 0x21;
const SLASH = 0x2f;

const CRC = /^[0-9A-Fa-f]{0,4}$/;
const IDENTIFICATION = /^\/[A-Za-z]{3}[0-9]/;
const LINE = /^([^()]*)((?:\([^()]*\))+)$/;
/** From this version on every telegram has a CRC (DSMR 4.0 P1, 5.2). */
const FIRST_WITH_CRC = 40;

/** The lines of a telegram: code, as `formatCode` writes it, to the values in brackets. */
export type Objects = ReadonlyMap<string, readonly string[]>;

export type Telegram =
  | {
      readonly objects: Objects;
      readonly hasCrc: boolean;
      /** The first line: `/`, the maker's letters, and the rest of the meter's account of itself. */
      readonly identification: string;
    }
  | { readonly code: Extract<FaultCode, `p1/${string}`> };

/**
 * Reads a whole telegram, `/` to the last digit of the CRC (DSMR 5.0.2 P1, 6.2; IEC 62056-21 mode D). With a right
 * CRC, a line of another form is passed over. Without one every line must be of the form and none may come twice with
 * other values, for nothing else shows what was lost.
 * @param isAuthentic something else than a CRC vouches for the bytes
 */
export function readTelegram(frame: Uint8Array, isAuthentic = false): Telegram {
  const end = frame.indexOf(EXCLAMATION);
  if (frame[0] !== SLASH || end < 0) return { code: 'p1/truncated' };
  const sent = textOf(frame, end + 1, frame.length);
  if (sent.endsWith('/')) return { code: 'p1/truncated' };
  if (!CRC.test(sent)) return { code: 'p1/checksum' };
  const hasCrc = sent !== '';
  // One maker leaves the zeros before it away, so it is compared as a number.
  if (hasCrc && Number.parseInt(sent, 16) !== crc16Arc(frame, 0, end + 1)) return { code: 'p1/checksum' };
  const [identification = '', ...lines] = textOf(frame, 0, end).split(/\r\n|\r|\n/);
  const { objects, isClean } = readLines(lines);
  if (hasCrc || isAuthentic) return { objects, hasCrc, identification };
  if (needsCrc(objects)) return { code: 'p1/no-crc' };
  if (!isClean || objects.size === 0 || !IDENTIFICATION.test(identification)) return { code: 'p1/malformed' };
  return { objects, hasCrc, identification };
}

function readLines(lines: readonly string[]): { readonly objects: Objects; readonly isClean: boolean } {
  const objects = new Map<string, string[]>();
  let last: string[] | undefined;
  let isClean = true;
  for (const line of lines) {
    if (line === '') continue;
    const [, name, values] = LINE.exec(line) ?? [];
    if (name === undefined || values === undefined) {
      isClean = false;
      last = undefined;
      continue;
    }
    const groups = values.slice(1, -1).split(')(');
    if (name === '') {
      // Up to DSMR 3 the value of a gas meter stands on a line of its own (DSMR 3.0 P1, 5.4.1).
      if (last === undefined) isClean = false;
      last?.push(...groups);
      continue;
    }
    last = groups;
    const code = readCode(name);
    if (code === undefined) continue;
    const key = formatCode(code);
    if (objects.has(key)) isClean = false;
    objects.set(key, groups);
  }
  return { objects, isClean };
}

/** Whether the telegram says itself that it is of a version that has a CRC: the Dutch version, or any Belgian one. */
function needsCrc(objects: Objects): boolean {
  const version = objects.get('1-3:0.2.8')?.[0] ?? '';
  return Number.parseInt(version, 10) >= FIRST_WITH_CRC || objects.has('0-0:96.1.4');
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
}
