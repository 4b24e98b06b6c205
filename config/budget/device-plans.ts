import type { Dialogue } from '../../drivers/contract/dialogue.ts';
import { askedPart, type Device, type PollDevice } from '../../drivers/contract/driver.ts';
import type { Point, Value } from '../../drivers/contract/reading.ts';

/** A device's points of one period, and the bit that stands for them. */
export interface PeriodGroup {
  /** Milliseconds; 0: as often as the bus allows. */
  readonly period: number;
  readonly points: readonly string[];
}

/** Of up to so many periods every combination is looked at: 63 plans. */
const MOST_COMBINED = 6;

/** So many polls of a device are followed to see which periods share requests; then sharing counts as far as seen. */
const MOST_FOLLOWED = 1024;

/**
 * The dialogues of a device for these points; nothing where its driver throws. That is a matter of this device alone,
 * told while it runs: the config is no worse for it, nor are the devices beside it.
 */
export function planOf(device: PollDevice, names: readonly string[]): readonly Dialogue[] | undefined {
  try {
    return device.plan(names);
  } catch {
    return undefined;
  }
}

/** The dialogue that asks for its identity; nothing where there is none, or its driver throws. */
export function identificationOf(device: PollDevice): Dialogue | undefined {
  try {
    return device.identify?.();
  } catch {
    return undefined;
  }
}

/** The longest silence that a device's protocol needs before a request, milliseconds. */
export function quietOf(device: Device): number {
  const asked = askedPart(device);
  if (asked === undefined) return 0;
  return quietBefore(
    planOf(
      asked,
      asked.points.map(({ name }) => name),
    ) ?? [],
  );
}

/** The longest silence that is kept before any request of these, milliseconds. */
export function quietBefore(dialogues: readonly Dialogue[]): number {
  const legs = dialogues.flatMap(({ cost }) => cost.most);
  return legs.reduce((longest, leg) => Math.max(longest, leg.quietBefore), 0);
}

/** The dialogues of a device, by the points that are due. Points of different periods that are due together share requests. */
export class DevicePlans {
  /** Shortest period first. */
  readonly groups: readonly PeriodGroup[];
  readonly whole: readonly Dialogue[];
  /** Its driver throws where it is asked for all points. */
  readonly isFailed: boolean;
  readonly #device: PollDevice;
  readonly #known = new Map<string, readonly Dialogue[]>();
  #polls: readonly (readonly Dialogue[])[] | undefined;
  #writes: readonly Dialogue[] | undefined;

  /** @param pollMs the period of points without their own */
  constructor(device: PollDevice, pollMs: number) {
    this.#device = device;
    this.groups = groupsOf(device.points, pollMs);
    const whole = this.#plan(this.groups);
    this.isFailed = whole === undefined;
    this.whole = whole ?? [];
    this.#known.set(keyOf(this.groups), this.whole);
  }

  of(groups: readonly PeriodGroup[]): readonly Dialogue[] {
    const key = keyOf(groups);
    const known = this.#known.get(key) ?? this.#plan(groups) ?? [];
    this.#known.set(key, known);
    return known;
  }

  #plan(groups: readonly PeriodGroup[]): readonly Dialogue[] | undefined {
    return planOf(
      this.#device,
      groups.flatMap(({ points }) => points),
    );
  }

  /**
   * Everything that one poll may ask. Fewer points can need more requests than all, because no point lies in the hole
   * between two of them. Of a device with many periods the groups' own plans, one after the other, stand for the rest.
   */
  polls(): readonly (readonly Dialogue[])[] {
    this.#polls ??= this.#combined();
    return this.#polls;
  }

  #combined(): readonly (readonly Dialogue[])[] {
    const { groups } = this;
    if (groups.length > MOST_COMBINED) return [this.whole, groups.flatMap((group) => this.of([group]))];
    const polls: (readonly Dialogue[])[] = [];
    for (let mask = 1; mask < 1 << groups.length; mask++) {
      polls.push(this.of(groups.filter((_, index) => (mask & (1 << index)) !== 0)));
    }
    return polls;
  }

  /**
   * The share of the time that its periods need, as they fall due from a common start and share requests where they
   * fall due together. Points without a period take what is left.
   */
  load(cost: (dialogues: readonly Dialogue[]) => number): number {
    const promised = this.groups.filter(({ period }) => period > 0);
    const alone = promised.reduce((total, group) => total + cost(this.of([group])) / group.period, 0);
    if (promised.length < 2) return alone;
    const due = promised.map(() => 0);
    let busy = 0;
    for (let polls = 0; ; polls++) {
      const now = Math.min(...due);
      // all together again: from here on it repeats itself
      if (now > 0 && due.every((at) => at === now)) return busy / now;
      if (polls === MOST_FOLLOWED) return Math.min(busy / now, alone);
      const isDue = due.map((at) => at === now);
      busy += cost(this.of(promised.filter((_, index) => isDue[index])));
      for (const [index, { period }] of promised.entries()) if (isDue[index]) due[index] = now + period;
    }
  }

  /** The dialogues that a write may ask; nothing where no point can be written. */
  writes(): readonly Dialogue[] {
    this.#writes ??= this.#written(this.#device.points.filter((point) => point.writable));
    return this.#writes;
  }

  #written(writable: readonly Point[]): readonly Dialogue[] {
    return this.#write(writable) ?? writable.flatMap((point) => this.#write([point]) ?? []);
  }

  #write(points: readonly Point[]): readonly Dialogue[] | undefined {
    if (points.length === 0) return undefined;
    try {
      return this.#device.write(new Map(points.map((point) => [point.name, sampleOf(point)])));
    } catch {
      // refused: two points may lie on one register, or none of the driver's values is ours to guess
      return undefined;
    }
  }
}

function keyOf(groups: readonly PeriodGroup[]): string {
  return groups.map(({ period }) => period).join();
}

function groupsOf(points: readonly Point[], pollMs: number): readonly PeriodGroup[] {
  const byPeriod = new Map<number, string[]>();
  for (const { name, pollMs: own = pollMs } of points) {
    const names = byPeriod.get(own);
    if (names) names.push(name);
    else byPeriod.set(own, [name]);
  }
  return [...byPeriod].sort(([a], [b]) => a - b).map(([period, names]) => ({ period, points: names }));
}

/** Any value that the point takes: the length of a write does not depend on it. */
function sampleOf({ type, min, max, choices, action }: Point): Value {
  if (choices?.[0] !== undefined) return choices[0];
  if (action) return true;
  if (type === 'boolean') return false;
  return type === 'text' ? '' : (min ?? Math.min(0, max ?? 0));
}
