import { Fault, systemFault, toFault } from '../../../drivers/contract/fault.ts';
import type { Point, Sample, Value } from '../../../drivers/contract/reading.ts';
import { holds } from '../../../drivers/schema/same-value.ts';
import type { Clock, Instant } from '../../clock/clock.ts';
import type { DeviceControl } from '../../device/control.ts';
import { DiskGate } from '../../files/disk-gate.ts';
import type { Log } from '../../log/log.ts';
import type { CommandOutcome } from '../job.ts';
import { INTERLOCK_FRESH, TURN_LIMIT } from '../limits.ts';
import { PointWrites } from './counts.ts';
import type { Moment } from './day.ts';
import { readWrites, storeWrites } from './file.ts';
import { KeyedMutex } from './keyed-mutex.ts';

export interface WriteRulesOptions {
  /** All that there are: none is added later, so their kept records are bounded. */
  readonly devices: Iterable<{ readonly id: string; readonly points: readonly Point[] }>;
  readonly clock: Clock;
  readonly log: Log;
  /** `commands.directory`; absent: a restart forgets what was counted. */
  readonly directory?: string | undefined;
  /** Other parts on the same disk wait at the same gate. */
  readonly gate?: DiskGate | undefined;
}

type Values = ReadonlyMap<string, Value>;
type Device = { readonly id: string };
type Reader = Pick<DeviceControl, 'read' | 'readExactly'>;

/** A write between `begin` and `settled`. */
interface Begun {
  readonly undo: () => void;
  /** When each of its points was written before. */
  readonly previous: ReadonlyMap<PointWrites, Instant | undefined>;
  /** When its interlocks were found to hold; undefined where it has none. */
  heldAt: Instant | undefined;
}

interface Change {
  readonly from: Value | undefined;
  readonly to: Value;
  readonly lastAt: Instant | undefined;
  readonly now: Instant;
}

/**
 * The config's rules for the time of a write: select first, so many writes a day, so much time between two, so much
 * change in a time, only while another point has a value. Ranges are not its business.
 */
