import {
  type Doubt,
  DRIVER_CONTRACT,
  type Driver,
  type PollDevice,
  type PortFacts,
  type Schema,
  type Setup,
} from '../contract/driver.ts';
import { Fault } from '../contract/fault.ts';
import type { Point } from '../contract/reading.ts';
import { conflicts, factorOf } from './conflicts.ts';
import { samplesIn } from './contents.ts';
import { pointDoubts } from './doubts.ts';
import { identification } from './identification.ts';
import type { Options } from './options.ts';
import { type PointOptions, point } from './point.ts';
import { type Mapped, mapped, reads } from './read.ts';
import { agrees } from './values/agree.ts';
import { rawView } from './values/raw-view.ts';
import type { Transport, Wire } from './wire.ts';
import { writes } from './write.ts';

/** What a driver of the family brings beside what all share. */
export interface Variant<O extends Options> {
  readonly name: string;
  readonly summary: string;
  readonly options: Schema<O>;
  readonly transport: Transport<O>;
  /** What of a port is seldom meant for this transport. */
  readonly portDoubts: (port: PortFacts) => readonly Doubt[];
}

/** A driver of the family: points, requests, values and profiles are the same on every transport. */
export function modbusDriver<O extends Options>(variant: Variant<O>): Driver<O, PointOptions> {
  const { name, summary, options, transport, portDoubts } = variant;
  return {
    contract: DRIVER_CONTRACT,
    ...{ name, summary, options, point, conflicts },
    create: (setup) => create(setup, transport),
    doubts: ({ points }, port) => [...pointDoubts(points), ...portDoubts(port)],
    decode: samplesIn,
  };
}

function create<O extends Options>(given: Setup<O, PointOptions>, transport: Transport<O>): PollDevice {
  const { options, line } = given;
  const points = new Map<string, Mapped>();
  for (const each of given.points) points.set(each.name, mapped(each, options, factorOf(each, given.points)));
  if (points.size !== given.points.length || conflicts(given).length > 0) throw new Fault('driver/create');
  const wire = transport(options, line);
  const setup = { options, wire };
  const named = (names: readonly string[]) =>
    [...new Set(names)].map((name) => {
      const found = points.get(name);
      if (found === undefined) throw new Fault('command/unknown-point');
      return found;
    });
  return {
    kind: 'poll',
    points: given.points.map(publicPoint),
    plan: (names) => wire.dialogues(reads(setup, named(names))),
    ...identify(wire),
    write: (values) => wire.dialogues(writes(setup, points, values)),
    agrees(name, written, read, exact) {
      const found = points.get(name);
      return found !== undefined && agrees(found.point, found.codec, written, read, exact);
    },
    raw: (names) => rawView(setup, named(names)),
  };
}

function identify(wire: Wire): Pick<PollDevice, 'identify'> {
  const [dialogue] = wire.dialogues([identification(1, 0)]);
  return dialogue === undefined ? {} : { identify: () => dialogue };
}

/** Devices of one profile share its points. */
const PUBLIC = new WeakMap<PointOptions, Point>();

export function publicPoint(each: PointOptions): Point {
  const found = PUBLIC.get(each) ?? publicAnew(each);
  PUBLIC.set(each, found);
  return found;
}

function publicAnew(each: PointOptions): Point {
  const text = each.type === 'string' || each.enum !== undefined;
  return {
    name: each.name,
    type: text ? 'text' : each.type === 'bool' ? 'boolean' : 'number',
    unit: each.unit,
    writable: each.writable,
    min: each.min,
    max: each.max,
    step: each.step,
    deadband: each.deadband,
    pollMs: each.pollMs,
    maxRatePerS: each.maxRatePerS,
    minIntervalMs: each.minIntervalMs,
    dailyWrites: each.dailyWrites,
    writableWhen: each.writableWhen,
    confirm: each.confirm,
    readBack: each.readBack,
    choices: each.enum === undefined ? undefined : [...new Set(Object.values(each.enum))],
  };
}
