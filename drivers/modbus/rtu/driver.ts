import { DRIVER_CONTRACT, type Driver, type PollDevice, type Setup } from '../../contract/driver.ts';
import { Fault } from '../../contract/fault.ts';
import type { Point } from '../../contract/reading.ts';
import { conflicts, factorOf } from '../conflicts.ts';
import { doubts } from '../doubts.ts';
import { type Options, options } from '../options.ts';
import { type PointOptions, point } from '../point.ts';
import { type Mapped, mapped, readDialogues } from '../read.ts';
import { agrees } from '../values/agree.ts';
import { rawView } from '../values/raw-view.ts';
import { writeDialogues } from '../write.ts';

/** Modbus RTU master (Modbus Application Protocol V1.1b3, Modbus over Serial Line V1.02). */
export const driver: Driver<Options, PointOptions> = {
  contract: DRIVER_CONTRACT,
  name: 'modbus-rtu',
  summary: 'Modbus RTU devices on RS-485, RS-232 or a raw TCP serial server: meters, relays, drives, sensors',
  options,
  point,
  create,
  conflicts,
  doubts,
};

function create(setup: Setup<Options, PointOptions>): PollDevice {
  const points = new Map<string, Mapped>();
  for (const each of setup.points) points.set(each.name, mapped(each, setup.options, factorOf(each, setup.points)));
  if (points.size !== setup.points.length || conflicts(setup).length > 0) throw new Fault('driver/create');
  const named = (names: readonly string[]) =>
    [...new Set(names)].map((name) => {
      const found = points.get(name);
      if (found === undefined) throw new Fault('command/unknown-point');
      return found;
    });
  return {
    kind: 'poll',
    points: setup.points.map(publicPoint),
    plan(names) {
      return readDialogues(setup, named(names));
    },
    write: (values) => writeDialogues(setup, points, values),
    agrees(name, written, read, exact) {
      const found = points.get(name);
      return found !== undefined && agrees(found.point, found.codec, written, read, exact);
    },
    raw: (names) => rawView(setup, named(names)),
  };
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
