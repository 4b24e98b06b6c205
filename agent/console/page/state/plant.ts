import type { PlantEvent, Shown, ShownDevice, ShownGateway, ShownPoint, ShownValues } from '../../wire.ts';
import type { Wakes } from './wakes.ts';

export interface ValueNow {
  readonly value: Shown;
  readonly at: number;
  /** `good`, or why it is not. */
  readonly quality: string;
}

export interface DeviceNow {
  /** `plant7-gw01/meter-1` */
  readonly key: string;
  readonly told: ShownDevice;
  /** The text in which a search finds it, in small letters. */
  readonly words: string;
  readonly values: ReadonlyMap<string, ValueNow>;
  /** The newest time of its state: for then its good values hold. */
  readonly toldAt: number;
  readonly points: ReadonlyMap<string, ShownPoint>;
}

interface Held extends DeviceNow {
  told: ShownDevice;
  words: string;
  points: ReadonlyMap<string, ShownPoint>;
  toldAt: number;
  readonly values: Map<string, ValueNow>;
}

/** Topics of the wakes that the plant touches. */
export const ROSTER = 'roster';
export const LINE = 'line';
/** The quality of some value has changed. */
export const QUALITIES = 'qualities';
export const gatewayTopic = (id: string): string => `g/${id}`;
export const deviceTopic = (key: string): string => `d/${key}`;
export const valuesTopic = (key: string): string => `v/${key}`;

export function keyOf({ gateway, id }: ShownDevice): string {
  return `${gateway}/${id}`;
}

/** Everything that the console's server has told, in the newest state of each part. */
export class PlantNow {
  readonly #gateways = new Map<string, ShownGateway>();
  readonly #devices = new Map<string, Held>();
  readonly #wakes: Wakes;
  #sorted: { readonly gateways: readonly ShownGateway[]; readonly devices: readonly DeviceNow[] } | undefined;
  #broker: PlantEvent['broker'] | undefined;
  #leftOut = 0;
  #ahead = 0;
  #qualityRound = 0;

  constructor(wakes: Wakes) {
    this.#wakes = wakes;
  }

  /** undefined: nothing has been told yet. */
  get broker(): PlantEvent['broker'] | undefined {
    return this.#broker;
  }

  /** Gateways, devices and points beyond what the console keeps. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** By how much the server's clock is ahead of the one here, milliseconds: ages are counted by the server's. */
  get aheadMs(): number {
    return this.#ahead;
  }

  /** Another number each time the quality of some value has changed. */
  get qualityRound(): number {
    return this.#qualityRound;
  }

  gateway(id: string): ShownGateway | undefined {
    return this.#gateways.get(id);
  }

  device(key: string): DeviceNow | undefined {
    return this.#devices.get(key);
  }

  /** In the order of their names. The lists are new ones when the roster was touched. */
  get gateways(): readonly ShownGateway[] {
    return this.#lists().gateways;
  }

  get devices(): readonly DeviceNow[] {
    return this.#lists().devices;
  }

  /**
   * @param whole it tells all that there is
   * @param heardAt when it came, by the clock here
   */
  take(event: PlantEvent, whole: boolean, heardAt: number): void {
    this.#ahead = event.at - heardAt;
    if (event.broker !== this.#broker || event.leftOut !== this.#leftOut) {
      this.#broker = event.broker;
      this.#leftOut = event.leftOut;
      this.#wakes.touch(LINE);
    }
    if (whole) this.#forgetAll();
    for (const name of event.gone) this.#forget(name);
    for (const gateway of event.gateways) this.#takeGateway(gateway);
    for (const device of event.devices) this.#takeDevice(device);
    for (const values of event.values) this.#takeValues(values);
  }

