import type { Instant } from '../clock/clock.ts';

/** A part of the agent that must go on: a loop, a queue, a pump. It tells how late it is, by waits that it bounded. */
export interface Progress {
  /** Constant text of ours and ids of the config: the log and `systemctl status` show it. */
  readonly name: string;
  /**
   * For how long it should have taken its next step already, milliseconds; 0 while it is idle or goes on. What is
   * away (a device, a port, the broker) makes nobody late: waiting for it is a step, too.
   */
  stuckFor(now: Instant): number;
  /** Tried once before the part counts as stuck. Must not throw. */
  recover?(): void;
}

/** A busy machine may be so much late with a timer, milliseconds. */
const LATE = 2000;
/** A bus whose port is reopened gets its line back as soon as the old one is closed: within its bound of 5 s. */
const RECOVERY = 10_000;

export interface Verdict {
  readonly late: readonly Progress[];
  /** Late for longer than it may be, also after its recovery. */
  readonly stuck: readonly Progress[];
}

/** Who is late, and who is stuck: only where nobody is may the service manager be told that all is well. Pure. */
export function judge(parts: readonly Progress[], now: Instant): Verdict {
  const late: Progress[] = [];
  const stuck: Progress[] = [];
  for (const part of parts) {
    const stuckFor = lateness(part, now);
    // written so that what is no number counts as late
    if (stuckFor <= LATE) continue;
    late.push(part);
    if (!(stuckFor <= LATE + (part.recover === undefined ? 0 : RECOVERY))) stuck.push(part);
  }
  return { late, stuck };
}

function lateness(part: Progress, now: Instant): number {
  try {
    return part.stuckFor(now);
  } catch {
    return Number.NaN; // who can't tell how it stands does not stand well
  }
}
