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
  const byName = new Map(entries.map((entry) => [get(entry, 'name'), entry]));
  return points.map((point) => {
    const entry = byName.get(point.name);
    const known = MEANT.get(point);
    if (known !== undefined && known.entry === entry) return known.meant;
    const meant = meaningOf(point, entry);
    MEANT.set(point, { entry, meant });
    return meant;
  });
}

/** Devices of one profile share its points and their entries, and so what these mean. */
const MEANT = new WeakMap<Point, { readonly entry: Mapping | undefined; readonly meant: Point }>();

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
  const numbers = new Set(points.filter(({ type }) => type === 'number').map(({ name }) => name));
  return placed.flatMap(({ point, place }) =>
    ['quantity', 'counts'].flatMap((key) => {
      const isOurs = [...QUANTITIES, ...COUNTS].some((word) => word === get(point, key));
      if (!isOurs || get(point, 'type') === 'text' || numbers.has(asText(get(point, 'name')) ?? '')) return [];
      return [{ path: [...place, key], message: 'only goes with a point that is a number' }];
    }),
  );
}
