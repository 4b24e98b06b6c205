import { ask, type Dialogue, type Exchange, type Leg, type Verdict } from '../contract/dialogue.ts';
import { milliseconds } from '../contract/duration.ts';
import { Fault } from '../contract/fault.ts';
import type { FaultCode } from '../contract/faults.ts';
import type { Sample } from '../contract/reading.ts';
import { legOf } from '../contract/single.ts';
import { hexMessages } from './hex.ts';

/** Command and answer of a get, and the device's answers to a command that it does not know or that came damaged. */
const GET = 0x7;
const UNKNOWN = 0x3;
const ERROR = 0x4;

/** Flags of an answer to a get (VE.Direct HEX protocol, "Get"). */
const FLAGS: readonly (readonly [bit: number, code: FaultCode])[] = [
  [0x01, 'vedirect/unknown-register'],
  [0x02, 'vedirect/not-supported'],
];

/** A command may be sent again when no answer came within a second. */
const TIMEOUT = milliseconds(1000);

/** From one get to the next at the least: a device takes five a second. */
const REST = milliseconds(200);

/** The bytes that a device sends in the timeout and the reserve of its line: text blocks between which the answer stands. */
const MOST_ANSWER = 4096;

/** `:`, a nibble, two bytes of register, flags, data, check byte, line feed. */
const SHORTEST_ANSWER = 11;

interface Got {
  readonly data: Uint8Array;
}

/** `:7RRRRFFCC` and a line feed, the register's low byte first. */
function getMessage(register: number): Uint8Array {
  const low = register & 0xff;
  const high = register >> 8;
  const check = (0x55 - GET - low - high) & 0xff;
  const digits = [low, high, 0, check].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
  return Uint8Array.from(`:7${digits}\n`, (character) => character.charCodeAt(0));
}

/** The number of a register for people, `EDDB`. */
function registerName(register: number): string {
  return register.toString(16).toUpperCase().padStart(4, '0');
}

/**
 * Asks one register, and makes of its data what `samples` says. The rest is kept before the get, so that a value is told as
 * soon as it is there.
 * @param samples a fault code: the data is not as the config says
 */
export function getDialogue(
  register: number,
  points: readonly string[],
  samples: (data: Uint8Array) => readonly Sample[] | FaultCode,
): Dialogue {
  const exchange = getExchange(register);
  const legs: readonly Leg[] = [{ ...legOf(exchange), rest: REST }];
  const asking = ask(exchange, (end) => {
    if (end.state === 'failed') {
      const { fault, consequence } = end;
      return { kind: 'fail', fault, consequence, repeat: consequence === 'damaged' ? 'whole' : 'never' };
    }
    const told = samples(end.result.data);
    if (typeof told !== 'string') return { kind: 'end', samples: told };
    return { kind: 'fail', fault: new Fault(told), consequence: 'refused', repeat: 'never' };
  });
  return {
    ...{ key: `get ${registerName(register)}`, points, cost: { usual: legs, most: legs } },
    begin: () => ({ kind: 'rest', span: REST, next: () => asking }),
  };
}

function getExchange(register: number): Exchange<Got> {
  return {
    request: getMessage(register),
    answer: { usual: SHORTEST_ANSWER + 4, most: MOST_ANSWER },
    timeout: TIMEOUT,
    // an answer names its register, and not the get that it is to
    signature: `vedirect ${registerName(register)}`,
    lateWithin: TIMEOUT,
    judge: (received, ended) => judge(received, ended, register),
  };
}

/**
 * Looks for the answer among all that the device says: text blocks, and HEX messages that nobody asked for. Damage is told
 * by the decoder of the stream, so there are no strays.
 */
function judge(received: Uint8Array, ended: boolean, register: number): Verdict<Got> {
  let wasDamaged = false;
  for (const { command, data, isSound, end } of hexMessages(received)) {
    if (!isSound) wasDamaged ||= command === GET;
    else if (command === UNKNOWN || command === ERROR) return failed('vedirect/hex-refused', 'damaged');
    else if (command === GET && data[0] === (register & 0xff) && data[1] === register >> 8 && data.length >= 3) {
      const code = refusal(data[2] ?? 0);
      if (code !== undefined) return failed(code, 'refused');
      return { state: 'done', result: { data: data.slice(3) }, used: end, strays: [] };
    }
  }
  if (!ended) return { state: 'more' };
  if (wasDamaged) return failed('vedirect/hex-checksum', 'damaged');
  return { state: 'failed', fault: new Fault('device/silent'), consequence: 'silent', answered: false, strays: [] };
}

function refusal(flags: number): FaultCode | undefined {
  if (flags === 0) return undefined;
  return FLAGS.find(([bit]) => (flags & bit) !== 0)?.[1] ?? 'vedirect/parameter';
}

function failed(code: FaultCode, consequence: 'damaged' | 'refused'): Verdict<Got> {
  return { state: 'failed', fault: new Fault(code), consequence, answered: true, strays: [] };
}
