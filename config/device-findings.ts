import type { Driver, PortFacts } from '../drivers/contract/driver.ts';
import { FAULTS } from '../drivers/contract/faults.ts';
import { type conflictsOf, type DeviceSetup, doubtsOf } from '../drivers/registry/loader.ts';
import type { DevicePlans } from './budget/device-plans.ts';
import type { Finding, Path } from './problem.ts';
import type { Profile } from './profiles/schema.ts';
import type { PlacedPoint } from './rules/write-limits.ts';
import { asNumber, get, type Mapping } from './source/data.ts';

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
 * The driver's doubts about the device, and about these of its points.
 * @param unproven their places among all points
 */
export function doubtsAbout(driver: Driver, setup: DeviceSetup, port: PortFacts, unproven: readonly number[]): Doubts {
  const isMeant = ({ at }: Doubts[number]) => 'port' in at || unproven.includes(at.point);
  const all = doubtsOf(driver, setup, port);
  if (all.every(isMeant)) return all;
  // a doubt of several points stands at the first of them, which here is a proven one
  const points = unproven.map((at) => setup.points[at]);
  const alone = doubtsOf(driver, { ...setup, points }, {}).map(({ at, message }) => {
    return { at: 'port' in at ? at : { ...at, point: unproven[at.point] ?? 0 }, message };
  });
  return [...all.filter(isMeant), ...alone];
}

/**
 * Of drivers that throw, found out here too, so that nobody looks for it in the device: the agent runs, and says it of this
 * device alone.
 * @param path of the bus
 */
export function mistakeWarnings(plans: readonly (DevicePlans | undefined)[], path: Path): readonly Finding[] {
  const message = `${FAULTS['driver/threw'].message} (driver/threw); the device will not be read`;
  return plans.flatMap((each, d) => (each?.isFailed ? [{ path: [...path, 'devices', d], message }] : []));
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

/**
 * The limits of a device that must not be exceeded, and those that must not be undercut: options of drivers that a
 * profile recommends.
 */
const PACING = { most: ['maxRegisters', 'maxCoils', 'maxHole'], least: ['timeoutMs'] } as const;

/**
 * Where the file asks a device faster, or for more, than the profile of its model recommends.
 * @param raw the device as it was read
 */
export function pacingWarnings(
  profile: Profile | undefined,
  raw: unknown,
  own: Mapping,
  path: Path,
): readonly Finding[] {
  if (profile === undefined) return [];
  const warnings: Finding[] = [];
  const compare = (
    { written, known, isWrong }: { written: unknown; known: unknown; isWrong: (a: number, b: number) => boolean },
    { place, words }: { place: Path; words: string },
  ) => {
    const [is, should] = [asNumber(written), asNumber(known)];
    if (is === undefined || should === undefined || !isWrong(is, should)) return;
    warnings.push({ path: place, message: `${words} ${should}, by its profile: the device may not keep up` });
  };
  const isLess = (a: number, b: number) => a < b;
  const isMore = (a: number, b: number) => a > b;
  const gap = { written: get(raw, 'minGapMs'), known: profile.minGapMs, isWrong: isLess };
  compare(gap, { place: [...path, 'minGapMs'], words: 'the model needs at least' });
  for (const [keys, isWrong, words] of [
    [PACING.most, isMore, 'the model takes at most'],
    [PACING.least, isLess, 'the model needs at least'],
  ] as const) {
    for (const key of keys) {
      const option = { written: get(own, key), known: profile.options[key], isWrong };
      compare(option, { place: [...path, 'options', key], words });
    }
  }
  return warnings;
}
