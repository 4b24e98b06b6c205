import type { Exchange, Stray, Verdict } from '../contract/dialogue.ts';
import { milliseconds } from '../contract/duration.ts';
import { Fault } from '../contract/fault.ts';
import type { FaultCode } from '../contract/faults.ts';
import { answerText, withoutCrc } from './answer.ts';
import { CHARACTER, IDLE, ROOM } from './limits.ts';

/** A sensor as its exchanges need it. */
export interface Sensor {
  readonly address: string;
  readonly hasBreak: boolean;
  readonly answerMs: number;
}

/** One command and the meaning of its answer. */
export interface Command<T> {
  readonly text: string;
  /** Characters of the usual and of the longest answer, its end included. */
  readonly usual: number;
  readonly longest: number;
  /** The answer ends with a CRC. */
  readonly summed: boolean;
  /** @param text the answer without address and CRC @returns nothing where it is out of form */
  read(text: string): T | undefined;
}

const CR = 0x0d;
const LF = 0x0a;

/** The bytes that adapters hear of a break and of the line as it turns round. */
const GLITCHES: ReadonlySet<number> = new Set([0x00, 0x80, 0xff]);

/** The command, and the wait for the first character of its answer; that character belongs to {@link answering}. */
export function asking(sensor: Sensor, text: string): Exchange<true> {
  const request = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return {
    request,
    answer: { usual: 1, most: ROOM },
    timeout: milliseconds(sensor.answerMs),
    fixed: true,
    signature: signatureOf(sensor),
    // a command is repeated, and an answer that comes late is as good
    lateWithin: milliseconds(0),
    judge: (received, ended) => judgeFirst(request, received, ended),
  };
}

/** The rest of the answer, from its first character on. */
export function answering<T>(sensor: Sensor, command: Command<T>): Exchange<T> {
  return {
    request: new Uint8Array(0),
    answer: { usual: command.usual, most: ROOM },
    timeout: milliseconds(answerTime(command.longest)),
    fixed: true,
    idle: milliseconds(sensor.hasBreak ? IDLE : sensor.answerMs),
    signature: signatureOf(sensor),
    lateWithin: milliseconds(0),
    judge: (received, ended) => judgeAnswer(sensor, command, received, ended),
  };
}

/** How long so many characters may take, milliseconds. */
export function answerTime(characters: number): number {
  return characters * CHARACTER + IDLE;
}

/** The service request, or the time that the sensor has named, whichever comes first. */
export function serviceRequest(sensor: Sensor, seconds: number): Exchange<'served' | 'elapsed'> {
  return {
    request: new Uint8Array(0),
    answer: { usual: SERVICE_REQUEST, most: ROOM },
    timeout: milliseconds(measureTime(seconds)),
    fixed: true,
    signature: signatureOf(sensor),
    lateWithin: milliseconds(0),
    judge: (received, ended) => judgeService(sensor, received, ended),
  };
}

/** Address, CR, LF (4.4.5). */
export const SERVICE_REQUEST = 3;

/** With what the service request itself takes. */
export function measureTime(seconds: number): number {
  return seconds * 1000 + answerTime(SERVICE_REQUEST);
}

/** Answers carry nothing but the address. */
function signatureOf({ address }: Sensor): string {
  return `sdi12 ${address}`;
}

function judgeFirst(request: Uint8Array, received: Uint8Array, ended: boolean): Verdict<true> {
  const from = skipGlitches(received);
  const heard = received.subarray(from);
  const same = request.findIndex((byte, at) => heard[at] !== byte);
  const isEcho = same < 0;
  // the answer may begin as the command does: only the next bytes tell
  const isOpen = !isEcho && same === heard.length;
  const used = from + (isEcho ? request.length : 0);
  const after = received.subarray(used);
  const strays: readonly Stray[] = isEcho ? ['echo'] : [];
  if (after.length > skipGlitches(after) && (!isOpen || ended)) return { state: 'done', result: true, used, strays };
  if (!ended) return { state: 'more' };
  const fault = new Fault(isEcho ? 'bus/echo' : 'device/silent');
  return { state: 'failed', fault, consequence: 'silent', answered: false, strays };
}

function skipGlitches(bytes: Uint8Array): number {
  const at = bytes.findIndex((byte) => !GLITCHES.has(byte));
  return at < 0 ? bytes.length : at;
}

interface Line {
  readonly bytes: Uint8Array;
  /** Where the next one begins. */
  readonly end: number;
}

/** The lines so far, each without CR LF and without glitches at its front. */
function linesOf(received: Uint8Array): readonly Line[] {
  const lines: Line[] = [];
  let from = 0;
  for (let at = 1; at < received.length; at++) {
    if (received[at] !== LF || received[at - 1] !== CR) continue;
    const line = received.subarray(from, at - 1);
    lines.push({ bytes: line.subarray(skipGlitches(line)), end: at + 1 });
    from = at + 1;
  }
  return lines;
}

const isAddress = (byte: number | undefined) => byte !== undefined && /[0-9A-Za-z]/.test(String.fromCharCode(byte));

function strayOf({ bytes: [first] }: Line): Stray {
  return isAddress(first) ? 'foreign' : 'noise';
}

function judgeAnswer<T>(
  { address }: Sensor,
  { summed, read }: Command<T>,
  received: Uint8Array,
  ended: boolean,
): Verdict<T> {
  const strays: Stray[] = [];
  const failed = (code: FaultCode, answered: boolean): Verdict<T> => ({
    ...{ state: 'failed', fault: new Fault(code), consequence: 'damaged', answered, strays },
  });
  const lines = linesOf(received);
  for (const line of lines) {
    if (line.bytes[0] !== address.charCodeAt(0)) {
      strays.push(strayOf(line));
      continue;
    }
    const body = summed ? withoutCrc(line.bytes) : line.bytes;
    if (body === undefined) {
      strays.push('checksum');
      return failed('sdi12/checksum', true);
    }
    const result = read(answerText(body.subarray(1)));
    if (result !== undefined) return { state: 'done', result, used: line.end, strays };
    strays.push('noise');
    return failed('sdi12/malformed', true);
  }
  if (!ended) return { state: 'more' };
  if ((lines.at(-1)?.end ?? 0) < received.length) {
    strays.push('truncated');
    return failed('sdi12/truncated', true);
  }
  return failed(strays.includes('foreign') ? 'sdi12/foreign' : 'sdi12/malformed', false);
}

function judgeService({ address }: Sensor, received: Uint8Array, ended: boolean): Verdict<'served' | 'elapsed'> {
  const strays: Stray[] = [];
  for (const line of linesOf(received)) {
    if (answerText(line.bytes) === address) return { state: 'done', result: 'served', used: line.end, strays };
    strays.push(strayOf(line));
  }
  // A line full of noise tells no time: a command that comes too soon aborts the measurement.
  if (received.length >= ROOM) {
    const fault = new Fault('device/garbled');
    return { state: 'failed', fault, consequence: 'damaged', answered: true, strays: [...strays, 'noise'] };
  }
  if (!ended) return { state: 'more' };
  return { state: 'done', result: 'elapsed', used: received.length, strays };
}
