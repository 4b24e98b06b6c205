import { nextColon, readFrame, writeFrame } from '../../drivers/modbus/ascii/frame.ts';
import { word } from '../../drivers/modbus/bytes.ts';
import { intact, seal } from '../../drivers/modbus/rtu/frame.ts';
import { frameRequestLength } from '../../drivers/modbus/rtu/length.ts';
import { HEADER, wrap } from '../../drivers/modbus/tcp/frame.ts';

/** How requests lie on a connection. */
export type Framing = 'rtu' | 'ascii' | 'tcp';

/** A whole request. */
export interface Heard {
  readonly unit: number;
  readonly pdu: Uint8Array;
  /** Puts the frame of the answer around its PDU. */
  answer(pdu: Uint8Array): Uint8Array;
}

/** Takes the requests out of what has come. @returns how many bytes are done with, and how many of them were noise */
export type Cut = (
  held: Uint8Array,
  heard: (request: Heard) => void,
) => { readonly done: number; readonly skipped: number };

export const CUTS: Readonly<Record<Framing, Cut>> = { rtu: cutRtu, ascii: cutAscii, tcp: cutTcp };

function cutRtu(held: Uint8Array, heard: (request: Heard) => void): ReturnType<Cut> {
  let done = 0;
  let skipped = 0;
  let waiting = false;
  for (let at = 0; at < held.length; ) {
    const broadcast = held[at] === 0 ? frameRequestLength(Uint8Array.of(1, ...held.subarray(at + 1)), 0) : 'none';
    const known = frameRequestLength(held, at);
    const length = known === 'none' && isBroadcast(held, at, broadcast) ? broadcast : known;
    const whole = typeof length === 'number' && at + length <= held.length;
    if (whole && intact(held, at, length)) {
      const unit = held[at] ?? 0;
      heard({ unit, pdu: held.slice(at + 1, at + length - 2), answer: (pdu) => seal(unit, pdu) });
      at += length;
      done = at;
      waiting = false;
      continue;
    }
    // Bytes that could still become a request are kept; a later whole one shows that they were noise.
    if (length !== 'none' && !whole) waiting = true;
    at += 1;
    if (!waiting) {
      done = at;
      skipped += 1;
    }
  }
  return { done, skipped };
}

/** A 0 is noise as a rule: only a whole frame shows that it began a request to all. */
function isBroadcast(held: Uint8Array, at: number, length: number | string): length is number {
  return typeof length === 'number' && intact(held, at, length);
}

function cutAscii(held: Uint8Array, heard: (request: Heard) => void): ReturnType<Cut> {
  let skipped = 0;
  for (let at = 0; ; ) {
    const start = nextColon(held, at);
    skipped += start - at;
    if (start === held.length) return { done: start, skipped };
    const framed = readFrame(held, start);
    if (framed.kind === 'open') return { done: start, skipped };
    at = framed.end;
    if (framed.kind === 'broken') skipped += framed.end - start;
    else {
      const unit = framed.bytes[0] ?? 0;
      heard({ unit, pdu: framed.bytes.slice(1), answer: (pdu) => writeFrame(unit, pdu) });
    }
  }
}

function cutTcp(held: Uint8Array, heard: (request: Heard) => void): ReturnType<Cut> {
  for (let at = 0; ; ) {
    const length = HEADER - 1 + word(held, at + 4);
    if (held.length - at < HEADER || at + length > held.length) return { done: at, skipped: 0 };
    const transaction = word(held, at);
    const unit = held[at + 6] ?? 0;
    heard({ unit, pdu: held.slice(at + HEADER, at + length), answer: (pdu) => wrap(transaction, unit, pdu) });
    at += length;
  }
}
