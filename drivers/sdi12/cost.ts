import type { DialogueCost, Leg } from '../contract/dialogue.ts';
import { milliseconds } from '../contract/duration.ts';
import { patienceOf, settleTime, wakeTime } from './attempt.ts';
import { answerTime, measureTime, SERVICE_REQUEST, type Sensor } from './exchange.ts';
import { PAUSE } from './limits.ts';

/** Commands of one kind in a dialogue. */
export interface Asked {
  readonly request: number;
  /** Characters of the answers. */
  readonly usual: number;
  readonly longest: number;
  /** So many of them where all goes well, and at most. */
  readonly usually: number;
  readonly atMost: number;
}

/** Seconds that the sensor may measure, and whether it says when it is ready. */
export interface Measuring {
  readonly seconds: number;
  readonly serves: boolean;
}

const NONE = milliseconds(0);

/**
 * The cost of a dialogue. The duration of a measurement is only known once it has begun: it counts with the longest that
 * is allowed, also as the usual time.
 */
export function costOf(sensor: Sensor, asked: readonly Asked[], measuring?: Measuring): DialogueCost {
  const { answerMs } = sensor;
  const { retries, damaged } = patienceOf(sensor);
  const wake = milliseconds(wakeTime(sensor));
  const usual = asked.flatMap(({ request, usual: answer, longest, usually }) => {
    const timeout = milliseconds(answerMs + answerTime(longest));
    return times(usually, { request, answer, timeout, quietBefore: NONE, rest: wake });
  });
  const longest = Math.max(...asked.map((each) => each.longest));
  const request = Math.max(...asked.map((each) => each.request));
  const first = { answer: 1, timeout: milliseconds(answerMs), quietBefore: NONE };
  const most = [
    ...asked.flatMap((each) => times(each.atMost, { ...first, request: each.request, rest: wake })),
    ...times(retries, { ...first, request, rest: milliseconds(wake + PAUSE + settleTime(sensor)) }),
    ...asked.flatMap((each) => times(each.atMost, answerLeg(each.longest))),
    ...times(damaged, answerLeg(longest)),
  ];
  if (measuring === undefined) return { usual, most };
  const span = milliseconds(measureTime(measuring.seconds));
  const pause: Leg = { request: 0, answer: SERVICE_REQUEST, timeout: NONE, quietBefore: NONE, rest: span };
  return {
    usual: [...usual, pause],
    most: [...most, measuring.serves ? { ...pause, timeout: span, rest: NONE } : { ...pause, answer: 0 }],
  };
}

function answerLeg(longest: number): Leg {
  return { request: 0, answer: longest, timeout: milliseconds(answerTime(longest)), quietBefore: NONE };
}

function times(count: number, leg: Leg): readonly Leg[] {
  return Array.from({ length: count }, () => leg);
}
