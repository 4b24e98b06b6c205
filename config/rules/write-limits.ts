import type { Device } from '../../drivers/contract/driver.ts';
import type { Point } from '../../drivers/contract/reading.ts';
import { isAllowed } from '../../drivers/schema/allowed.ts';
import type { Finding, Path } from '../problem.ts';
import { asText, get, type Mapping } from '../source/data.ts';

/** A point of a device as it was read, and where it stands: a profile's stands where the profile is named. */
export interface PlacedPoint {
  readonly point: Mapping;
  readonly place: Path;
}

/** An interlock is another point of the same device; whether its value can ever be read is told by its type, later. */
export function interlockRules(points: readonly PlacedPoint[]): readonly Finding[] {
  const names = new Set(points.map(({ point }) => asText(get(point, 'name'))));
  return points.flatMap(({ point, place }) => {
    const other = asText(get(get(point, 'writableWhen'), 'point'));
    if (other === undefined || (names.has(other) && other !== get(point, 'name'))) return [];
    return [{ path: [...place, 'writableWhen', 'point'], message: 'must be the name of another point of the device' }];
  });
}

/** The value that an interlock waits for must be one that its point can have. */
export function interlockValueRules(points: readonly PlacedPoint[], device: Device): readonly Finding[] {
  const locked = points.filter(({ point }) => get(point, 'writableWhen') !== undefined);
  if (locked.length === 0) return [];
  const known = new Map(device.points.map((point) => [point.name, point]));
  return locked.flatMap(({ point, place }) => {
    const when = get(point, 'writableWhen');
    const other = known.get(asText(get(when, 'point')) ?? '');
    if (other?.action) {
      return [{ path: [...place, 'writableWhen', 'point'], message: 'must be a point that can be read' }];
    }
    const equals = get(when, 'equals');
    const isNumber = typeof equals === 'bigint' && other?.type === 'number';
    if (other === undefined || isNumber || isAllowed(withoutRange(other), equals)) return [];
    const wanted = other.choices === undefined ? WORDS[other.type] : 'one of its texts';
    return [{ path: [...place, 'writableWhen', 'equals'], message: `must be ${wanted}, as the other point is` }];
  });
}

const WORDS: Readonly<Record<Point['type'], string>> = {
  number: 'a number',
  boolean: 'true or false',
  text: 'a text',
};

function withoutRange({ name, type, writable, choices }: Point): Point {
  return { name, type, writable, choices };
}

/** A number that may be anything is seldom meant. */
export function rangeWarnings(points: readonly PlacedPoint[], device: Device): readonly Finding[] {
  const numbers = new Set(
    device.points.filter(({ type, writable }) => writable && type === 'number').map(({ name }) => name),
  );
  if (numbers.size === 0) return [];
  return points.flatMap(({ point, place }) => {
    const isOpen = get(point, 'min') === undefined || get(point, 'max') === undefined;
    if (!isOpen || !numbers.has(asText(get(point, 'name')) ?? '')) return [];
    const message = 'can be written without both min and max: where one is missing, whatever its type holds is taken';
    return [{ path: place, message }];
  });
}
