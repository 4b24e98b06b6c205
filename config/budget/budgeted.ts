import type { Device } from '../../drivers/contract/driver.ts';
import type { LineTiming } from '../../drivers/contract/port.ts';
import type { DevicePlans } from './device-plans.ts';

export interface BudgetedLine {
  readonly timing: LineTiming;
  /** The configured gap; the gap that the protocols need is kept in any case. */
  readonly gapMs: number;
  /** So many commands pass before one poll runs. */
  readonly commandBurst: number;
  /** A command that waited longer is given up, milliseconds. */
  readonly maxWaitMs: number;
  /** A port that may be closed in order settles for so long when it is opened again, milliseconds; absent: 0. */
  readonly settleMs?: number;
}

export interface BudgetedDevice {
  readonly id: string;
  readonly pollMs: number;
  /** The gap of the config; one that is no longer than the line's own costs nothing. */
  readonly minGapMs: number;
  readonly device: Device;
  /** Its dialogues, by that period; absent: it is asked for them. */
  readonly plans?: DevicePlans | undefined;
  /** It is asked what it is, where its driver has a question for that. Absent: no. */
  readonly identified?: boolean | undefined;
  /** The dialogues that commands may ask of it. */
  readonly commands: { readonly read: boolean; readonly write: boolean };
}

/** One device's share of its line. Times in milliseconds. */
export interface DeviceBudget {
  readonly id: string;
  /** Dialogues that it takes to read everything once. */
  readonly requests: number;
  /** Reading everything once when it answers at once, with its rests. */
  readonly pollMs: number;
  /** Its cost to the others while it does not answer: one dialogue that runs into its timeout. */
  readonly silentMs: number;
  /** The longest that one poll can take, when every answer comes damaged at the end of its timeout. */
  readonly worstMs: number;
  /** The longest that one dialogue may hold the line. */
  readonly longestMs: number;
  /** Share of the line that its periods need: 1 is all of it. Points without a period take what is left. */
  readonly load: number;
  /** The shortest period that was promised; 0: none. */
  readonly shortestPeriodMs: number;
  /** It has points without a period, so it is read whenever its turn comes. */
  readonly inTurn: boolean;
  /** From one turn to the next when all answer at once: one poll of it, and of each other what comes before it then. */
  readonly turnMs: number;
  /** Silence that it alone needs before it is asked again, beyond the line's own; 0: none. */
  readonly restMs: number;
  /** No device waits longer than this from its due time to its first dialogue, with any load of the others. */
  readonly waitMs: number;
  /** The same while commands come as fast as they are taken; as `waitMs` where no commands can reach the line. */
  readonly waitWithCommandsMs: number;
}