  #takeGateway(gateway: ShownGateway): void {
    const before = this.#gateways.get(gateway.id);
    this.#gateways.set(gateway.id, gateway);
    this.#sorted = undefined;
    this.#wakes.touch(gatewayTopic(gateway.id));
    if (before === undefined || signOf(before) !== signOf(gateway)) this.#wakes.touch(ROSTER);
  }

  #takeDevice(told: ShownDevice): void {
    const key = keyOf(told);
    const held = this.#devices.get(key);
    if (held === undefined) {
      this.#devices.set(key, { key, told, words: wordsOf(told), values: new Map(), points: byName(told), toldAt: 0 });
      this.#sorted = undefined;
      this.#wakes.touch(ROSTER);
    } else {
      const alike = rosterOf(held.told) === rosterOf(told);
      held.told = told;
      held.points = byName(told);
      if (!alike) {
        held.words = wordsOf(told);
        this.#sorted = undefined;
        this.#wakes.touch(ROSTER);
      }
    }
    this.#wakes.touch(deviceTopic(key));
  }

  #takeValues({ gateway, device, at, values, quality = {} }: ShownValues): void {
    const key = `${gateway}/${device}`;
    const held = this.#devices.get(key);
    if (held === undefined) return;
    held.toldAt = Math.max(held.toldAt, at);
    let alike = true;
    const set = (point: string, now: ValueNow) => {
      alike &&= held.values.get(point)?.quality === now.quality;
      held.values.set(point, now);
    };
    for (const [point, value] of Object.entries(values)) {
      const why = Object.hasOwn(quality, point) ? quality[point] : undefined;
      set(point, { value, at, quality: why ?? 'good' });
    }
    for (const [point, why] of Object.entries(quality)) {
      if (Object.hasOwn(values, point)) continue;
      const before = held.values.get(point);
      set(point, { value: before?.value ?? null, at: before?.at ?? at, quality: why });
    }
    if (!alike) {
      this.#qualityRound += 1;
      this.#wakes.touch(QUALITIES);
    }
    this.#wakes.touch(valuesTopic(key));
  }

  #forget(name: string): void {
    if (this.#devices.delete(name) || this.#gateways.delete(name)) {
      this.#sorted = undefined;
      this.#wakes.touch(ROSTER);
    }
  }

  #forgetAll(): void {
    for (const key of this.#devices.keys()) this.#wakes.touch(deviceTopic(key));
    for (const id of this.#gateways.keys()) this.#wakes.touch(gatewayTopic(id));
    this.#devices.clear();
    this.#gateways.clear();
    this.#sorted = undefined;
    this.#wakes.touch(ROSTER);
  }

  #lists(): { readonly gateways: readonly ShownGateway[]; readonly devices: readonly DeviceNow[] } {
    this.#sorted ??= {
      gateways: [...this.#gateways.values()].sort((a, b) => compare(a.id, b.id)),
      devices: [...this.#devices.values()].sort((a, b) => compare(a.key, b.key)),
    };
    return this.#sorted;
  }
}

/** Numbers in names count as numbers: `unit-2` comes before `unit-10`. */
const { compare } = new Intl.Collator('en', { numeric: true });

function byName({ points }: ShownDevice): ReadonlyMap<string, ShownPoint> {
  return new Map(points.map((point) => [point.name, point]));
}

function wordsOf(told: ShownDevice): string {
  return [
    ...[told.gateway, told.id, told.label, told.bus, told.driver, told.health],
    ...[told.fault?.code, told.fault?.message, ...Object.values(told.identity ?? {})],
  ]
    .filter((word) => typeof word === 'string')
    .join(' ')
    .toLowerCase();
}

/** The facts that lists are made of: as long as they are the same, no list has to be made anew. */
function rosterOf({ label, bus, driver, health, fault, identity, points }: ShownDevice): string {
  const named = points.map(({ name, label: own, unit, quantity }) => [name, own, unit, quantity]);
  return JSON.stringify([label, bus, driver, health, fault?.code, identity, named]);
}

function signOf({ online, link, outbox, buses }: ShownGateway): string {
  const lines = buses.map(({ id, open, fault }) => [id, open, fault?.code]);
  return JSON.stringify([online, link.certificateDaysLeft, outbox.durable, outbox.dropped, lines]);
}
