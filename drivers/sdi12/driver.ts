import {
  type Conflict,
  type Doubt,
  DRIVER_CONTRACT,
  type Driver,
  type PollDevice,
  type PortFacts,
  type Setup,
} from '../contract/driver.ts';
import { Fault } from '../contract/fault.ts';
import { identity, presence } from './about.ts';
import type { Sensor } from './exchange.ts';
import { ANSWER, LAST_OF_C, LAST_OF_M, OWN_BREAK_ANSWER } from './limits.ts';
import { measurement, type Way } from './measurement.ts';
import { type Options, options } from './options.ts';
import { type AboutPoint, type PointOptions, point, sensorPoint, type ValuePoint } from './point.ts';

export const driver: Driver<Options, PointOptions> = {
  contract: DRIVER_CONTRACT,
  name: 'sdi12',
  summary: 'SDI-12 sensors of soil, water and weather behind a transparent adapter',
  options,
  point,
  create,
  conflicts,
  doubts,
};

/** A data recorder's view of one sensor (SDI-12 1.4). @throws Fault `driver/create` for a name twice, or an index that the command can't have */
function create({ options: given, points: entries }: Setup<Options, PointOptions>): PollDevice {
  const points = new Map<string, ValuePoint | AboutPoint>();
  const last = lastIndex(given);
  for (const [place, entry] of entries.entries()) {
    const isTooFar = (entry.index ?? 0) > last;
    if (points.has(entry.name) || isTooFar) throw new Fault('driver/create', { point: place });
    points.set(entry.name, sensorPoint(entry));
  }
  const way = wayOf(given);
  return {
    kind: 'poll',
    points: [...points.values()].map(({ point: { pollMs, ...described } }) => ({
      ...described,
      pollMs: pollMs === undefined ? undefined : Math.max(pollMs, given.minPollMs),
    })),
    leastPollMs: given.minPollMs,
    plan(names) {
      const chosen = [...new Set(names)].map((name) => {
        const found = points.get(name);
        if (found === undefined) throw new Fault('command/unknown-point');
        return found;
      });
      return planOf(way, chosen);
    },
    identify: () => identity(way.sensor, []),
    write(values) {
      const isKnown = [...values.keys()].every((name) => points.has(name));
      throw new Fault(isKnown ? 'command/not-writable' : 'command/unknown-point');
    },
  };
}

function lastIndex({ command }: Options): number {
  return command === 'M' ? LAST_OF_M : LAST_OF_C;
}

function conflicts({ options: given, points }: Setup<Options, PointOptions>): readonly Conflict[] {
  const last = lastIndex(given);
  return points.flatMap(({ index = 0 }, place) => {
    if (index <= last) return [];
    return [{ at: { point: place, key: 'index' }, message: `must be 0 to ${last} with command ${given.command}` }];
  });
}

function wayOf({ address, command, crc, break: hasBreak, answerMs, maxMeasureS }: Options): Way {
  const usual = hasBreak ? ANSWER.usual : OWN_BREAK_ANSWER[command];
  const sensor: Sensor = { address: String(address), hasBreak, answerMs: answerMs ?? usual };
  return { sensor, command, crc, maxMeasureS };
}

/** The cheapest first: an offline sensor is asked by it whether it is back. */
function planOf(way: Way, points: readonly (ValuePoint | AboutPoint)[]) {
  const values = points.filter((each) => each.kind === 'value');
  const about = points.filter((each) => each.kind === 'about');
  const [present, told] = [true, false].map((is) => about.filter(({ part }) => (part === undefined) === is));
  const numbers = [...new Set(values.map((each) => each.measurement))].sort((a, b) => a - b);
  return [
    ...(present?.length ? [presence(way.sensor, present)] : []),
    ...(told?.length ? [identity(way.sensor, told)] : []),
    ...numbers.map((number) =>
      measurement(
        way,
        number,
        values.filter((each) => each.measurement === number),
      ),
    ),
  ];
}

/** A line of another form is heard by no sensor; where the adapter stands between, its own form counts. */
function doubts({ options: given, line }: Setup<Options, PointOptions>, { dataBits }: PortFacts): readonly Doubt[] {
  const isSdi12 = dataBits === 7 && line.baudRate === 1200;
  if (!given.break || dataBits === undefined || isSdi12) return [];
  const message =
    'sensors speak at 1200 baud with 7 data bits and even parity; an adapter with another speed needs break: false';
  return [{ at: { port: 'dataBits' }, message }];
}
