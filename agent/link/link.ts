import type { Fault } from '../../drivers/contract/fault.ts';
import type { CertificateStatus } from './renewal/certificate-end.ts';

export interface OutgoingMessage {
  readonly topic: string;
  /** Text goes as UTF-8. */
  readonly payload: string | Uint8Array;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** MQTT 5 only, like all that follows; left out on 3.1.1. */
  readonly correlationData?: Uint8Array | undefined;
  readonly responseTopic?: string | undefined;
  /** The user property `user` (MQTT 5, 3.3.2.3.7): the name of the user who asks. */
  readonly user?: string | undefined;
}

export interface IncomingMessage {
  readonly topic: string;
  /** At most the link's bound; a longer one is delivered empty with `tooLarge`. */
  readonly payload: Uint8Array;
  readonly tooLarge: boolean;
  readonly retained: boolean;
  readonly responseTopic?: string | undefined;
  readonly correlationData?: Uint8Array | undefined;
  /** The user property `user` (MQTT 5, 3.3.2.3.7), as it came, of at most 256 characters: the user's own word on the name. */
  readonly user?: string | undefined;
}

/** The users of the link hear it through this. The calls must not throw. */
export interface LinkListener {
  connected(): void;
  disconnected(fault: Fault): void;
  /** The broker's answer to the subscriptions of this connection: nothing against them, or why not. */
  subscribed?(fault: Fault | undefined): void;
  /** An attempt to connect failed; the next one follows by itself. */
  failed?(fault: Fault): void;
}

export interface LinkStatus {
  readonly connected: boolean;
  /** Wall clock, milliseconds since 1970; null while disconnected. */
  readonly connectedSince: number | null;
  readonly reconnects: number;
  /** Why the last attempt failed or the last connection ended; null while connected. */
  readonly fault: Fault | null;
  /** The last such trouble since the start, also while connected; null where there was none. */
  readonly lastFault: Fault | null;
  /** Connections that another client of our name ended, as the broker said or as it looks, since the start. */
  readonly takeovers: number;
  /** The place of the connected broker in the config: 0 is `mqtt.url`; null while disconnected. */
  readonly broker: number | null;
  /** The terms of the connection; null while disconnected. */
  readonly terms: LinkTerms | null;
  /** Messages that were not sent because the broker takes none of their size, since the start. */
  readonly tooLarge: number;
  /** Topics that the broker's access list denies on this connection. */
  readonly denied: number;
  readonly certificate: CertificateStatus;
}

/** The messages that the broker takes, as it said or as it was found out. */
export interface LinkTerms {
  readonly version: 4 | 5;
  /** Whether it keeps retained messages. */
  readonly retained: boolean;
  readonly maximumQos: 0 | 1;
  /** Bytes of the largest packet that it takes; null where no bound is known. */
  readonly maximumPacketSize: number | null;
}

/** The connection to the broker. It connects and comes back by itself; nothing is queued while it is away. */
export interface Link {
  /** Listeners and subscriptions are added before the start. */
  listen(listener: LinkListener): void;
  /** @param heard gets every message whose topic the filter asks for, and must not throw */
  subscribe(topicFilter: string, heard: (message: IncomingMessage) => void): void;
  start(): void;
  readonly connected: boolean;
  /** The most QoS 1 publishes that may be under way (MQTT 5 receive maximum); 0 while disconnected. */
  readonly window: number;
  /**
   * QoS 1: settles with the broker's acknowledgement; QoS 0: once handed to the socket.
   * @throws Fault `link/not-connected`, `link/lost` (it may have arrived), `link/denied`, `link/too-large`,
   *   `link/timeout`, `internal/cancelled`
   */
  publish(message: OutgoingMessage, signal: AbortSignal): Promise<void>;
  /**
   * Whether another broker of the config may take a message that this one has refused for its size: then it is worth
   * keeping, and now or later the link goes there.
   */
  roomElsewhere?(message: OutgoingMessage): boolean;
  /**
   * Leaves this broker for the next one of the config, with a goodbye as `stop`, once what is under way is acknowledged.
   * @param fault why: it is the fault of the link until the next connection
   */
  leave(fault: Fault): void;
  status(): LinkStatus;
  /** Publishes what the will would have said, if it is connected, and disconnects. Safe twice. */
  stop(signal: AbortSignal): Promise<void>;
}
