import type { Fault } from '../../../drivers/contract/fault.ts';
import type { Sample } from '../../../drivers/contract/reading.ts';
import type { Instant } from '../../clock/clock.ts';

/** The result of one poll. */
export interface PollResult {
  readonly samples: readonly Sample[];
  /** The first thing that went wrong. */
  readonly fault: Fault | undefined;
  /** The device's refusal of points that it did not give when they were asked last, now or in an earlier poll. */
  readonly refusal: Fault | undefined;
  /**
   * `unsent`: the line was not to be had, which says nothing of the device; `idle`: nothing was asked that it is
   * expected to answer, which says nothing either; `broken`: the driver failed, of which the line knows nothing.
   */
  readonly standing: 'answered' | 'damaged' | 'silent' | 'unsent' | 'idle' | 'broken';
  /** The device said something, be it damaged. */
  readonly heard: boolean;
  readonly latencyMs: number | null;
  /** After silence: until when the same question must not be asked again. */
  readonly clearAt: Instant;
}
