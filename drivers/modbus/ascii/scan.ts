import type { FaultCode } from '../../contract/faults.ts';
import { isReading, judgePdu, type Question } from '../answer.ts';
import { type Finding, Strays, worstOf } from '../finding.ts';
import { EXCEPTION } from '../pdu-length.ts';
import { LONGEST_FRAME, nextColon, readFrame } from './frame.ts';

/** Our own request that came back, a foreign frame, and the answer. */
export const MOST_BYTES = 3 * LONGEST_FRAME;

/** All that is needed to know the answer on the line. */
export interface LineQuestion extends Question {
  readonly unit: number;
  /** The PDU of the request, to know it again when the line returns it. */
  readonly asked: Uint8Array;
}

/**
 * Looks for the answer among all bytes since the request. Frames show where they begin and end, so nothing is taken out
 * of another frame; bytes between frames are noise.
 */
export function scan(received: Uint8Array, ended: boolean, question: LineQuestion): Finding {
  const strays = new Strays();
  const seen = new Set<FaultCode>();
  let damage: 'modbus/checksum' | 'modbus/truncated' | undefined;
  /** The answer itself came whole and damaged. */
  let isSpoilt = false;
  let at = 0;
  while (at < received.length) {
    const start = nextColon(received, at);
    if (start > at) strays.begin('noise');
    if (start === received.length) break;
    const framed = readFrame(received, start);
    at = framed.end;
    if (framed.kind === 'frame') {
      const judged = judgeFrame(framed.bytes, question);
      if (judged.kind === 'answer') {
        return { state: 'answer', data: judged.data, end: framed.end, strays: strays.all() };
      }
      if (judged.kind === 'exception') {
        return { state: 'failed', code: judged.code, answered: true, refused: true, strays: strays.all() };
      }
      seen.add(judged.code);
      strays.frame(judged.code === 'modbus/echo' ? 'echo' : 'foreign');
      continue;
    }
    if (framed.kind === 'open' && !ended) return { state: 'more' };
    if (framed.kind === 'open' && isEcho(framed.bytes, question)) {
      seen.add('modbus/echo');
      strays.frame('echo');
      continue;
    }
    const code = framed.kind === 'broken' && framed.isCut !== true ? 'modbus/checksum' : 'modbus/truncated';
    damage ??= code;
    isSpoilt ||= code === 'modbus/checksum' && isOurs(framed.bytes, question);
    strays.frame(code === 'modbus/checksum' ? 'checksum' : 'truncated');
  }
  // A read whose answer came whole and damaged is over. After a damaged confirmation nobody knows what was done.
  if (isSpoilt) return failed('modbus/checksum', isReading(question), strays);
  if (!ended) return { state: 'more' };
  if (received.length === 0) return failed('device/silent', false, strays);
  return failed(damage ?? worstOf(seen) ?? 'device/garbled', false, strays);
}

function failed(code: FaultCode, answered: boolean, strays: Strays): Finding {
  return { state: 'failed', code, answered, refused: false, strays: strays.all() };
}

/** Judges unit and PDU of a frame with a right checksum. */
function judgeFrame(bytes: Uint8Array, question: LineQuestion): ReturnType<typeof judgePdu> {
  if (bytes[0] !== question.unit) return { kind: 'other', code: 'modbus/foreign-unit' };
  const pdu = bytes.subarray(1);
  if (pdu.length === question.asked.length && isEcho(bytes, question)) return { kind: 'other', code: 'modbus/echo' };
  return judgePdu(pdu, question);
}

/** Unit and PDU are those of the request, as far as they go. The confirmation of functions 5 and 6 is the request once more. */
function isEcho(bytes: Uint8Array, { unit, asked, function: code }: LineQuestion): boolean {
  if (code === 5 || code === 6 || bytes.length < 3) return false;
  return bytes[0] === unit && bytes.subarray(1).every((byte, index) => index >= asked.length || byte === asked[index]);
}

function isOurs([unit, code]: Uint8Array, question: LineQuestion): boolean {
  return unit === question.unit && (code === question.function || code === (question.function | EXCEPTION));
}
