import type { Conflict, Setup } from '../contract/driver.ts';
import { Once } from './once.ts';
import type { Options } from './options.ts';
import { isFloating, type PointOptions, widthOf } from './point.ts';
import { factorOf, reachOf } from './read.ts';

type ModbusSetup = Setup<Options, PointOptions>;

/** Settings that are allowed each for itself, and not together. */
export function conflicts(setup: ModbusSetup): readonly Conflict[] {
  const { maxRegisters, maxCoils } = setup.options;
  return FOUND.of(setup.points, `${maxRegisters} ${maxCoils}`, () => found(setup));
}

const FOUND = new Once<readonly PointOptions[], readonly Conflict[]>();

function found(setup: ModbusSetup): readonly Conflict[] {
  return [...setup.points.entries()].flatMap(([place, point]) => [
    ...tooWide(setup, point).map((message) => ({ at: { point: place, key: 'address' }, message })),
    ...wrongFactor(setup, point).map((message) => ({ at: { point: place, key: 'scaleFrom' }, message })),
  ]);
}

function isBit({ register }: PointOptions): boolean {
  return register === 'coil' || register === 'discrete';
}

function tooWide({ options }: ModbusSetup, point: PointOptions): readonly string[] {
  const most = isBit(point) ? options.maxCoils : options.maxRegisters;
  if (widthOf(point) <= most) return [];
  return ['the value has more registers than one request may read: see maxRegisters of the device'];
}

/** Value and factor come from one answer, or the device could change one of them in between. */
function wrongFactor({ options, points }: ModbusSetup, point: PointOptions): readonly string[] {
  if (point.scaleFrom === undefined) return [];
  const factor = factorOf(point, points);
  if (factor === undefined || factor === point) return ['must be the name of another point of the device'];
  if (factor.register !== point.register) return [`must be a point of the same kind of register`];
  const isOther = [factor.scale, factor.offset, factor.decimals, factor.enum, factor.scaleFrom].some(
    (key) => key !== undefined,
  );
  if (factor.type === 'string' || factor.type === 'bool' || isFloating(factor.type) || isOther) {
    return ['must be a point of a whole number, without scale, offset, decimals, enum and scaleFrom'];
  }
  if (reachOf(point, factor).count > options.maxRegisters) {
    return ['lies too far away to be read in one request with the value: see maxRegisters of the device'];
  }
  return [];
}
