import type { Verdict } from '../../contract/dialogue.ts';
import { Fault } from '../../contract/fault.ts';
import type { FaultCode } from '../../contract/faults.ts';
import { blockCheck, ETX, STX } from './block.ts';
import { findIdentification, type Identification } from './identification.ts';

/** A data block without STX, ETX and block check. */
export interface Block {
  readonly text: string;
  readonly isChecked: boolean;
}

const REQUEST_START = '/?';

/** Judges what came after the sign-on: an echo of it, noise, and the identification. Pure. */
export function judgeIdentification(received: Uint8Array, ended: boolean): Verdict<Identification> {
  const text = latin1(received);
  const found = findIdentification(text);
  if (found !== undefined) {
    const strays = text.lastIndexOf(REQUEST_START, found.end) >= 0 ? (['echo'] as const) : [];
    return { state: 'done', result: found.identification, used: found.end, strays };
  }
  if (!ended) return { state: 'more' };
  if (received.length === 0) return failed('device/silent', false);
  // Nothing but our own words.
  if (/^[\0 ]*\/\?[0-9A-Za-z ]*!\r\n$/.test(text)) return failed('bus/echo', false);
  return failed('iec62056/identification', false);
}

/** Judges whether data have begun; they are left for {@link judgeBlock}. Pure. */
export function judgeBeginning(received: Uint8Array, ended: boolean): Verdict<undefined> {
  if (received.length > 0) return { state: 'done', result: undefined, used: 0, strays: [] };
  return ended ? failed('device/silent', false) : { state: 'more' };
}

/**
 * Judges a readout: STX, data, ETX, block check. Bytes before STX are noise of the change of speed, an echo of the
 * acknowledgement, or NULs; bytes behind the block check are left alone. Pure.
 * @param allowNoBcc data that ends with `!` and a line end counts too
 */
export function judgeBlock(received: Uint8Array, ended: boolean, allowNoBcc: boolean): Verdict<Block> {
  const first = received.indexOf(STX);
  const end = first < 0 ? -1 : received.indexOf(ETX, first + 1);
  // Noise can look like an STX too, and no data block has one in it.
  const start = end < 0 ? first : received.lastIndexOf(STX, end);
  if (end >= 0 && end + 1 < received.length) {
    if (blockCheck(received.subarray(start + 1, end + 1)) !== received[end + 1]) {
      return failed('iec62056/checksum', true);
    }
    const result = { text: latin1(received.subarray(start + 1, end)), isChecked: true };
    return { state: 'done', result, used: end + 2, strays: [] };
  }
  // Where an STX has come, an ETX can still come behind the last line.
  if (start < 0 || ended) {
    const text = latin1(start < 0 ? received : received.subarray(start + 1));
    const last = end < 0 ? /!\r?\n/.exec(text) : null;
    if (last !== null && allowNoBcc) {
      const used = received.length - text.length + last.index + last[0].length;
      return { state: 'done', result: { text: text.slice(0, last.index), isChecked: false }, used, strays: [] };
    }
    if (last !== null && ended) return failed('iec62056/no-bcc', true);
  }
  if (!ended) return { state: 'more' };
  if (received.length === 0) return failed('device/silent', false);
  return failed(start < 0 ? 'device/garbled' : 'iec62056/truncated', false);
}

const STRAYS = {
  'iec62056/checksum': 'checksum',
  'iec62056/no-bcc': 'truncated',
  'iec62056/truncated': 'truncated',
  'iec62056/identification': 'noise',
  'device/garbled': 'noise',
  'bus/echo': 'echo',
} as const;

/** @param answered the device has said all that it will say */
function failed(code: FaultCode & (keyof typeof STRAYS | 'device/silent'), answered: boolean): Verdict<never> {
  const consequence = code === 'device/silent' || code === 'bus/echo' ? 'silent' : 'damaged';
  const strays = code === 'device/silent' ? [] : [STRAYS[code]];
  return { state: 'failed', fault: new Fault(code), consequence, answered, strays };
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
