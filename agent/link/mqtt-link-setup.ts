import type { MqttConfig } from '../../config/config.ts';
import type { Clock, ClockState } from '../clock/clock.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import type { Log } from '../log/log.ts';
import type { OutgoingMessage } from './link.ts';

/** A convention is one. */
export interface Presence {
  /** The will of a CONNECT, counted from 0 over all brokers. The same is published before an ordinary goodbye. */
  will?(connection: number): OutgoingMessage;
  /** Before each CONNECT, within its time: prepares the will. Must not throw. */
  prepare?(signal: AbortSignal): Promise<void>;
  /** Whether an ordinary goodbye asks the broker for the will all the same (MQTT 5, 3.14.2.1: 0x04). */
  readonly keepsWill?: boolean | undefined;
  /** The first message on a connection. */
  hello?(connection: number): OutgoingMessage;
}

export interface MqttLinkSetup {
  readonly config: MqttConfig;
  readonly clientId: string;
  /** The link's account of itself; one that only looks has none. */
  readonly presence?: Presence | undefined;
  /** Bytes of the longest message that is taken whole; absent: as many as a gateway needs for commands. */
  readonly longestPayload?: number | undefined;
  readonly clock: Clock;
  /** Whether the clock can be believed; absent: nobody knows. */
  readonly clockState?: (() => ClockState) | undefined;
  readonly log: Log;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
  /** Absent: one of its own, which nobody asks what is stuck. */
  readonly supervisor?: Supervisor | undefined;
}
