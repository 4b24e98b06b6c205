import { ID_PATTERN } from '../../../drivers/schema/text.ts';
import { type DeviceView, emptyView, observe, type ViewState } from '../../cli/top/state.ts';
import { MOST_GATEWAYS, MOST_POINTS, MOST_SHOWN_DEVICES } from '../limits.ts';
import type { PlantEvent } from '../wire.ts';
import { LeftOut } from './left-out.ts';
import { shownDevice, shownGateway, shownValues } from './shown.ts';

/** Everything that a page is told, but for how the console itself is. */
export type PlantNews = Omit<PlantEvent, 'at' | 'broker'>;

/** Hears of every newest value. */
export type ValueHeard = (device: string, point: string, view: DeviceView) => void;

export interface PlantBounds {
  readonly gateways: number;
  readonly devices: number;
  readonly points: number;
}

const BOUNDS: PlantBounds = { gateways: MOST_GATEWAYS, devices: MOST_SHOWN_DEVICES, points: MOST_POINTS };

/** The gateways below one prefix as their messages tell them, and the changes since the last call of `take`. */
export class HeardPlant {
  readonly #prefix: string;
  readonly #bounds: PlantBounds;
  readonly #heard: ValueHeard;
  readonly #forgotten: (device: string) => void;
  readonly #views = new Map<string, ViewState>();
  readonly #leftOut = new LeftOut();
  #devices = 0;
  #points = 0;
  // since the last `take`
  readonly #gateways = new Set<string>();
  readonly #changed = new Map<string, readonly [gateway: string, device: string]>();
  readonly #values = new Map<string, Set<string>>();
  readonly #gone = new Set<string>();
  #leftOutTold = 0;

  /** @param prefix `fieldward` */
  constructor(
    prefix: string,
    events: { readonly value: ValueHeard; readonly forgotten: (device: string) => void },
    bounds: PlantBounds = BOUNDS,
  ) {
    this.#prefix = prefix;
    this.#heard = events.value;
    this.#forgotten = events.forgotten;
    this.#bounds = bounds;
  }

  /** One gateway as it is known, or undefined. */
  view(gateway: string): ViewState | undefined {
    return this.#views.get(gateway);
  }

  /** How many gateways and devices found no room. */
  get leftOut(): number {
    return this.#leftOut.count;
  }

