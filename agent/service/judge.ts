import type { Instant } from '../clock/clock.ts';
import type { Progress } from '../lifecycle/progress.ts';

/** A busy machine may be so much late with a timer, milliseconds. */
const LATE = 2000;
/** A bus whose port is reopened gets its line back as soon as the old one is closed: within its bound of 5 s. */
const RECOVERY = 10_000;

export interface ProgressVerdict {
  readonly late: readonly Progress[];
  /** Late for longer than it may be, also after its recovery. */
  readonly stuck: readonly Progress[];
}

/**
 * The parts that are late, and those that are stuck: only where there are none may the service manager be told that all
 * is well. Pure.
 */
export function judge(parts: readonly Progress[], now: Instant): ProgressVerdict {
  const late: Progress[] = [];
  const stuck: Progress[] = [];
  for (const part of parts) {
    const stuckFor = lateness(part, now);
    // written so that a value that is no number counts as late
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
    return Number.NaN; // a part that can't tell how it stands does not stand well
  }
}
