import type { OutgoingMessage } from './link.ts';

/** How each topic is published. The reference page is made from this as well. */
export const DELIVERY = {
  availability: { qos: 1, retain: true },
  status: { qos: 1, retain: true },
  deviceAvailability: { qos: 1, retain: true },
  state: { qos: 0, retain: true },
  value: { qos: 0, retain: true },
  identity: { qos: 1, retain: true },
  // at QoS 0 an access list that does not know the topic yet costs nothing but the message
  meta: { qos: 0, retain: true },
  readings: { qos: 1, retain: false },
  reply: { qos: 1, retain: false },
} as const satisfies Readonly<Record<string, Pick<OutgoingMessage, 'qos' | 'retain'>>>;

/** The names under which a gateway publishes: `fieldward/plant7-gw01/…`. */
export class Topics {
  /** The prefix and the gateway, without a slash at the end. */
  readonly root: string;

  constructor(prefix: string, gateway: string) {
    this.root = `${prefix}/${gateway}`;
  }

  /** Those of another prefix or name. @param root `PREFIX/GATEWAY` */
  static under(root: string): Topics {
    const slash = root.lastIndexOf('/');
    return new Topics(root.slice(0, slash), root.slice(slash + 1));
  }

  /** Also the topic of the will. */
  get availability(): string {
    return `${this.root}/availability`;
  }

  get status(): string {
    return `${this.root}/status`;
  }

  deviceAvailability(device: string): string {
    return `${this.root}/${device}/availability`;
  }

  state(device: string): string {
    return `${this.root}/${device}/state`;
  }

  value(device: string, point: string): string {
    return `${this.root}/${device}/values/${point}`;
  }

  identity(device: string): string {
    return `${this.root}/${device}/identity`;
  }

  /** The meaning of its points. */
  meta(device: string): string {
    return `${this.root}/${device}/meta`;
  }

  /** The topics that the broker keeps of a device. @param points that have a topic of their own */
  retainedOf(device: string, points: Iterable<string> = []): readonly string[] {
    const own = [this.deviceAvailability(device), this.state(device), this.identity(device), this.meta(device)];
    return [...own, ...this.valuesOf(device, points)];
  }

  valuesOf(device: string, points: Iterable<string>): readonly string[] {
    return Array.from(points, (point) => this.value(device, point));
  }

  /** The topics that it keeps of the gateway itself. */
  get retained(): readonly string[] {
    return [this.availability, this.status];
  }

  readings(device: string): string {
    return `${this.root}/${device}/readings`;
  }
}