export class WriteRules {
  readonly #options: WriteRulesOptions;
  readonly #startedAt: Instant;
  readonly #points = new Map<string, ReadonlyMap<string, PointWrites>>();
  readonly #begun = new Map<Values, Begun>();
  readonly #turns: KeyedMutex;
  readonly #gate: DiskGate;
  #stored: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(options: WriteRulesOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.#gate = options.gate ?? new DiskGate();
    this.#turns = new KeyedMutex(options.clock, TURN_LIMIT);
    for (const { id, points } of options.devices) {
      const limited = points.filter((point) => point.writable && isLimited(point));
      this.#points.set(id, new Map(limited.map((point) => [point.name, new PointWrites(id, point)])));
    }
  }

  /** Restores what was counted before the restart. A file that can't be read counts as a day used up. */
  async open(_signal: AbortSignal): Promise<void> {
    const { directory, log } = this.#options;
    const all = this.#kept;
    if (directory === undefined || all.length === 0) return;
    const found = await this.#gate.run(() => readWrites(directory));
    if (found.state === 'damaged') {
      log.error('counts of writes are damaged: the day counts as used up', {}, found.mistake);
      for (const writes of all) writes.useUp();
    }
    if (found.state !== 'good') return;
    for (const kept of found.points) this.#points.get(kept.device)?.get(kept.point)?.restore(kept);
  }

  /** Once what is being stored is stored. */
  async close(_signal: AbortSignal): Promise<void> {
    await this.#stored;
  }

  /**
   * Writes to one device run one after the other: no other one may come between the interlock and the write that it
   * allows, nor between a write and its read-back.
   * @throws Fault `command/device-busy`, `internal/cancelled`; else what the work throws
   */
  inTurn<T>(device: Device, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.#turns.run(device.id, signal, work);
  }

  /**
   * Checks all that can be told without asking the device, of all values before any is sent. Counts nothing.
   * @param selected whether this is how points with `confirm: select` are written
   * @throws Fault `command/select-first`, `command/write-budget`, `command/too-soon`, `command/too-fast`
   */
  check(device: Device, values: Values, selected = false): void {
    const moment = this.#moment();
    for (const [writes, value] of this.#limited(device, values)) {
      const { confirm, dailyWrites, minIntervalMs } = writes.point;
      if (confirm === 'select' && !selected) throw new Fault('command/select-first');
      if (dailyWrites !== undefined && writes.today(moment) >= dailyWrites) throw new Fault('command/write-budget');
      const lastAt = writes.lastAt(moment);
      if (minIntervalMs !== undefined && lastAt !== undefined && moment.now - lastAt < minIntervalMs) {
        throw new Fault('command/too-soon');
      }
      if (writes.value !== undefined) {
        this.#checkRate(writes, { from: writes.value, to: value, lastAt, now: moment.now });
      }
    }
  }

  /**
   * Checks all that only the device can tell, by one read: whether each interlock holds, and how far a value is from
   * that of a point that was not written yet.
   * @throws Fault `command/interlock`, `command/too-fast`, `internal/cancelled`
   */
  async interlock(device: Reader & Device, values: Values, signal: AbortSignal): Promise<void> {
    const limited = this.#limited(device, values);
    const locked = limited.flatMap(([{ point }]) => point.writableWhen ?? []);
    const unknown = limited.filter(([{ point, value }]) => point.maxRatePerS !== undefined && value === undefined);
    const names = new Set([...locked.map(({ point }) => point), ...unknown.map(([{ point }]) => point.name)]);
    if (names.size === 0) return;
    const refusal = locked.length > 0 ? 'command/interlock' : 'command/too-fast';
    const read = await this.#read(device, [...names], signal).catch((thrown: unknown) => {
      if (toFault(thrown).code === 'internal/cancelled') throw thrown;
      throw new Fault(refusal, undefined, thrown);
    });
    for (const { point, equals } of locked) {
      const found = read.get(point);
      if (found === undefined || !holds(found, equals)) throw new Fault('command/interlock');
    }
    const moment = this.#moment();
    const begun = this.#begun.get(values);
    for (const [writes, value] of unknown) {
      const lastAt = begun === undefined ? writes.lastAt(moment) : begun.previous.get(writes);
      this.#checkRate(writes, { from: read.get(writes.point.name)?.value, to: value, lastAt, now: moment.now });
    }
    if (begun !== undefined && locked.length > 0) begun.heldAt = moment.now;
  }

  /**
   * Counts a write, at once in memory and then on disk: from here on it counts until `settled` says that nothing was
   * sent. Checks nothing, so that outputs of the agent's own count too.
   * @throws Fault `command/not-recorded` where the disk refuses; a caller that does not write then says `refused` to
   *   `settled`
   */
  async begin(device: Device, values: Values): Promise<void> {
    const moment = this.#moment();
    const limited = this.#limited(device, values);
    const previous = new Map(limited.map(([writes]) => [writes, writes.lastAt(moment)]));
    const undos = limited.map(([writes]) => writes.begin(moment));
    const undo = () => {
      for (const each of undos) each();
    };
    this.#begun.set(values, { undo, previous, heldAt: undefined });
    if (this.#options.directory === undefined || !limited.some(([writes]) => writes.isKept)) return;
    try {
      await this.#store(this.#options.directory);
    } catch (thrown) {
      throw systemFault(thrown, 'command/not-recorded');
    }
  }

  /**
   * To be called as the write leaves the queue of its bus: the time until the next counts from now.
   * @throws Fault `command/interlock` where it waited for so long that its interlock is old news
   */
  leaves(device: Device, values: Values): void {
    const { now } = this.#moment();
    const heldAt = this.#begun.get(values)?.heldAt;
    if (heldAt !== undefined && now - heldAt > INTERLOCK_FRESH) throw new Fault('command/interlock');
    for (const [writes] of this.#limited(device, values)) writes.leaves(now);
  }

  /**
   * After `begin`, always, also where that threw. A write that may have acted stays counted, and the value of the point
   * is then unknown.
   * @param readBack the values that the device gave back
   */
  settled(
    device: Device,
    values: Values,
    outcome: CommandOutcome,
    readBack: Readonly<Record<string, Value>> = {},
  ): void {
    const begun = this.#begun.get(values);
    this.#begun.delete(values);
    if (outcome === 'refused') {
      begun?.undo();
      return;
    }
    const isKnown = outcome === 'applied' || outcome === 'verified';
    for (const [writes, written] of this.#limited(device, values)) {
      const { name } = writes.point;
      const value = Object.hasOwn(readBack, name) ? readBack[name] : written;
      writes.value = isKnown && typeof value === 'number' ? value : undefined;
    }
  }

  get #kept(): readonly PointWrites[] {
    return [...this.#points.values()].flatMap((device) => [...device.values()].filter((writes) => writes.isKept));
  }

  #moment(): Moment {
    const { clock } = this.#options;
    return { now: clock.now(), wall: clock.wall() };
  }

  #limited(device: Device, values: Values): readonly (readonly [PointWrites, Value])[] {
    const points = this.#points.get(device.id);
    // a device that it was not told of would be one without limits
    if (points === undefined) throw new Fault('internal/unexpected');
    if (points.size === 0) return [];
    return [...values].flatMap(([name, value]) => {
      const writes = points.get(name);
      return writes === undefined ? [] : [[writes, value] as const];
    });
  }

  /** A write of before the start, be there one or not, is taken to be as old as the agent. */
  #checkRate({ point: { maxRatePerS } }: PointWrites, { from, to, lastAt, now }: Change): void {
    if (maxRatePerS === undefined) return;
    if (typeof from !== 'number' || typeof to !== 'number') throw new Fault('command/too-fast');
    const since = Math.max(this.#startedAt, lastAt ?? this.#startedAt);
    const most = (maxRatePerS * (now - since)) / 1000;
    // the error in the subtraction of two decimal fractions is forgiven
    const noise = 8 * Number.EPSILON * Math.max(Math.abs(from), Math.abs(to), most);
    if (!(Math.abs(to - from) <= most + noise)) throw new Fault('command/too-fast');
  }

  async #read(device: Reader, names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Sample>> {
    const samples =
      (await device.readExactly?.(names, signal)) ??
      Object.entries(await device.read(names, signal)).map(([point, value]) => ({ point, value }));
    return new Map(samples.map((sample) => [sample.point, sample]));
  }

  /** A caller that comes while the file is being written waits for the next one, which holds all that came meanwhile. */
  #store(directory: string): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    const stored = this.#stored.then(() => {
      this.#next = undefined;
      const moment = this.#moment();
      const points = this.#kept.flatMap((writes) => writes.kept(moment) ?? []);
      return this.#gate.run(() => storeWrites(directory, points));
    });
    this.#next = stored;
    this.#stored = stored.catch(() => undefined);
    return stored;
  }
}

function isLimited({ maxRatePerS, minIntervalMs, dailyWrites, writableWhen, confirm }: Point): boolean {
  return [maxRatePerS, minIntervalMs, dailyWrites, writableWhen, confirm].some((limit) => limit !== undefined);
}
