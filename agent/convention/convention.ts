import type { Duration } from '../../drivers/contract/duration.ts';
import type { Identity } from '../../drivers/contract/identity.ts';
import type { Point } from '../../drivers/contract/reading.ts';
import type { IncomingMessage, OutgoingMessage } from '../link/link.ts';
import type { OutboxRecord } from '../outbox/outbox.ts';

/** A convention's view of a device. */
export interface PlantDevice {
  readonly id: string;
  /** For people; absent: made from the id. */
  readonly label?: string | undefined;
  /** The known identity now: a device tells of itself while the agent runs. */
  readonly identity: Identity;
  /** With what they mean. */
  readonly points: readonly Point[];
  /** The payload of its topic `meta`; absent: it has none. */
  readonly meta?: string | undefined;
}

/** A convention's view of the plant; but for the devices' accounts of themselves it does not change while the agent runs. */
export interface PlantView {
  readonly gateway: string;
  readonly devices: readonly PlantDevice[];
}

/** The newest values of a device. */
export interface DeviceState {
  /** Wall clock of the newest sample, milliseconds since 1970. */
  readonly wall: number;
  /** JSON `"name":value,…` of all its values. */
  readonly members: string;
  /** Plain text of those that the broker does not have yet; empty where nobody wants them. */
  readonly plain: readonly (readonly [point: string, text: string])[];
}

export type PlantChange =
  | { readonly kind: 'availability'; readonly device: string; readonly online: boolean }
  /** The plant knows what it is now. */
  | { readonly kind: 'identity'; readonly device: string }
  | { readonly kind: 'state'; readonly device: string; readonly state: DeviceState }
  /** `text` is the whole status as JSON. */
  | { readonly kind: 'status'; readonly text: string };

export interface Message extends OutgoingMessage {
  /** So long nothing is sent before it: for an audience that must have taken in what came before. */
  readonly after?: Duration | undefined;
}

/**
 * How one audience hears the plant over MQTT. Pure: it makes messages and sends none, and the same calls give the same
 * messages. The publisher of its link speaks it.
 */
export interface Convention {
  readonly name: 'fieldward' | 'home-assistant' | 'sparkplug-b';
  /** Asked for each CONNECT, counted from 0; also the message before an ordinary goodbye. A link has one will. */
  will?(connection: number): OutgoingMessage;
  /** The first message of the link itself on that connection: it takes back the will. */
  hello?(connection: number): OutgoingMessage;
  readonly subscriptions: readonly string[];
  /**
   * The messages that go out once on each connection and when `heard` asks for them, one after the other. The plant
   * tells its changes again by itself after each connect.
   */
  births(plant: PlantView, connection: number): Iterable<Message>;
  changed(change: PlantChange, plant: PlantView): Iterable<OutgoingMessage>;
  /** Absent: it carries no readings. @param late whether it waited in the outbox while the broker was away */
  reading?(record: OutboxRecord, late: boolean): OutgoingMessage;
  /** Takes a message of its subscriptions: `births` are to be said again, or nothing follows from it. */
  heard?(message: IncomingMessage): 'births' | undefined;
}
