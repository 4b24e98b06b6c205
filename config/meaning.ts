import {
  COUNTS,
  type Counts,
  type MeasuredQuantity,
  QUANTITIES,
  quantityOfUnit,
} from '../drivers/contract/quantity.ts';
import type { Point } from '../drivers/contract/reading.ts';
import type { Finding } from './problem.ts';
import type { PlacedPoint } from './rules/write-limits.ts';
import { asText, get, type Mapping } from './source/data.ts';

/**
 * The points of a device with what they mean: as the config and its profile say, else as the driver does, else what the
 * unit says for certain. Drivers need to know nothing of it.
 * @param entries the device's points of the config, each fit for the driver's schema
 */
export function withMeaning(points: readonly Point[], entries: readonly Mapping[]): readonly Point[] {
  const known = LISTS.get(points);
  if (known !== undefined && known.of === entries) return known.meant;
  const byName = new Map(entries.map((entry) => [get(entry, 'name'), entry]));
  const meant = points.map((point) => meantOnce(point, byName.get(point.name)));
  LISTS.set(points, { of: entries, meant });
  return meant;
}

interface Meant<T, Of> {
  readonly of: Of;
  readonly meant: T;
}

/** Devices of one profile share its points and their entries, and so the meaning of these; and most share the lists of both. */
const LISTS = new WeakMap<readonly Point[], Meant<readonly Point[], readonly Mapping[]>>();
const POINTS = new WeakMap<Point, Meant<Point, Mapping | undefined>>();

function meantOnce(point: Point, entry: Mapping | undefined): Point {
  const known = POINTS.get(point);
  if (known !== undefined && known.of === entry) return known.meant;
  const meant = meaningOf(point, entry);
  POINTS.set(point, { of: entry, meant });
  return meant;
}

function meaningOf(point: Point, entry: Mapping | undefined): Point {
  const label = Object.hasOwn(point, 'label') ? point.label : asText(get(entry, 'label'));
  if (point.type !== 'number') return label === undefined ? point : { ...point, label };
  const quantity = wordOf(QUANTITIES, get(entry, 'quantity')) ?? point.quantity ?? quantityOfUnit(point.unit);
  const counts = wordOf(COUNTS, get(entry, 'counts')) ?? point.counts;
  return { ...point, label, quantity, counts };
}

function wordOf<Word extends MeasuredQuantity | Counts>(words: readonly Word[], value: unknown): Word | undefined {
  return words.find((word) => word === value);
}

/** Texts and switches measure nothing; words that only a driver knows are its own, and it judges them. */
export function meaningRules(placed: readonly PlacedPoint[], points: readonly Point[]): readonly Finding[] {
  const others = placed.filter(
    ({ point }) => get(point, 'type') !== 'text' && MEANINGS.some((key) => isOurs(point, key)),
  );
  if (others.length === 0) return [];
  const numbers = new Set(points.filter(({ type }) => type === 'number').map(({ name }) => name));
  return others.flatMap(({ point, place }) => {
    if (numbers.has(asText(get(point, 'name')) ?? '')) return [];
    return MEANINGS.filter((key) => isOurs(point, key)).map((key) => {
      return { path: [...place, key], message: 'only goes with a point that is a number' };
    });
  });
}

function isOurs(point: Mapping, key: string): boolean {
  return OURS.has(get(point, key));
}

const MEANINGS = ['quantity', 'counts'];
const OURS: ReadonlySet<unknown> = new Set([...QUANTITIES, ...COUNTS]);
