import type { Dialogue } from '../contract/dialogue.ts';
import type { PollDevice } from '../contract/driver.ts';
import { Fault } from '../contract/fault.ts';
import type { FaultCode } from '../contract/faults.ts';
import type { Point, Sample, Value } from '../contract/reading.ts';
import { Scale } from '../schema/scale.ts';
import { getDialogue } from './get.ts';
import type { PointOptions } from './points.ts';
import { type RegisterNumber, readRegister, readRegisterText } from './register.ts';

/** A point that the device is asked for, and how it comes from the register's bytes; undefined: they are none of its type. */
interface RegisterPoint {
  readonly point: Point;
  readonly register: number;
  read(data: Uint8Array): Value | undefined;
}

/** The part of the device that is asked: its points by register, each register once; undefined where there are none. */
export function askedRegisters(entries: readonly PointOptions[]): PollDevice | undefined {
  const all = entries.flatMap((entry) => (entry.register === undefined ? [] : [registerPoint(entry, entry.register)]));
  if (all.length === 0) return undefined;
  return {
    kind: 'poll',
    points: all.map(({ point }) => point),
    plan: (names) => planOf(all.filter(({ point }) => names.includes(point.name))),
    write(values) {
      const isKnown = [...values.keys()].every((name) => all.some(({ point }) => point.name === name));
      throw new Fault(isKnown ? 'command/not-writable' : 'command/unknown-point');
    },
  };
}

function planOf(wanted: readonly RegisterPoint[]): readonly Dialogue[] {
  const byRegister = new Map<number, RegisterPoint[]>();
  for (const one of wanted) {
    const same = byRegister.get(one.register);
    if (same) same.push(one);
    else byRegister.set(one.register, [one]);
  }
  return Array.from(byRegister, ([register, points]) =>
    getDialogue(
      register,
      points.map(({ point }) => point.name),
      (data) => samplesOf(points, data),
    ),
  );
}

/** A code where the bytes are of none of the points' types. */
function samplesOf(points: readonly RegisterPoint[], data: Uint8Array): readonly Sample[] | FaultCode {
  const samples = points.flatMap(({ point: { name }, read }) => {
    const value = read(data);
    return value === undefined ? [] : [{ point: name, value }];
  });
  return samples.length < points.length ? 'vedirect/register-size' : samples;
}

function registerPoint(entry: PointOptions, register: number): RegisterPoint {
  const { name, unit, min, max, deadband, pollMs, type } = entry;
  // the key `label` is the protocol's here
  const common = { name, unit, writable: false, min, max, deadband, pollMs, label: undefined };
  if (type === 'text') return { point: { ...common, type }, register, read: readRegisterText };
  const layout = (type ?? 'uint16') as RegisterNumber;
  if (entry.enum !== undefined) {
    const texts = new Map(Object.entries(entry.enum));
    const choices = [...new Set(texts.values())];
    return {
      ...{ point: { ...common, type: 'text', choices }, register },
      read(data) {
        const number = readRegister(data, layout);
        return number === undefined ? undefined : (texts.get(String(number)) ?? null);
      },
    };
  }
  const scale = new Scale(entry);
  return {
    ...{ point: { ...common, type: 'number' }, register },
    read(data) {
      const number = readRegister(data, layout);
      return typeof number === 'number' ? scale.value(number) : number;
    },
  };
}
