import type { Stray } from '../../contract/driver.ts';
import { ACK, ANSWER_FLAGS, RSP_UD, SELECTED } from './frame.ts';
import { pieceAt } from './piece.ts';

/** Bytes that level converters make of a change of the line's direction: they are noise, and never a collision. */
const CONVERTER_NOISE: ReadonlySet<number> = new Set([0x00, 0xf0, 0xf8, 0xfc, 0xfe, 0xff]);

/** The news in the bytes after a request, beside an answer. */
export interface Heard {
  readonly strays: readonly Stray[];
  /** A long frame with its head right and its rest damaged, or cut short. */
  readonly damage: 'checksum' | 'truncated' | undefined;
  /** Nothing came that could be an answer or its rest: only echo and the noise of converters. */
  readonly silent: boolean;
}

export type Scanned =
  | { readonly state: 'more' }
  /** `at` and `end` of the answer: of a long frame, or of the one character. */
  | { readonly state: 'found'; readonly at: number; readonly end: number; readonly heard: Heard }
  | { readonly state: 'none'; readonly acknowledged: boolean; readonly heard: Heard };

/** Looks for the one character that answers a reset or a selection. */
export function scanForAck(received: Uint8Array, ended: boolean, request: Uint8Array): Scanned {
  return scan(received, ended, { request, wanted: 'ack' });
}

/** Looks for the data of a slave. @param address that was asked; from {@link SELECTED} on any slave's answer counts */
export function scanForData(received: Uint8Array, ended: boolean, request: Uint8Array, address: number): Scanned {
  return scan(received, ended, { request, wanted: address });
}

interface Question {
  readonly request: Uint8Array;
  readonly wanted: 'ack' | number;
}

function scan(received: Uint8Array, ended: boolean, { request, wanted }: Question): Scanned {
  const strays = new Set<Stray>();
  let damage: Heard['damage'];
  let silent = true;
  let acknowledged = false;
  const heard = (): Heard => ({ strays: [...strays], damage, silent });
  for (let at = 0; at < received.length; ) {
    const piece = pieceAt(received, at, request);
    switch (piece.kind) {
      case 'echo':
        strays.add('echo');
        at += piece.length;
        continue;
      case 'long':
        if (isWanted(received, at, wanted)) return { state: 'found', at, end: at + piece.length, heard: heard() };
        strays.add('foreign');
        at += piece.length;
        continue;
      case 'short':
        strays.add('foreign');
        at += piece.length;
        continue;
      case 'pending':
        if (!ended) return { state: 'more' };
        if (piece.framed) {
          damage ??= 'truncated';
          strays.add('truncated');
          silent = false;
        }
        break;
      case 'broken':
        damage = 'checksum';
        strays.add('checksum');
        silent = false;
        break;
      case 'other':
        break;
    }
    const byte = received[at] ?? 0;
    if (byte === ACK && damage === undefined) {
      if (wanted === 'ack') return { state: 'found', at, end: at + 1, heard: heard() };
      acknowledged = true;
    } else if (piece.kind !== 'broken' && !(piece.kind === 'pending' && piece.framed)) {
      strays.add('noise');
      if (!CONVERTER_NOISE.has(byte)) silent = false;
    }
    at += 1;
  }
  return ended ? { state: 'none', acknowledged, heard: heard() } : { state: 'more' };
}

/** Whether a sound long frame is the data that was asked for. */
function isWanted(received: Uint8Array, at: number, wanted: Question['wanted']): boolean {
  if (wanted === 'ack') return false;
  const control = received[at + 4] ?? 0;
  if ((control & ~ANSWER_FLAGS) !== RSP_UD) return false;
  return wanted >= SELECTED || received[at + 5] === wanted;
}
