import {
  type Decoded,
  type Device,
  type Doubt,
  DRIVER_CONTRACT,
  type Driver,
  type PollDevice,
  type PortFacts,
  type Setup,
  type StreamDevice,
} from '../../contract/driver.ts';
import { Fault } from '../../contract/fault.ts';
import type { ToldIdentity } from '../../contract/identity.ts';
import type { Sample, Value } from '../../contract/reading.ts';
import { firstTold, identityIn, identityOfLine } from '../identity.ts';
import type { Block } from './answers.ts';
import { type DataSet, readData } from './block.ts';
import { type Options, options } from './options.ts';
import { codedSets, type PointOptions, point, type ReadoutPoint, readoutPoints } from './points.ts';
import { PushFramer } from './push-framer.ts';
import { readout } from './readout.ts';
import { readTelegram } from './telegram.ts';

export const driver: Driver<Options, PointOptions> = {
  contract: DRIVER_CONTRACT,
  name: 'iec62056-21',
  summary:
    'Electricity, heat and gas meters read by optical head, current loop or RS-485 (IEC 62056-21, formerly 1107)',
  options,
  point,
  create,
  doubts,
};

/** @throws Fault `driver/create` where a point is listed twice */
function create(setup: Setup<Options, PointOptions>): Device {
  const points = readoutPoints(setup.points);
  return setup.options.mode === 'd' ? talkingMeter(setup.options, points) : askedMeter(setup, points);
}

function askedMeter({ options, line }: Setup<Options, PointOptions>, points: readonly ReadoutPoint[]): PollDevice {
  const dialogue = (names: readonly string[]) => {
    const wanted = points.filter(({ point: { name } }) => names.includes(name));
    const samples = ({ text, isChecked }: Block) => {
      const { sets, isSound } = readData(text);
      // A block check that is right vouches for the lines that can be read; without one a line out of form damns them all.
      if (sets.length === 0 || (!isSound && !isChecked)) return new Fault('iec62056/malformed');
      return samplesOf(wanted, sets);
    };
    const identity = (head: string, { text }: Block) => identityOf(head, readData(text).sets);
    return readout({ options, line, points: names, samples, identity });
  };
  return {
    kind: 'poll',
    points: points.map(({ point }) => point),
    plan: (names) => (names.length === 0 ? [] : [dialogue([...names])]),
    write: (values) => refuseWrite(values, points),
  };
}

function talkingMeter(options: Options, points: readonly ReadoutPoint[]): StreamDevice {
  return {
    kind: 'stream',
    points: points.map(({ point }) => point),
    framer: () => new PushFramer(options.maxBlockBytes),
    decode(frame): Decoded {
      const telegram = readTelegram(frame);
      if ('code' in telegram) return { fault: new Fault(telegram.code), stray: telegram.stray };
      const samples = samplesOf(points, telegram.sets);
      const doubtful = !telegram.isChecked && !options.allowNoBcc;
      const identity = identityOf(telegram.head, telegram.sets);
      return { identity, samples: doubtful ? samples.map((sample) => ({ ...sample, doubtful })) : samples };
    },
  };
}

function identityOf(head: string, sets: readonly DataSet[]): ToldIdentity {
  const texts = codedSets(sets).map(({ code, values }) => ({ code, text: values[0]?.text ?? '' }));
  return firstTold(identityOfLine(head), identityIn(texts));
}

function samplesOf(points: readonly ReadoutPoint[], sets: readonly DataSet[]): readonly Sample[] {
  const coded = codedSets(sets);
  return points.flatMap((each) => each.sample(coded) ?? []);
}

function refuseWrite(values: ReadonlyMap<string, Value>, points: readonly ReadoutPoint[]): never {
  const known = [...values.keys()].every((name) => points.some(({ point }) => point.name === name));
  throw new Fault(known ? 'command/not-writable' : 'command/unknown-point');
}

function doubts({ options }: Setup<Options, PointOptions>, { dataBits }: PortFacts): readonly Doubt[] {
  if (options.mode === 'd' || dataBits !== 8) return [];
  return [{ at: { port: 'dataBits' }, message: 'is 8: the standard’s meters have 7 data bits and even parity' }];
}
