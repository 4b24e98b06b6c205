import { ask, type Consequence, type LineNeed, type Step } from '../contract/dialogue.ts';
import { milliseconds } from '../contract/duration.ts';
import type { Fault } from '../contract/fault.ts';
import { answering, asking, type Command, type Sensor } from './exchange.ts';
import { AWAKE, BREAK, BREAKS, DAMAGED_RETRIES, MARKING, PAUSE, SENDINGS } from './limits.ts';

/** The repeats that a run has left. */
export interface Patience {
  readonly retries: number;
  readonly damaged: number;
}

/** As often as one command is repeated that nobody answers. */
export function patienceOf(sensor: Sensor): Patience {
  return { retries: sendings(sensor) - 1, damaged: DAMAGED_RETRIES };
}

interface Failed {
  readonly fault: Fault;
  readonly consequence: Consequence;
}

/**
 * Sends a command until it is answered, as SDI-12 1.4, 7.2 wants it: after a break, then twice more without one while
 * the sensor is still awake, then all of this after a new break, three times in all. An adapter that makes the break by
 * itself makes it each time, so it is told three times.
 */
export function attempt<T>(
  sensor: Sensor,
  command: Command<T>,
  patience: Patience,
  next: (result: T, patience: Patience) => Step,
): Step {
  const send = (sent: number, left: Patience): Step =>
    ask(asking(sensor, command.text), (end) => {
      if (end.state === 'failed') return again(sent + 1, { ...left, retries: left.retries - 1 }, end);
      return ask(answering(sensor, command), (answer) => {
        if (answer.state === 'answered') return settled(sensor, sent, () => next(answer.result, left));
        return again(sent + 1, { retries: left.retries - 1, damaged: left.damaged - 1 }, answer);
      });
    });
  const begin = (sent: number, left: Patience): Step =>
    needsBreak(sensor, sent) ? woken(() => send(sent, left)) : send(sent, left);
  const again = (sent: number, left: Patience, { fault, consequence }: Failed): Step => {
    const isOver = sent >= sendings(sensor) || left.retries < 0 || left.damaged < 0;
    if (isOver) return { kind: 'fail', fault, consequence, repeat: 'never' };
    return rest(PAUSE, () => begin(sent, left));
  };
  return begin(0, patience);
}

function woken(next: () => Step): Step {
  return { kind: 'break', span: milliseconds(BREAK), next: () => rest(MARKING, next) };
}

/** An adapter that was slow may still send the answer to the command before: it must not pass for the next one's. */
function settled(sensor: Sensor, sent: number, next: () => Step): Step {
  const span = settleTime(sensor);
  return sent === 0 || span === 0 ? next() : rest(span, next);
}

/** After a command that was repeated, milliseconds. */
export function settleTime({ hasBreak, answerMs }: Sensor): number {
  return hasBreak ? 0 : answerMs;
}

/** A step in which nothing happens. */
export function rest(ms: number, next: () => Step): Step {
  return { kind: 'rest', span: milliseconds(ms), next };
}

function sendings({ hasBreak }: Sensor): number {
  return hasBreak ? SENDINGS * BREAKS : BREAKS;
}

/** @param sent so often the command went out before */
function needsBreak({ hasBreak, answerMs }: Sensor, sent: number): boolean {
  return hasBreak && (sent % SENDINGS === 0 || answerMs + PAUSE > AWAKE);
}

/** Duration of waking the sensors once, milliseconds. */
export function wakeTime({ hasBreak }: Sensor): number {
  return hasBreak ? BREAK + MARKING : 0;
}

export function needsOf({ hasBreak }: Sensor): { readonly needs?: readonly LineNeed[] } {
  return hasBreak ? { needs: ['break'] } : {};
}
