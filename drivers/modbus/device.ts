import type { Dialogue } from '../contract/dialogue.ts';
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
import { conflicts } from './conflicts.ts';
import { samplesIn } from './contents.ts';
import { pointDoubts } from './doubts.ts';
import { identification } from './identification.ts';
import { Once } from './once.ts';
import type { Options } from './options.ts';
import { type PointOptions, point } from './point.ts';
import { mappedByName, reads } from './read.ts';
import { agrees } from './values/agree.ts';
import { rawView } from './values/raw-view.ts';
import type { Transport, Wire } from './wire.ts';
import { writes } from './write.ts';

/** The parts that a driver of the family brings beside the shared ones. */
export interface Variant<O extends Options> {
  readonly name: string;
  readonly summary: string;
  readonly options: Schema<O>;
  readonly transport: Transport<O>;
  /** The settings of a port that are seldom meant for this transport. */
  readonly portDoubts: (port: PortFacts) => readonly Doubt[];
}

/** A driver of the family: points, requests, values and profiles are the same on every transport. */
export function modbusDriver<O extends Options>(variant: Variant<O>): Driver<O, PointOptions> {
  const { name, summary, options, transport, portDoubts } = variant;
  return {
    contract: DRIVER_CONTRACT,
    ...{ name, summary, options, point, conflicts },
    create: (setup) => create(setup, transport),
    // to unit 0, which is all of them, a write has no answer
    costOptions: ({ unit, ...rest }) => ({ ...rest, unit: unit === 0 }),
    doubts: ({ points }, port) => [...pointDoubts(points), ...portDoubts(port)],
    decode: samplesIn,
  };
}

function create<O extends Options>(given: Setup<O, PointOptions>, transport: Transport<O>): PollDevice {
  const { options, line } = given;
  const points = mappedByName(given.points, options);
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
    points: publicPoints(given.points),
    plan: (names) => wire.dialogues(reads(setup, named(names))),
    // made anew each time: it is seldom asked
    identify: () => identify(wire),
    write: (values) => wire.dialogues(writes(setup, points, values)),
    agrees(name, written, read, exact) {
      const found = points.get(name);
      return found !== undefined && agrees(found.point, found.codec, written, read, exact);
    },
    raw: (names) => rawView(setup, named(names)),
  };
}

function identify(wire: Wire): Dialogue {
  const [dialogue] = wire.dialogues([identification(1, 0)]);
  if (dialogue === undefined) throw new Fault('driver/threw');
  return dialogue;
}

const LISTS = new Once<readonly PointOptions[], readonly Point[]>();
const POINTS = new Once<PointOptions, Point>();

export function publicPoints(points: readonly PointOptions[]): readonly Point[] {
  return LISTS.of(points, '', () => points.map((each) => POINTS.of(each, '', () => publicPoint(each))));
}

function publicPoint(each: PointOptions): Point {
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
