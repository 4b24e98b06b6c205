import type { Stray } from '../../contract/driver.ts';
import type { FaultCode } from '../../contract/faults.ts';
import { blockCheck, type DataSet, ETX, readData, STX } from './block.ts';

/** A telegram of mode D, or why it says nothing. */
export type Telegram =
  | {
      readonly sets: readonly DataSet[];
      readonly isChecked: boolean /** The identification line. */;
      readonly head: string;
    }
  | { readonly code: FaultCode; readonly stray: Stray };

/** `/`, maker, speed, identification, and then an empty line (IEC 62056-21, 6.4.4). */
const HEAD = /^\/[A-Za-z]{3}[ "-.0-~][ -~]{0,56}\r?\n(?:\r?\n)*/;

const MALFORMED = { code: 'iec62056/malformed', stray: 'noise' } as const;

/** Reads one telegram as the framer cut it. Without a block check every line must be right, or nothing of it counts. Pure. */
export function readTelegram(frame: Uint8Array): Telegram {
  const start = frame.indexOf(STX);
  if (start >= 0) return readChecked(frame, start);
  const text = String.fromCharCode(...frame);
  const head = HEAD.exec(text);
  if (!text.endsWith('!')) return { code: 'iec62056/truncated', stray: 'truncated' };
  if (head === null) return MALFORMED;
  const { sets, isSound } = readData(text.slice(head[0].length));
  return isSound ? { sets, isChecked: false, head: head[0] } : MALFORMED;
}

function readChecked(frame: Uint8Array, start: number): Telegram {
  const end = frame.indexOf(ETX, start);
  if (end < 0 || end !== frame.length - 2) return { code: 'iec62056/truncated', stray: 'truncated' };
  if (blockCheck(frame.subarray(start + 1, end + 1)) !== frame[end + 1]) {
    return { code: 'iec62056/checksum', stray: 'checksum' };
  }
  const { sets } = readData(String.fromCharCode(...frame.subarray(start + 1, end)));
  const head = HEAD.exec(String.fromCharCode(...frame.subarray(0, start)))?.[0] ?? '';
  return { sets, isChecked: true, head };
}
