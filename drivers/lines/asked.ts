import type { Consequence, Exchange, Stray, Verdict } from '../contract/dialogue.ts';
import type { PollDevice } from '../contract/driver.ts';
import { milliseconds } from '../contract/duration.ts';
import { Fault } from '../contract/fault.ts';
import type { FaultCode } from '../contract/faults.ts';
import type { Point, Sample, Value } from '../contract/reading.ts';
import { single } from '../contract/single.ts';
import { checksumLength } from './checksum.ts';
import { DEFAULT_TIMEOUT, type Options } from './options.ts';
import type { LineReader } from './reader.ts';
import type { Template } from './template.ts';

/** A field's usual width, to foretell how long an answer takes on the line. */
const USUAL_FIELD = 8;

/** A device that answers one request with one line. */
export function askedDevice(
  reader: LineReader,
  points: readonly Point[],
  request: Uint8Array,
  options: Options,
): PollDevice {
  const timeout = options.timeoutMs ?? DEFAULT_TIMEOUT;
  const exchange: Exchange<readonly Sample[]> = {
    request,
    answer: { usual: usualLength(reader, options), most: reader.roomFor(request) },
    timeout: milliseconds(timeout),
    // Lines carry no address and no number: any device's answer could pass for another's.
    signature: 'lines',
    lateWithin: milliseconds(options.lateMs ?? 2 * timeout),
    judge: (received, ended) => judge(reader, { request, received, ended }),
  };
  const asking = (names: readonly string[]) =>
    single({
      ...{ key: 'line', points: names, exchange },
      samples: (samples) => samples.filter(({ point }) => names.includes(point)),
    });
  return {
    kind: 'poll',
    points,
    plan: (names) => (names.length === 0 ? [] : [asking([...names])]),
    write: (values) => refuseWrite(values, points),
  };
}

interface Received {
  readonly request: Uint8Array;
  readonly received: Uint8Array;
  readonly ended: boolean;
}

/** The first whole line that fits is the answer. What does not fit may be an echo, or somebody else's: it is counted. */
function judge(reader: LineReader, { request, received, ended }: Received): Verdict<readonly Sample[]> {
  const framer = reader.framer({ skipsFirst: false });
  const strays: Stray[] = [];
  const found: { samples: readonly Sample[]; used: number }[] = [];
  framer.push(received, (line) => {
    if (found.length > 0) return;
    if (isEcho(line, request, reader.delimiter)) {
      strays.push('echo');
      return;
    }
    const reading = reader.read(line);
    if ('samples' in reading) found.push({ samples: reading.samples, used: framer.taken });
    else strays.push(reading.stray);
  });
  const [answer] = found;
  if (answer !== undefined) {
    return { state: 'done', result: answer.samples, used: answer.used, strays };
  }
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

/** Our own request, come back: with or without the delimiter at its end. */
function isEcho(line: Uint8Array, request: Uint8Array, delimiter: Uint8Array): boolean {
  const same = (bytes: Uint8Array) => bytes.length === line.length && bytes.every((byte, at) => byte === line[at]);
  return same(request) || same(request.subarray(0, Math.max(0, request.length - delimiter.length)));
}

function usualLength(reader: LineReader, { checksum }: Options): number {
  const lengthOf = (template: Template) =>
    template.reduce(
      (sum, part) => sum + (part.kind === 'literal' ? part.codes.length : part.kind === 'blank' ? 1 : USUAL_FIELD),
      0,
    );
  const longest = Math.max(...reader.forms.map(({ template }) => lengthOf(template)));
  return longest + (checksum === undefined ? 0 : checksumLength(checksum)) + reader.delimiter.length;
}

function refuseWrite(values: ReadonlyMap<string, Value>, points: readonly Point[]): never {
  const known = [...values.keys()].every((name) => points.some((point) => point.name === name));
  throw new Fault(known ? 'command/not-writable' : 'command/unknown-point');
}
