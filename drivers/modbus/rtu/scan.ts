import type { FaultCode } from '../../contract/faults.ts';
import { isReading } from '../answer.ts';
import { type Finding, Strays, worstOf } from '../finding.ts';
import { type LineQuestion, type Piece, pieceAt } from './piece.ts';

/** Twice the longest frame: an answer with a whole foreign frame before it fits, and more was never an answer. */
export const MOST_BYTES = 512;

/**
 * Looks for the answer among all bytes since the request, from left to right. Whole frames that are not the answer are
 * stepped over, so that an answer that lies inside another unit's data is never taken; bytes that begin no frame are
 * noise. A place where a frame could have begun makes it wait for the rest, and only once no more bytes will come is it
 * noise.
 */
export function scan(received: Uint8Array, ended: boolean, question: LineQuestion): Finding {
  const strays = new Strays();
  const seen: FaultCode[] = [];
  /** The first that began as an answer does; bytes inside of it that look so are its data. */
  let damage: 'broken' | 'modbus/checksum' | 'modbus/truncated' | undefined;
  let at = 0;
  while (at < received.length) {
    const piece = pieceAt(received, at, ended, question);
    if (piece.kind === 'answer') {
      return { state: 'answer', data: piece.data, end: at + piece.length, strays: strays.all() };
    }
    if (piece.kind === 'exception') {
      return { state: 'failed', code: piece.code, answered: true, refused: true, strays: strays.all() };
    }
    if (piece.kind === 'pending' && !ended && (damage !== 'broken' || piece.ours)) return { state: 'more' };
    if (piece.kind === 'broken') damage ??= 'broken';
    if (piece.kind === 'damaged') damage ??= piece.code;
    at += note(piece, strays, seen);
  }
  // A read whose answer came whole and damaged is over. After a damaged confirmation nobody knows what was done.
  if (damage === 'broken') return failed('modbus/checksum', isReading(question), strays.all());
  if (!ended) return { state: 'more' };
  if (received.length === 0) return failed('device/silent', false, []);
  return failed(damage ?? worstOf(seen) ?? 'device/garbled', false, strays.all());
}

function failed(code: FaultCode, answered: boolean, strays: ReturnType<Strays['all']>): Finding {
  return { state: 'failed', code, answered, refused: false, strays };
}

/** @returns how many bytes are done with */
function note(piece: Piece, strays: Strays, seen: FaultCode[]): number {
  switch (piece.kind) {
    case 'frame':
      strays.frame(piece.code === 'modbus/echo' ? 'echo' : 'foreign');
      seen.push(piece.code);
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
