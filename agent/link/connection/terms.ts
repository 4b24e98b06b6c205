import type { Fault } from '../../../drivers/contract/fault.ts';
import type { Clock } from '../../clock/clock.ts';
import type { IncomingMessage, OutgoingMessage } from '../link.ts';
import type { Offer } from './greeting.ts';

export interface ConnectionSetup {
  readonly clock: Clock;
  readonly clientId: string;
  readonly version: 4 | 5;
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
  /** 1 to 65535 (MQTT 3.1.1, 3.1.2.10). */
  readonly keepaliveSeconds: number;
  readonly connectTimeoutMs: number;
  readonly will: OutgoingMessage | undefined;
  /** Bytes; a longer message is delivered empty, as `tooLarge`. */
  readonly longestPayload: number;
}

export interface ConnectionEvents {
  message(message: IncomingMessage): void;
  /** Once, and nothing after it; not for a connection that was closed by us. */
  ended(fault: Fault): void;
}

/** The broker's words as it accepted (MQTT 5, 3.2.2.3); on MQTT 3.1.1 it says nothing. */
export interface Session extends Offer {
  readonly receiveMaximum: number;
  /** Bytes; undefined where it named no bound. */
  readonly maximumPacketSize: number | undefined;
}

export type Acknowledged = (fault: Fault | undefined) => void;
