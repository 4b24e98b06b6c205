import type { Dialogue, Leg } from '../../drivers/contract/dialogue.ts';
import type { LineTiming } from '../../drivers/contract/port.ts';
import { atSpeed } from '../../drivers/port/line.ts';
import { quietBefore } from './device-plans.ts';

/** After a timeout the line looks once more whether the answer lies unread in the kernel (`agent/bus/line.ts`). */
const LAST_LOOK_MS = 1;

/** A damaged answer is asked for once more at once (`agent/device/polling/polling.ts`). */
export const ASKED_AT_MOST = 2;

/** After a poll that found nothing to send, because a command waits for the same answer, the poller rests so long. */
export const REST_MS = 10;

/** A line as the costs of dialogues need it: its physics, and the silence that is kept before each request. */
export interface LinePace {
  readonly timing: LineTiming;
  /** The configured gap or the one that any protocol on the line needs, whichever is longer, milliseconds. */
  readonly gapMs: number;
}

/** @param dialogues all that may be asked on the line: the gap that one protocol needs is kept before all */
export function paceOf(timing: LineTiming, configuredGapMs: number, dialogues: readonly Dialogue[]): LinePace {
  return { timing, gapMs: Math.max(configuredGapMs, quietBefore(dialogues)) };
}

/**
 * A dialogue whose device answers at once: of each leg request, the silence by which the device knows its end, answer,
 * and rest; and the gaps, the one behind it included. Where nobody answers the whole timeout passes.
 */
export function answeredMs({ cost }: Dialogue, { timing, gapMs }: LinePace): number {
  const legs = timed(cost.usual, timing, ({ request, answer, timeout, quietBefore: quiet, rest = 0 }, characterMs) =>
    answer === 0 ? request * characterMs + timeout + rest : (request + answer) * characterMs + quiet + rest,
  );
  return sum(legs) + requests(cost.usual) * gapMs;
}

/**
 * The longest that one dialogue can hold the line: all its legs, and nobody answers, or with each timeout's last byte.
 * Without the gap behind it.
 */
export function heldMs({ cost }: Dialogue, { timing, gapMs }: LinePace): number {
  const legs = timed(
    cost.most,
    timing,
    ({ request, timeout, rest = 0 }, characterMs) => request * characterMs + timeout + LAST_LOOK_MS + rest,
  );
  return sum(legs) + (requests(cost.most) - 1) * gapMs;
}

/** Of each leg its time, at the speed that the line has then. */
function timed(
  legs: readonly Leg[],
  timing: LineTiming,
  time: (leg: Leg, characterMs: number) => number,
): readonly number[] {
  let { baudRate } = timing;
  return legs.map((leg) => {
    baudRate = leg.baudRate ?? baudRate;
    return time(leg, atSpeed(timing, baudRate).characterMs);
  });
}

/** How many requests are sent; a dialogue takes the line once in any case. */
function requests(legs: readonly Leg[]): number {
  return Math.max(1, legs.filter(({ request }) => request > 0).length);
}

/**
 * The longest that a poll can take that asks these dialogues, from its begin to the gap behind it: every answer comes
 * damaged with the last byte of its timeout, and each dialogue is run once more. A device that is silent costs less: its
 * poll ends with the first dialogue that nobody answers.
 * @param commandsMs the longest that commands may have the line before each dialogue
 */
export function worstPollMs(dialogues: readonly Dialogue[], pace: LinePace, commandsMs = 0): number {
  const runs = dialogues.map((dialogue) => commandsMs + heldMs(dialogue, pace) + pace.gapMs);
  return ASKED_AT_MOST * sum(runs) + (commandsMs > 0 ? REST_MS : 0);
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** 0 where there is none. */
export function largest(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}
