import type { OutgoingMessage } from './link.ts';

/** How each topic is published. The reference page is made from this as well. */
export const DELIVERY = {
  availability: { qos: 1, retain: true },
  status: { qos: 1, retain: true },
  deviceAvailability: { qos: 1, retain: true },
  state: { qos: 0, retain: true },
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

  readings(device: string): string {
    return `${this.root}/${device}/readings`;
  }
}
