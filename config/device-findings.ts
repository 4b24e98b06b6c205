import type { Driver, PortFacts } from '../drivers/contract/driver.ts';
import { type conflictsOf, type DeviceSetup, doubtsOf } from '../drivers/registry/loader.ts';
import type { Finding, Path } from './problem.ts';
import type { PlacedPoint } from './rules/write-limits.ts';

type Doubts = ReturnType<typeof doubtsOf>;

/** @param path of the device */
export function conflictFindings(
  conflicts: ReturnType<typeof conflictsOf>,
  placed: readonly PlacedPoint[],
  path: Path,
): readonly Finding[] {
  return conflicts.map(({ at, message }) => ({ path: placeOf(at, placed, path), message }));
}

/**
 * What a profile alone says is proven, and not doubted: an address of 40960 is right where two sources have it.
 * @param own the places of the points that stand in the file
 */
export function ownDoubts(driver: Driver, setup: DeviceSetup, port: PortFacts, own: readonly number[]): Doubts {
  const isOwn = ({ at }: Doubts[number]) => 'port' in at || own.includes(at.point);
  const all = doubtsOf(driver, setup, port);
  if (all.every(isOwn)) return all;
  // a doubt of several points stands at the first of them, which here is the profile's
  const alone = doubtsOf(driver, { ...setup, points: own.map((at) => setup.points[at]) }, {}).map(({ at, message }) => {
    return { at: 'port' in at ? at : { ...at, point: own[at.point] ?? 0 }, message };
  });
  return [...all.filter(isOwn), ...alone];
}

/** @param path of the device */
export function doubtFindings(doubts: Doubts, placed: readonly PlacedPoint[], path: Path): readonly Finding[] {
  return doubts.map(({ at, message }) => {
    if ('port' in at) return { path: [...path.slice(0, -2), 'port', at.port], message };
    return { path: placeOf(at, placed, path), message };
  });
}

/** A point of the profile has no place of its own in the file, nor have its keys. */
function placeOf(at: { point: number; key: string }, placed: readonly PlacedPoint[], path: Path): Path {
  const { point = {}, place = path } = placed[at.point] ?? {};
  return typeof place.at(-1) === 'number' && at.key in point ? [...place, at.key] : place;
}
