import { ask, type Dialogue, type FailStep, type Step } from '../contract/dialogue.ts';
import { Fault } from '../contract/fault.ts';
import type { FaultCode } from '../contract/faults.ts';
import type { Sample } from '../contract/reading.ts';
import { type Announced, readAnnounced, readValues } from './answer.ts';
import { attempt, needsOf, type Patience, patienceOf, rest } from './attempt.ts';
import { costOf } from './cost.ts';
import { type Command, measureTime, type Sensor, serviceRequest } from './exchange.ts';
import { DATA_COMMANDS, VALUES_OF_C, VALUES_OF_M } from './limits.ts';
import type { ValuePoint } from './point.ts';

/** How the values of a sensor are asked for. */
export interface Way {
  readonly sensor: Sensor;
  readonly command: 'M' | 'C' | 'R';
  readonly crc: boolean;
  readonly maxMeasureS: number;
}

/** Address, CR, LF; and the CRC. */
const FRAME = 3;
const CRC = 3;

/** As most sensors write their values. */
const USUAL_VALUE = 7;

/** One measurement from its start to the last value that these points need: it has the line all that time. */
export function measurement(way: Way, number: number, points: readonly ValuePoint[]): Dialogue {
  const last = Math.max(...points.map(({ index }) => index));
  const begin = way.command === 'R' ? () => continuous(way, number, points) : () => started(way, number, points, last);
  return {
    key: `${way.command}${number}:${last}`,
    points: points.map(({ point }) => point.name),
    cost: costFor(way, last),
    ...needsOf(way.sensor),
    begin,
  };
}

function costFor(way: Way, last: number) {
  const { command, sensor, maxMeasureS } = way;
  const data = valuesCommand(way, '', last);
  const one = { request: 4 + Number(way.crc), usual: data.usual, longest: data.longest };
  if (command === 'R') return costOf(sensor, [{ ...one, usually: 1, atMost: 1 }]);
  // at least one value comes with each of them
  const atMost = Math.min(DATA_COMMANDS, last + 1);
  const usually = Math.min(atMost, Math.ceil(((last + 1) * USUAL_VALUE) / mostValues(way)));
  const start = startCommand(way, 1);
  const begin = { request: start.text.length, usual: start.usual, longest: start.longest, usually: 1, atMost: 1 };
  const measuring = { seconds: maxMeasureS, serves: command === 'M' };
  return costOf(sensor, [begin, { ...one, usually, atMost }], measuring);
}

function mostValues({ command }: Way): number {
  return command === 'M' ? VALUES_OF_M : VALUES_OF_C;
}

/** SDI-12 1.4, 4.4.5, 4.4.7: `aM!`, `aM1!` …, with CRC `aMC!`, `aMC1!` … */
function startCommand({ sensor, command, crc }: Way, number: number): Command<Announced> {
  const digits = command === 'M' ? 1 : 2;
  const length = FRAME + 3 + digits;
  return {
    text: `${sensor.address}${command}${crc ? 'C' : ''}${number === 0 ? '' : number}!`,
    ...{ usual: length, longest: length },
    summed: false,
    read: (text) => readAnnounced(text, digits),
  };
}

/** An answer of values. @param last the last index that is needed */
function valuesCommand(way: Way, text: string, last: number): Command<readonly number[]> {
  const most = mostValues(way);
  const frame = FRAME + (way.crc ? CRC : 0);
  const usual = Math.min(most, (last + 1) * USUAL_VALUE) + frame;
  return { text, usual, longest: most + frame, summed: way.crc, read: readValues };
}

/** `aR0!`, with CRC `aRC0!`: the values are there already. */
function continuous(way: Way, number: number, points: readonly ValuePoint[]): Step {
  const text = `${way.sensor.address}R${way.crc ? 'C' : ''}${number}!`;
  const last = Math.max(...points.map(({ index }) => index));
  return attempt(way.sensor, valuesCommand(way, text, last), patienceOf(way.sensor), (values) =>
    values.length === 0 ? failed('sdi12/no-values', 'refused') : end(points, values),
  );
}

function started(way: Way, number: number, points: readonly ValuePoint[], last: number): Step {
  const { sensor, maxMeasureS } = way;
  return attempt(sensor, startCommand(way, number), patienceOf(sensor), ({ seconds, count }, left) => {
    if (count === 0) return failed('sdi12/no-values', 'refused');
    if (seconds > maxMeasureS) return failed('sdi12/too-slow', 'refused');
    const collect = () => data({ way, points, last, count }, 0, { values: [] }, left);
    if (seconds === 0) return collect();
    // While sensors measure side by side none of them says that it is ready (4.4.7).
    if (way.command === 'C') return rest(measureTime(seconds), collect);
    return ask(serviceRequest(sensor, seconds), (heard) => {
      if (heard.state === 'answered') return collect();
      return { kind: 'fail', fault: heard.fault, consequence: heard.consequence, repeat: 'whole' };
    });
  });
}

interface Collecting {
  readonly way: Way;
  readonly points: readonly ValuePoint[];
  readonly last: number;
  /** So many values were announced. */
  readonly count: number;
}

/** The values that came before the data answer that is asked for. */
interface Collected {
  readonly values: readonly number[];
  /** The last answer, where something of the run was sent more than once: it may come again, in place of the next one. */
  readonly copy?: readonly number[] | undefined;
}

/** `aD0!` to `aD9!` until all that is needed is there (4.4.8). */
function data(collecting: Collecting, number: number, before: Collected, left: Patience): Step {
  const { way, points, last, count } = collecting;
  const command = valuesCommand(way, `${way.sensor.address}D${number}!`, last);
  return attempt(way.sensor, command, left, (values, patience) => {
    // An address alone says that the measurement was aborted (4.4.8.1).
    if (values.length === 0 && number === 0) return { ...failed('sdi12/no-data', 'damaged'), repeat: 'whole' };
    const spare = { retries: patience.retries - 1, damaged: patience.damaged - 1 };
    if (isSame(values, before.copy) && spare.retries >= 0 && spare.damaged >= 0) {
      return data(collecting, number, { values: before.values }, spare);
    }
    const all = [...before.values, ...values];
    const isOver = values.length === 0 || all.length > last || all.length >= count || number + 1 === DATA_COMMANDS;
    if (isOver) return end(points, all);
    const isRepeated = patience.retries < patienceOf(way.sensor).retries;
    return data(collecting, number + 1, { values: all, copy: isRepeated ? values : undefined }, patience);
  });
}

function isSame(values: readonly number[], copy: readonly number[] | undefined): boolean {
  return copy !== undefined && values.length === copy.length && values.every((value, at) => value === copy[at]);
}

function end(points: readonly ValuePoint[], values: readonly number[]): Step {
  return { kind: 'end', samples: points.map(({ index, sample }): Sample => sample(values[index])) };
}

function failed(code: FaultCode, consequence: FailStep['consequence']): FailStep {
  return { kind: 'fail', fault: new Fault(code), consequence, repeat: 'never' };
}
