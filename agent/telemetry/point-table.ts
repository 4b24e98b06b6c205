import type { Point } from '../../drivers/contract/reading.ts';
import type { DeviceDescription } from '../device/events.ts';
import { memberKey } from './reading.ts';

/** A value is fresh for so many of its own periods, where these are longer than `staleAfterMs`. */
const FRESH_PERIODS = 3;

/** The facts of each point before its first sample, by its place; the same for all devices of one model. */
export class PointTable {
  readonly points: readonly Point[];
  readonly places: ReadonlyMap<string, number>;
  /** `"name":` */
  readonly keys: readonly string[];
  /** A value that is older than this says nothing of now, milliseconds. */
  readonly freshFor: readonly number[];
  readonly hasDeadbands: boolean;
  /** The last batch of samples that held each point, of whichever device: batches are taken one after the other. */
  readonly #batches: Uint32Array;
  #batch = 0;

  constructor({ points: given, staleAfterMs, pollMs }: Description) {
    // of two points of one name the second is meant
    const points = [...new Map(given.map((point) => [point.name, point])).values()];
    this.points = points;
    this.places = new Map(points.map(({ name }, place) => [name, place]));
    this.keys = points.map(({ name }) => memberKey(name));
    this.freshFor = points.map((point) => Math.max(staleAfterMs, FRESH_PERIODS * (point.pollMs ?? pollMs)));
    this.hasDeadbands = points.some(({ deadband }) => deadband !== undefined);
    this.#batches = new Uint32Array(points.length);
  }

  beginBatch(): void {
    this.#batch = (this.#batch + 1) >>> 0;
    if (this.#batch > 0) return;
    this.#batches.fill(0);
    this.#batch = 1;
  }

  /** @returns whether the batch that was begun last held the point before */
  isInBatch(place: number): boolean {
    const isIn = this.#batches[place] === this.#batch;
    this.#batches[place] = this.#batch;
    return isIn;
  }
}

type Description = Pick<DeviceDescription, 'points' | 'staleAfterMs' | 'pollMs'>;

const TABLES = new WeakMap<readonly Point[], Map<string, PointTable>>();

/** Devices of one profile share the list of its points, and so their table. */
export function pointTable(description: Description): PointTable {
  const { points, staleAfterMs, pollMs } = description;
  const known = TABLES.get(points) ?? new Map<string, PointTable>();
  TABLES.set(points, known);
  const key = `${staleAfterMs} ${pollMs}`;
  const found = known.get(key) ?? new PointTable(description);
  known.set(key, found);
  return found;
}
