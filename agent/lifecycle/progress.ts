import type { Instant } from '../clock/clock.ts';

/** A part of the agent that must go on: a loop, a queue, a pump. It tells how late it is, by waits that it bounded. */
export interface Progress {
  /** Constant text of ours and ids of the config: the log and `systemctl status` show it. */
  readonly name: string;
  /**
   * For how long it should have taken its next step already, milliseconds; 0 while it is idle or goes on. A part that
   * waits for a device, a port or a broker that is away is not late: waiting for it is a step, too.
   */
  stuckFor(now: Instant): number;
  /** Tried once before the part counts as stuck. Must not throw. */
  recover?(): void;
}
