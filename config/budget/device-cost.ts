import type { Dialogue } from '../../drivers/contract/dialogue.ts';
import type { BudgetedDevice, BudgetedLine, DeviceBudget } from './budgeted.ts';
import { type DevicePlans, identificationOf } from './device-plans.ts';
import {
  ASKED_AT_MOST,
  answeredMs,
  heldMs,
  type LinePace,
  largest,
  REST_MS,
  sum,
  worstPollMs,
} from './dialogue-cost.ts';

/** A device that is asked, with its plans. */
export interface Polled {
  readonly member: BudgetedDevice;
  readonly plans: DevicePlans;
}

/** The cost of a device, before the load of the others is known. */
export interface Cost {
  readonly own: Omit<DeviceBudget, 'turnMs' | 'waitMs' | 'waitWithCommandsMs'>;
  /** The others wait no longer than this at a time, at the worst, and with commands before each dialogue. */
  readonly blockMs: number;
  readonly commandedMs: number;
  /** The same when it answers at once. */
  readonly answeredMs: number;
  /** Without its rests: reading everything once when it answers at once, and the longest poll at the worst. */
  readonly lineMs: number;
  readonly worstLineMs: number;
  /** So many different periods. */
  readonly periods: number;
  /** The most dialogues of one poll. */
  readonly mostDialogues: number;
  /** The longest dialogue of a command; 0: it takes none. */
  readonly commandMs: number;
  /** The question what it is, which waits until the line has time for all of it; 0: none. */
  readonly asideMs: number;
  /** Its points without a period: they are due again as soon as they are read; of one that rests, those that come for certain. */
  readonly alwaysMs: number;
  /** Its shortest period's points, with those that are always due. */
  readonly turnMs: number;
}

/** @param commandsMs the longest that commands may have the line before each dialogue */
export function costOf(polled: Polled, pace: LinePace, commandsMs: number): Cost {
  const { member, plans } = polled;
  const restMs = member.minGapMs > pace.gapMs ? member.minGapMs : 0;
  const rests = restMs > 0;
  const ownPace = { ...pace, gapMs: Math.max(pace.gapMs, restMs) };
  const answered = (dialogues: readonly Dialogue[], at = pace) =>
    sum(dialogues.map((dialogue) => answeredMs(dialogue, at)));
  const polls = plans.polls();
  const dialogues = polls.flat();
  const single = dialogues.map((dialogue) => answeredMs(dialogue, pace));
  const always = plans.groups.filter(({ period }) => period === 0);
  const shortest = plans.groups.find(({ period }) => period > 0);
  const longestMs = largest(dialogues.map((dialogue) => heldMs(dialogue, pace)));
  const worst = (at: LinePace, commands = 0) => largest(polls.map((poll) => worstPollMs(poll, at, commands)));
  const dialogue = longestMs === 0 ? 0 : longestMs + pace.gapMs;
  const lineMs = answered(plans.whole);
  const own = {
    id: member.id,
    requests: plans.whole.length,
    pollMs: answered(plans.whole, ownPace),
    silentMs: dialogue,
    worstMs: worst(ownPace),
    longestMs,
    load: plans.load(answered),
    shortestPeriodMs: shortest?.period ?? 0,
    inTurn: always.length > 0,
    restMs,
  };
  return {
    own,
    blockMs: rests ? dialogue : own.worstMs,
    commandedMs: rests && commandsMs > 0 ? commandsMs + dialogue + REST_MS : rests ? dialogue : worst(pace, commandsMs),
    answeredMs: rests ? largest(single) : lineMs,
    lineMs,
    worstLineMs: worst(pace),
    periods: plans.groups.length,
    mostDialogues: largest(polls.map(({ length }) => length)),
    commandMs: longestCommandMs(polled, pace),
    asideMs: asideMs(member, pace),
    alwaysMs: always.length === 0 ? 0 : rests ? Math.min(...single) : answered(plans.of(always)),
    turnMs: shortest === undefined ? 0 : answered(plans.of([...always, shortest]), ownPace),
  };
}

/** The dialogues behind the first question of the kind take no longer (`agent/device/identity/asking.ts`). */
function asideMs({ device, identified }: BudgetedDevice, pace: LinePace): number {
  const dialogue = identified === true && device.kind === 'poll' ? identificationOf(device) : undefined;
  return dialogue === undefined ? 0 : heldMs(dialogue, pace);
}

/** Of a device that rests: how long it waits where one that need not would wait so long; see {@link busBudget}. */
export function restedWaits(cost: Cost, waitMs: number, commandedMs: number, { maxWaitMs }: BudgetedLine) {
  const { own, periods, mostDialogues, commandMs } = cost;
  const ready = (wait: number) => own.restMs + wait;
  const passed = commandMs === 0 ? 0 : maxWaitMs + commandMs + ready(commandedMs);
  // each dialogue of its poll may be asked twice
  const before = periods > 1 ? ASKED_AT_MOST * mostDialogues : 0;
  const whole = (wait: number) => wait + before * (wait + own.silentMs);
  return { waitMs: whole(ready(waitMs)), waitWithCommandsMs: whole(ready(commandedMs) + passed) };
}

/** Of reads and writes by command; a read of some points is taken to be no longer than the dialogues of the polls. */
export function longestCommandMs({ member, plans }: Polled, pace: LinePace): number {
  const { read, write } = member.commands;
  const writes = write ? plans.writes() : [];
  // after a write what was written is read back
  const reads = read || writes.length > 0 ? plans.polls().flat() : [];
  return largest([...reads, ...writes].map((dialogue) => heldMs(dialogue, pace)));
}
