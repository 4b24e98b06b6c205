import { crc16 } from '../../../drivers/framing/crc16.ts';

/** The protocol that bytes look like which nobody asked for. */
export interface Talk {
  /** Its name for people. */
  readonly what: string;
  /** The driver that reads it; undefined: none of ours, or it can not be told. */
  readonly driver?: string;
}

const MASTER = 'Modbus RTU: another master asks on this line, or this is the answering side of one';
const GARBLED = 'nothing that is known here: another protocol, or another baud rate or parity';

/** So many bytes are no disturbance any more. */
const ENOUGH = 16;
/** The newest bytes that are looked at. */
const KEPT = 4096;

/** Collects what comes on a line without having been asked for, in bounded memory. */
export class Overheard {
  readonly #bytes = new Uint8Array(KEPT);
  #length = 0;
  #count = 0;

  /** All bytes so far, also those that are not kept. */
  get count(): number {
    return this.#count;
  }

  /** Copies the bytes. */
  add(chunk: Uint8Array): void {
    this.#count += chunk.length;
    const taken = chunk.subarray(-KEPT);
    const excess = Math.max(0, this.#length + taken.length - KEPT);
    this.#bytes.copyWithin(0, excess, this.#length);
    this.#length -= excess;
    this.#bytes.set(taken, this.#length);
    this.#length += taken.length;
  }

  /** The protocol, if the bytes are more than a disturbance. */
  talk(): Talk | undefined {
    const bytes = this.#bytes.subarray(0, this.#length);
    return recognize(bytes) ?? (this.#count >= ENOUGH ? { what: GARBLED } : undefined);
  }

  /** Units among whose bytes is a whole answer to a read of one register, or its refusal (function 3). */
  answerers(): readonly number[] {
    const bytes = this.#bytes.subarray(0, this.#length);
    const units = new Set<number>();
    for (let at = 0; at < bytes.length; at++) {
      const [unit = 0, code, count] = bytes.subarray(at, at + 3);
      const length = code === READ ? 7 : code === (READ | EXCEPTION) ? 5 : 0;
      if (length === 0 || (length === 7 && count !== 2) || at + length > bytes.length) continue;
      if (crc16(bytes, at, at + length) === 0) units.add(unit);
    }
    return [...units];
  }
}

/**
 * The head of an APDU in HDLC behind its LLC, or in the first M-Bus frame behind CI and the two access points (IEC 62056-46,
 * 5.3.2; EN 13757-1): notifications, ciphered ones, blocks.
 */
const PUSHED = /(?:\x7e[\xa0-\xaf].{6,14}\xe6\xe7\x00|\x68(.)\1\x68[\x53\x73].[\x00\x10].{2})[\x0f\xc2\xdb\xdc\xe0]/s;

/** An identification line (IEC 62056-21), or a value with its OBIS code, whole or short. */
const CODED = /^\/[A-Za-z]{3}[0-9][ -~]{0,60}\r?\n|(?:[0-9]-[0-9]{1,3}:)?[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}[(*]/gm;

/** A field of VE.Direct's text, of the labels that every product has. */
const FIELD = /\r\n(?:PID|FW|SER#|V|I|VPV|PPV|Checksum)\t/g;

/** Of what carries no checksum of its own one alone may be chance. */
const SEVERAL = 2;

/**
 * The protocol that bytes belong to: a frame with a right checksum, a start that is as long as one, or several things that
 * look like it; undefined: not known. Pure.
 */
export function recognize(bytes: Uint8Array): Talk | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  if (hasSentence(text)) return { what: 'NMEA 0183, as of GPS receivers and ship’s instruments', driver: 'nmea0183' };
  if (text.includes('\x1b\x1b\x1b\x1b\x01\x01\x01\x01'))
    return { what: 'SML, as of electricity meters', driver: 'sml' };
  if (countOf(CODED, text) >= SEVERAL) {
    return { what: 'a telegram with OBIS codes, as of DSMR P1 ports and meters’ optical heads', driver: 'dsmr-p1' };
  }
  if (countOf(FIELD, text) >= SEVERAL) return { what: 'VE.Direct, as of solar chargers', driver: 'vedirect' };
  if (hasUbx(bytes)) return { what: 'UBX, the binary protocol of u-blox receivers: set the receiver to NMEA' };
  if (PUSHED.test(text)) return { what: 'DLMS, as electricity meters push it', driver: 'dlms-push' };
  if (hasLongFrame(bytes)) return { what: 'M-Bus', driver: 'mbus' };
  if (framesIn(bytes).length > 0) return { what: MASTER, driver: 'modbus-listen' };
  return isText(text) ? { what: 'lines of text', driver: 'lines' } : undefined;
}

/** A sentence with a right checksum: the exclusive or of what is between the start and the asterisk. */
function hasSentence(text: string): boolean {
  for (const [, body = '', written = ''] of text.matchAll(
    /[$!]([\x20-\x23\x25-\x29\x2b-\x7e]{3,120})\*([0-9A-Fa-f]{2})/g,
  )) {
    let sum = 0;
    for (const character of body) sum ^= character.charCodeAt(0);
    if (sum === Number.parseInt(written, 16)) return true;
  }
  return false;
}

function countOf(form: RegExp, text: string): number {
  return text.match(form)?.length ?? 0;
}

/** `B5 62`, class, number, length of the payload, and two sums of all from the class on (u-blox, UBX frame structure). */
function hasUbx(bytes: Uint8Array): boolean {
  return bytes.some((byte, at) => {
    if (byte !== 0xb5 || bytes[at + 1] !== 0x62) return false;
    const end = at + 6 + (bytes[at + 4] ?? 0) + 256 * (bytes[at + 5] ?? 0);
    if (end + 2 > bytes.length) return false;
    let [first, second] = [0, 0];
    for (const each of bytes.subarray(at + 2, end)) {
      first = (first + each) & 0xff;
      second = (second + first) & 0xff;
    }
    return bytes[end] === first && bytes[end + 1] === second;
  });
}

/** `68 L L 68`, the length, the sum and `16` (EN 13757-2). */
function hasLongFrame(bytes: Uint8Array): boolean {
  return bytes.some((byte, at) => {
    const length = bytes[at + 1] ?? 0;
    if (byte !== 0x68 || length < 3 || bytes[at + 2] !== length || bytes[at + 3] !== 0x68) return false;
    const end = at + 4 + length;
    if (bytes[end + 1] !== 0x16) return false;
    return (bytes.subarray(at + 4, end).reduce((total, each) => total + each, 0) & 0xff) === bytes[end];
  });
}

/** Of public functions (Modbus Application Protocol V1.1b3, 6), whose lengths can be told. */
const FUNCTIONS = new Set([1, 2, 3, 4, 5, 6, 15, 16]);
const EXCEPTION = 0x80;
const READ = 3;

/** The units of whole frames, in order. */
function framesIn(bytes: Uint8Array): readonly number[] {
  const units: number[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const length = frameAt(bytes, at);
    if (length > 0) units.push(bytes[at] ?? 0);
    at += Math.max(1, length);
  }
  return units;
}

function frameAt(bytes: Uint8Array, at: number): number {
  const [unit = 0, code = 0, third = 0] = bytes.subarray(at, at + 3);
  if (unit > 247 || !FUNCTIONS.has(code & ~EXCEPTION)) return 0;
  const isIntact = (length: number) => at + length <= bytes.length && crc16(bytes, at, at + length) === 0;
  if ((code & EXCEPTION) !== 0) return isIntact(5) ? 5 : 0;
  const answer = 5 + third;
  return (
    [answer, 8, bytes[at + 6] === undefined ? 0 : 9 + (bytes[at + 6] ?? 0)].find(
      (length) => length >= 6 && isIntact(length),
    ) ?? 0
  );
}

/** Lines, and nearly all of it characters that can be printed. */
function isText(text: string): boolean {
  const printable = text.match(/[\x20-\x7e\t\r\n]/g)?.length ?? 0;
  return text.length >= ENOUGH && /[\r\n]/.test(text) && printable >= text.length * 0.95;
}
