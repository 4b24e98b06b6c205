import type { Consequence, Stray, Verdict } from '../contract/dialogue.ts';
import { Fault } from '../contract/fault.ts';
import type { FaultCode } from '../contract/faults.ts';
import type { LineReader } from './reader.ts';

/** The meaning of a line to a question: its answer, or something else. */
export type Answer<T> = { readonly result: T } | { readonly stray: Stray };

interface Received {
  readonly request: Uint8Array;
  readonly received: Uint8Array;
  readonly ended: boolean;
}

/** The first whole line that fits is the answer. A line that does not fit may be an echo, or somebody else's: it is counted. */
export function judgeLines<T>(
  reader: LineReader,
  read: (line: Uint8Array) => Answer<T>,
  { request, received, ended }: Received,
): Verdict<T> {
  const framer = reader.framer({ skipsFirst: false });
  const strays: Stray[] = [];
  const found: { result: T; used: number }[] = [];
  framer.push(received, (line) => {
    if (found.length > 0) return;
    if (isEcho(line, request, reader.delimiter)) {
      strays.push('echo');
      return;
    }
    const answer = read(line);
    if ('result' in answer) found.push({ result: answer.result, used: framer.taken });
    else strays.push(answer.stray);
  });
  const [answer] = found;
  if (answer !== undefined) return { state: 'done', ...answer, strays };
  if (!ended) return { state: 'more' };
  if (framer.discarded > 0) strays.push('noise');
  else if (framer.pending > 0) strays.push('truncated');
  const fault = new Fault(faultOf(strays));
  return { state: 'failed', fault, consequence: consequenceOf(strays), answered: false, strays };
}

const FAULT_OF: Readonly<Record<Stray, FaultCode>> = {
  foreign: 'lines/mismatch',
  noise: 'framing/too-long',
  truncated: 'lines/truncated',
  echo: 'bus/echo',
  checksum: 'lines/checksum',
};

/** The last thing that came says most about what is wrong. */
function faultOf(strays: readonly Stray[]): FaultCode {
  const last = strays.at(-1);
  return last === undefined ? 'device/silent' : FAULT_OF[last];
}

/** Our own request says nothing of the device. */
function consequenceOf(strays: readonly Stray[]): Consequence {
  return strays.every((stray) => stray === 'echo') ? 'silent' : 'damaged';
}

const CR = 0x0d;

/** Our own request, come back: with or without the delimiter at its end, and the `\r` that is taken off before a `\n`. */
function isEcho(line: Uint8Array, request: Uint8Array, delimiter: Uint8Array): boolean {
  const same = (bytes: Uint8Array) => bytes.length === line.length && bytes.every((byte, at) => byte === line[at]);
  const body = request.subarray(0, Math.max(0, request.length - delimiter.length));
  return same(request) || same(body) || (body.at(-1) === CR && same(body.subarray(0, -1)));
}