  /** One message. One on no topic of a gateway, without sense or without room changes nothing that is kept. */
  hear(topic: string, payload: string): void {
    if (!topic.startsWith(`${this.#prefix}/`)) return;
    const [gateway = '', first = '', second, ...more] = topic.slice(this.#prefix.length + 1).split('/');
    if (more.length > 0 || !ID_PATTERN.test(gateway) || (second !== undefined && !ID_PATTERN.test(first))) return;
    const device = second === undefined ? undefined : first;
    if (payload === '') {
      this.#cleared(gateway, device, second ?? first);
      return;
    }
    const before = this.#views.get(gateway);
    if (before === undefined && this.#views.size >= this.#bounds.gateways) {
      this.#leftOut.add(gateway);
      return;
    }
    const old = before ?? emptyView(`${this.#prefix}/${gateway}`);
    const fresh = device === undefined ? undefined : old.devices.get(device);
    if (device !== undefined && fresh === undefined && this.#devices >= this.#bounds.devices) {
      this.#leftOut.add(`${gateway}/${device}`);
      return;
    }
    const next = this.#bounded(gateway, old, observe(old, topic, payload));
    if (next === old) return;
    this.#views.set(gateway, next);
    this.#gone.delete(gateway);
    if (device === undefined) this.#ofGateway(gateway, old, next);
    else this.#ofDevice(gateway, device, old, next);
  }

  /** All of it. */
  all(): PlantNews {
    const views = [...this.#views];
    return {
      gateways: views.map(([id, view]) => shownGateway(id, view)),
      devices: views.flatMap(([id, view]) => Array.from(view.devices.values(), (device) => shownDevice(id, device))),
      values: views.flatMap(([id, view]) =>
        [...view.devices.values()]
          .filter(({ values }) => values.size > 0)
          .map((device) => shownValues(view, id, device, device.values.keys())),
      ),
      gone: [],
      leftOut: this.#leftOut.count,
    };
  }

  /** The changes since the last time; undefined: there are none. */
  take(): PlantNews | undefined {
    const leftOut = this.#leftOut.count;
    const sizes = [this.#gateways.size, this.#changed.size, this.#values.size, this.#gone.size];
    if (leftOut === this.#leftOutTold && sizes.every((size) => size === 0)) return undefined;
    const news: PlantNews = {
      gateways: [...this.#gateways].flatMap((id) => {
        const view = this.#views.get(id);
        return view === undefined ? [] : [shownGateway(id, view)];
      }),
      devices: [...this.#changed.values()].flatMap(([id, device]) => {
        const found = this.#views.get(id)?.devices.get(device);
        return found === undefined ? [] : [shownDevice(id, found)];
      }),
      values: [...this.#values].flatMap(([key, points]) => {
        const [id = '', device = ''] = key.split('/');
        const view = this.#views.get(id);
        const found = view?.devices.get(device);
        return view === undefined || found === undefined ? [] : [shownValues(view, id, found, points)];
      }),
      gone: [...this.#gone],
      leftOut,
    };
    for (const each of [this.#gateways, this.#changed, this.#values, this.#gone]) each.clear();
    this.#leftOutTold = leftOut;
    return news;
  }

  #ofGateway(gateway: string, old: ViewState, next: ViewState): void {
    this.#gateways.add(gateway);
    for (const [id, device] of next.devices) {
      const before = old.devices.get(id);
      if (before === undefined || !isSame(before, device)) this.#changed.set(`${gateway}/${id}`, [gateway, id]);
      // whether values can be believed follows from the gateway and from the health
      const isOther = before === undefined || old.online !== next.online || before.health !== device.health;
      if ((isOther || before.unreadable.length + device.unreadable.length > 0) && device.values.size > 0) {
        this.#valuesOf(gateway, id);
      }
    }
  }

  #ofDevice(gateway: string, id: string, old: ViewState, next: ViewState): void {
    const key = `${gateway}/${id}`;
    const [before, device] = [old.devices.get(id), next.devices.get(id)];
    if (device === undefined) return;
    this.#gone.delete(key);
    // the first word of a gateway may come from one of its devices
    if (old.devices.size === 0) this.#gateways.add(gateway);
    const isState = device.values !== before?.values;
    if (!isState || before === undefined || !hasSamePoints(before, device)) this.#changed.set(key, [gateway, id]);
    if (!isState) {
      if (before?.health !== device.health && device.values.size > 0) this.#valuesOf(gateway, id);
      return;
    }
    const points = this.#valuesOf(gateway, id);
    for (const [point, value] of device.values) {
      if (!Object.is(value, before?.values.get(point)) || before?.values.has(point) !== true) points.add(point);
      this.#heard(key, point, device);
    }
  }

  /** An empty message: the broker keeps the topic no longer. A device and a gateway go with their availability. */
  #cleared(gateway: string, device: string | undefined, last: string): void {
    const view = this.#views.get(gateway);
    if (last !== 'availability') return;
    this.#leftOut.remove(device === undefined ? gateway : `${gateway}/${device}`);
    if (view === undefined) return;
    if (device === undefined) {
      for (const id of view.devices.keys()) this.#forget(gateway, view, id);
      this.#views.delete(gateway);
      this.#gateways.delete(gateway);
      this.#gone.add(gateway);
    } else if (view.devices.has(device)) {
      this.#forget(gateway, view, device);
      const devices = new Map(view.devices);
      devices.delete(device);
      this.#views.set(gateway, { ...view, devices });
    }
  }

  #forget(gateway: string, view: ViewState, id: string): void {
    const key = `${gateway}/${id}`;
    this.#devices -= 1;
    this.#points -= pointsOf(view.devices.get(id));
    this.#changed.delete(key);
    this.#values.delete(key);
    this.#gone.add(key);
    this.#forgotten(key);
  }

  /** The same within the bounds of the console: devices and points that find no room are left out. */
  #bounded(gateway: string, old: ViewState, next: ViewState): ViewState {
    if (next.devices === old.devices) return next;
    let devices: Map<string, DeviceView> | undefined;
    for (const [id, device] of next.devices) {
      const before = old.devices.get(id);
      if (before === device) continue;
      const more = pointsOf(device) - pointsOf(before);
      const hasRoom = before !== undefined || this.#devices < this.#bounds.devices;
      if (hasRoom && (more <= 0 || this.#points + more <= this.#bounds.points)) {
        if (before === undefined) this.#devices += 1;
        this.#points += more;
        this.#leftOut.remove(`${gateway}/${id}`);
        continue;
      }
      this.#leftOut.add(`${gateway}/${id}`);
      devices ??= new Map(next.devices);
      if (before === undefined) devices.delete(id);
      else devices.set(id, before);
    }
    return devices === undefined ? next : { ...next, devices };
  }

  #valuesOf(gateway: string, device: string): Set<string> {
    const key = `${gateway}/${device}`;
    const points = this.#values.get(key) ?? new Set();
    this.#values.set(key, points);
    return points;
  }
}

/** Values and meanings take room, and the broker may tell more of the one or of the other. */
function pointsOf(device: DeviceView | undefined): number {
  return Math.max(device?.values.size ?? 0, device?.meta?.size ?? 0);
}

/** Whether the status said the same of it as before. */
function isSame(before: DeviceView, device: DeviceView): boolean {
  return (['bus', 'health', 'fault', 'latencyMs', 'lastGoodAt'] as const).every((key) => before[key] === device[key]);
}

function hasSamePoints(before: DeviceView, device: DeviceView): boolean {
  if (before.values.size !== device.values.size) return false;
  for (const point of device.values.keys()) if (!before.values.has(point)) return false;
  return true;
}
