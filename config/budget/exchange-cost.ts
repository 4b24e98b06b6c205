import type { Exchange } from '../../drivers/contract/driver.ts';
import type { LineTiming } from '../../drivers/contract/port.ts';

/** After a timeout the line looks once more whether the answer lies unread in the kernel (`agent/bus/line.ts`). */
const LAST_LOOK_MS = 1;

/** A damaged answer is asked for once more at once (`agent/device/polling/polling.ts`). */
export const ASKED_AT_MOST = 2;

/** After a poll that found nothing to send, because a command waits for the same answer, the poller rests so long. */
export const REST_MS = 10;

/** A line as the costs of exchanges need it: its physics, and the silence that is kept between two operations. */
export interface LinePace {
  readonly timing: LineTiming;
  /** The configured gap or the line's own silence, whichever is longer, milliseconds. */
  readonly gapMs: number;
}

/** @param configuredGapMs the line's own silence is kept in any case */
export function paceOf(timing: LineTiming, configuredGapMs: number): LinePace {
  return { timing, gapMs: Math.max(configuredGapMs, timing.silenceMs) };
}

/**
 * An exchange whose device answers at once: request, the silence by which the device knows its end, answer, gap
 * (Modbus over Serial Line V1.02, 2.5.1.1). A broadcast takes its whole timeout.
 */
export function answeredMs({ request, answerLength, timeout }: Exchange, { timing, gapMs }: LinePace): number {
  if (answerLength === 0) return request.length * timing.characterMs + timeout + gapMs;
  return (request.length + answerLength) * timing.characterMs + timing.silenceMs + gapMs;
}

/** The longest that one question can hold the line: nobody answers, or with the timeout's last byte. Without the gap. */
export function heldMs({ request, timeout }: Exchange, { timing }: LinePace): number {
  return request.length * timing.characterMs + timeout + LAST_LOOK_MS;
}

/**
 * The longest that a poll can take that asks these questions, from its begin to the gap behind it: every answer comes
 * damaged with the last byte of its timeout and is asked for once more. A device that is silent costs less: its poll
 * ends with the first question that nobody answers.
 * @param commandsMs the longest that commands may have the line before each question
 */
export function worstPollMs(exchanges: readonly Exchange[], pace: LinePace, commandsMs = 0): number {
  const questions = exchanges.map((exchange) => commandsMs + heldMs(exchange, pace) + pace.gapMs);
  return ASKED_AT_MOST * sum(questions) + (commandsMs > 0 ? REST_MS : 0);
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** 0 where there is none. */
export function largest(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}
