import type { PollDevice, StreamDevice } from '../../drivers/contract/driver.ts';
import { toFault } from '../../drivers/contract/fault.ts';
import type { Point, Value } from '../../drivers/contract/reading.ts';
import type { Member } from '../bus/member.ts';
import type { DeviceControl, PointsRead, WriteResult } from './control.ts';
import { Halves } from './halves.ts';
import { PolledDevice } from './polled-device.ts';
import type { PolledDeviceOptions } from './polled-device-options.ts';
import type { DeviceSnapshot, Health } from './snapshot.ts';
import { StreamingDevice, type StreamingDeviceOptions } from './streaming-device.ts';

/** A device whose driver says that it talks and is asked. */
type Asked = StreamDevice & { readonly asked: PollDevice };

export interface TwofoldDeviceOptions {
  readonly device: Asked;
  /** Of both halves. */
  readonly talking: Omit<StreamingDeviceOptions, 'device'>;
  readonly asking: Omit<PolledDeviceOptions, 'device' | 'id' | 'bus' | 'clock' | 'events' | 'allow'>;
}

/** An asked half is stale after so many of its shortest periods, where these are longer than the device's own time. */
const STALE_PERIODS = 3;

/**
 * A device that talks by itself and can be asked: two halves, each as it would be alone, under one name. It is online while
 * either has something good to say; a frame or a poll that gave nothing is told of its half, and the points of the other one
 * go on.
 */
export class TwofoldDevice implements DeviceControl {
  readonly kind = 'twofold';
  readonly id: string;
  readonly points: readonly Point[];
  readonly allow: readonly string[];
  readonly loaded = true;
  readonly #talking: StreamingDevice;
  readonly #asking: PolledDevice;
  readonly #isAsked: ReadonlySet<string>;
  /** Some point comes by itself. */
  readonly #talks: boolean;

  constructor({ device, talking, asking }: TwofoldDeviceOptions) {
    const { id, bus, clock, events, allow } = talking;
    this.id = id;
    this.allow = allow;
    // for judging the age of a value, the device's own period is that of the points that are asked
    const isAsked = new Set(device.asked.points.map(({ name }) => name));
    const asked = device.points.filter(({ name }) => isAsked.has(name));
    const told = device.points.filter(({ name }) => !isAsked.has(name));
    const withPeriod = (point: Point) => ({ ...point, pollMs: point.pollMs ?? asking.pollMs });
    this.points = device.points.map((point) => (isAsked.has(point.name) ? withPeriod(point) : point));
    this.#isAsked = isAsked;
    this.#talks = told.length > 0;
    const halves = new Halves(id, events, this.#talks);
    this.#talking = new StreamingDevice({
      ...talking,
      device: { ...device, points: told },
      events: halves.of('talks'),
    });
    const shortest = Math.min(...asked.map(({ pollMs }) => pollMs ?? asking.pollMs));
    const staleAfterMs = Math.max(asking.staleAfterMs, STALE_PERIODS * shortest);
    const own = { id, bus, clock, allow, staleAfterMs, events: halves.of('asked') };
    this.#asking = new PolledDevice({ ...asking, ...own, device: { ...device.asked, points: asked } });
  }

  /** The members that the bus runs. */
  get members(): readonly Member[] {
    return [this.#asking, this.#talking];
  }

  async read(names: readonly string[], signal: AbortSignal): Promise<Readonly<Record<string, Value>>> {
    const { told, asked } = this.#parted(names);
    const heard = told.length > 0 ? await this.#talking.read(told, signal) : {};
    return asked.length > 0 ? { ...heard, ...(await this.#asking.read(asked, signal)) } : heard;
  }

  async readEach(names: readonly string[], signal: AbortSignal): Promise<PointsRead> {
    const { told, asked } = this.#parted(names);
    if (asked.length === 0) return await this.#talking.readEach(told, signal);
    const read = await this.#asking.readEach(asked, signal);
    if (told.length === 0) return read;
    const heard = await this.#heard(told, signal);
    return {
      values: { ...heard.values, ...read.values },
      faults: { ...heard.faults, ...read.faults },
      doubtful: [...(heard.doubtful ?? []), ...(read.doubtful ?? [])],
    };
  }

  check(values: ReadonlyMap<string, Value>): void {
    this.#asking.check(values);
  }

  async write(): Promise<WriteResult> {
    return await this.#talking.write();
  }

  pause(): void {
    this.#talking.pause();
    this.#asking.pause();
  }

  resume(): void {
    this.#talking.resume();
    this.#asking.resume();
  }

  snapshot(): DeviceSnapshot {
    const talking = this.#talking.snapshot();
    const asking = this.#asking.snapshot();
    const { unreadable, fault } = asking;
    // of a device that is there and answers nothing, no point that is asked can be read
    const silent = fault === null || talking.health !== 'online' || asking.health === 'online' ? [] : this.#isAsked;
    return {
      ...talking,
      health: this.#talks ? healthOf(talking.health, asking.health) : asking.health,
      lastGoodAt: newest(talking.lastGoodAt, asking.lastGoodAt),
      fault: (this.#talks ? talking.fault : null) ?? fault,
      latencyMs: asking.latencyMs,
      timeoutMs: asking.timeoutMs,
      readings: talking.readings + asking.readings,
      failures: talking.failures + asking.failures,
      unreadable:
        unreadable.length > 0 ? unreadable : Array.from(silent, (point) => ({ point, code: fault ?? 'device/silent' })),
    };
  }

  #parted(names: readonly string[]): { readonly told: readonly string[]; readonly asked: readonly string[] } {
    const told = names.filter((name) => !this.#isAsked.has(name));
    return { told, asked: names.filter((name) => this.#isAsked.has(name)) };
  }

  /** That it has fallen silent does not cost the points that were asked. */
  async #heard(names: readonly string[], signal: AbortSignal): Promise<PointsRead> {
    try {
      return await this.#talking.readEach(names, signal);
    } catch (thrown) {
      const { code } = toFault(thrown);
      return { values: {}, faults: Object.fromEntries(names.map((name) => [name, code])) };
    }
  }
}

function healthOf(talking: Health, asking: Health): Health {
  const both = [talking, asking];
  return (['paused', 'online', 'starting'] as const).find((health) => both.includes(health)) ?? 'offline';
}

function newest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
