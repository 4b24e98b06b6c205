import type { MqttConfig } from '../../config/config.ts';
import type { Clock } from '../clock/clock.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import type { Log } from '../log/log.ts';
import type { Topics } from './topics.ts';

export interface MqttLinkSetup {
  readonly config: MqttConfig;
  readonly clientId: string;
  /** The gateway's own link says `online` and `offline`, also by its will; one that only looks says nothing. */
  readonly announces: boolean;
  /** Bytes of the longest message that is taken whole; absent: what a gateway needs for commands. */
  readonly longestPayload?: number | undefined;
  readonly topics: Topics;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
  /** Absent: one of its own, which nobody asks what is stuck. */
  readonly supervisor?: Supervisor | undefined;
}
