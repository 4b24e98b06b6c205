import type { Exchange } from '../../contract/dialogue.ts';
import { type Duration, milliseconds } from '../../contract/duration.ts';
import { type Block, judgeBeginning, judgeBlock, judgeIdentification } from './answers.ts';
import { baudCharacter, type Identification, LONGEST_IDENTIFICATION } from './identification.ts';
import type { Options } from './options.ts';
import { characterTime } from './speeds.ts';

const ACK = 0x06;

/** SOH B0 ETX and its block check: ends a session (IEC 62056-21, break). */
const BREAK_MESSAGE = Uint8Array.of(0x01, 0x42, 0x30, 0x03, 0x71);

/** NULs for 2.1 to 2.3 s (IEC 62056-21). Milliseconds. */
const WAKE_UP = 2200;

/** A request has no more bytes than this. */
const LONGEST_REQUEST = 512;

/** An echo of the acknowledgement and noise of a change of speed may stand before an answer. Bytes. */
const NOISE = 64;

/** Bytes. */
const USUAL_IDENTIFICATION = 20;
const USUAL_BLOCK = 1024;

/** Meters make pauses between lines: a quarter more than the bytes alone take. */
const PAUSES = 1.25;

/** Two exchanges of the same signature could be told apart by nothing, whichever meter of the line they are for. */
const DATA = 'iec62056/data';

const NONE = milliseconds(0);

/** `/?address!`, and the identification. */
export function signOnExchange(options: Options, baudRate: number): Exchange<Identification> {
  const request = ascii(`/?${options.address}!\r\n`);
  // the request once more, where the head or the line echoes it
  const longest = request.length + LONGEST_IDENTIFICATION;
  const timeout = milliseconds(options.timeoutMs + longest * characterTime(baudRate));
  return {
    request,
    answer: { usual: USUAL_IDENTIFICATION, most: longest + NOISE },
    timeout,
    idle: pause(options, baudRate),
    signature: 'iec62056/identification',
    lateWithin: timeout,
    judge: judgeIdentification,
  };
}

/** The first byte of the data, so that a meter that sends none does not take the line for as long as all would take. */
export function beginningExchange(options: Options, baudRate: number): Exchange<undefined> {
  const timeout = pause(options, baudRate);
  return {
    request: new Uint8Array(),
    answer: { usual: 1, most: options.maxBlockBytes + NOISE },
    timeout,
    signature: DATA,
    lateWithin: timeout,
    judge: judgeBeginning,
  };
}

export function dataExchange(options: Options, baudRate: number): Exchange<Block> {
  const idle = pause(options, baudRate);
  const bytes = options.maxBlockBytes + NOISE;
  return {
    request: new Uint8Array(),
    answer: { usual: Math.min(USUAL_BLOCK, options.maxBlockBytes), most: bytes },
    timeout: milliseconds(options.timeoutMs + bytes * characterTime(baudRate) * PAUSES),
    idle,
    signature: DATA,
    lateWithin: idle,
    judge: (received, ended) => judgeBlock(received, ended, options.allowNoBcc),
  };
}

/** @param lineBaudRate of the sign-on */
export function wakeUpExchange(lineBaudRate: number): Exchange<undefined> {
  return unanswered(new Uint8Array(Math.min(LONGEST_REQUEST, Math.round((WAKE_UP * lineBaudRate) / 10_000))));
}

/** ACK V Z Y: the speed, and data readout (IEC 62056-21). @param baudRate one of the standard's */
export function acknowledgement({ protocolV }: Options, baudRate: number): Exchange<undefined> {
  return unanswered(Uint8Array.of(ACK, ...ascii(`${protocolV}${baudCharacter(baudRate)}0\r\n`)));
}

export function breakMessage(): Exchange<undefined> {
  return unanswered(BREAK_MESSAGE);
}

/** An echo may come at once and the answer only after that: a few characters more than the meter may think. */
function pause({ timeoutMs }: Options, baudRate: number): Duration {
  return milliseconds(timeoutMs + 10 * characterTime(baudRate));
}

/** A request that no meter answers. */
function unanswered(request: Uint8Array): Exchange<undefined> {
  return {
    request,
    answer: { usual: 0, most: 0 },
    timeout: NONE,
    signature: 'iec62056/unanswered',
    lateWithin: NONE,
    judge: () => ({ state: 'done', result: undefined, used: 0, strays: [] }),
  };
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (each) => each.charCodeAt(0));
}
