import type { Stray } from '../../contract/driver.ts';
import type { FaultCode } from '../../contract/faults.ts';
import { EXCEPTION_FAULTS } from '../answer.ts';
import { type Piece, pieceAt, type Question } from '../piece.ts';

/** Twice the longest frame: an answer with a whole foreign frame before it fits, and more was never an answer. */
export const MOST_BYTES = 512;

export type Finding =
  | { readonly state: 'more' }
  /** The frame lies from `at` to `end`. */
  | { readonly state: 'answer'; readonly at: number; readonly end: number; readonly strays: readonly Stray[] }
  | {
      readonly state: 'failed';
      readonly code: FaultCode;
      readonly answered: boolean;
      /** By an exception: line and device are in order. */
      readonly refused: boolean;
      readonly strays: readonly Stray[];
    };

/** What it was, if nothing began as an answer does: the first of these that was seen. */
const WORST_FIRST = [
  'modbus/wrong-confirmation',
  'modbus/wrong-count',
  'modbus/wrong-function',
  'modbus/echo',
  'modbus/foreign-unit',
] as const satisfies readonly FaultCode[];

/**
 * Looks for the answer among all bytes since the request, from left to right. Whole frames that are not the answer are
 * stepped over, so that an answer that lies inside another unit's data is never taken; what begins no frame is noise.
 * A place where a frame could have begun makes it wait for the rest, and only once no more bytes will come is it noise.
 */
export function scan(received: Uint8Array, ended: boolean, question: Question): Finding {
  const strays = new Strays();
  if (received.length > MOST_BYTES) return failed('device/garbled', false, ['noise']);
  const seen = new Set<FaultCode>();
  /** The first that began as an answer does; what looks so inside of it are its data. */
  let damage: 'broken' | 'modbus/checksum' | 'modbus/truncated' | undefined;
  let at = 0;
  while (at < received.length) {
    const piece = pieceAt(received, at, ended, question);
    if (piece.kind === 'answer') return { state: 'answer', at, end: at + piece.length, strays: strays.all() };
    if (piece.kind === 'exception') {
      const code = EXCEPTION_FAULTS[piece.exception] ?? 'modbus/exception';
      return { state: 'failed', code, answered: true, refused: true, strays: strays.all() };
    }
    if (piece.kind === 'pending' && !ended && (damage !== 'broken' || piece.ours)) return { state: 'more' };
    if (piece.kind === 'broken') damage ??= 'broken';
    if (piece.kind === 'damaged') damage ??= piece.code;
    at += note(piece, strays, seen);
  }
  // A read whose answer came whole and damaged is over. After a damaged confirmation nobody knows what was done.
  if (damage === 'broken') return failed('modbus/checksum', question.bytes > 0, strays.all());
  if (!ended) return { state: 'more' };
  if (received.length === 0) return failed('device/silent', false, []);
  return failed(damage ?? WORST_FIRST.find((code) => seen.has(code)) ?? 'device/garbled', false, strays.all());
}

function failed(code: FaultCode, answered: boolean, strays: readonly Stray[]): Finding {
  return { state: 'failed', code, answered, refused: false, strays };
}

/** @returns how many bytes are done with */
function note(piece: Piece, strays: Strays, seen: Set<FaultCode>): number {
  switch (piece.kind) {
    case 'frame':
      strays.frame(piece.code === 'modbus/echo' ? 'echo' : 'foreign');
      seen.add(piece.code);
      return piece.length;
    case 'broken':
      strays.begin('checksum');
      return 1;
    case 'damaged':
      strays.begin(piece.code === 'modbus/checksum' ? 'checksum' : 'truncated');
      return 1;
    default:
      strays.begin('noise');
      return 1;
  }
}

/** Bytes that were not the answer: one stray for each frame, and one for each run of bytes between frames. */
class Strays {
  readonly #done: Stray[] = [];
  #run: Stray | undefined;

  frame(kind: Stray): void {
    this.#flush();
    this.#done.push(kind);
  }

  /** What follows a damaged frame's first byte is the rest of it, not more noise. */
  begin(kind: Stray): void {
    if (this.#run === 'noise' && kind !== 'noise') this.#flush();
    this.#run ??= kind;
  }

  all(): readonly Stray[] {
    this.#flush();
    return this.#done;
  }

  #flush(): void {
    if (this.#run !== undefined) this.#done.push(this.#run);
    this.#run = undefined;
  }
}
