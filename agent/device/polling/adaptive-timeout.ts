/**
 * How long the answer to one question may be waited for, learnt from its answers. Times in milliseconds, from the end
 * of the request to the answer's last byte, without the time that the answer itself takes on the line.
 *
 * The retransmission timer of TCP (RFC 6298: smoothed mean and four deviations) forgets in a few answers; a meter that
 * is slow once a minute would be missed every time. Missing an answer is dear here, because the same question can't be
 * asked again for seconds. So this holds on to the slowest answer, and to every mistake that it made.
 */
export interface AdaptiveTimeout {
  readonly answers: number;
  /** The slowest of the last some hundred answers: older ones fade. */
  readonly slowest: number;
  /** It was too impatient before: not below this. */
  readonly floor: number;
  /** Answers since the floor was last moved. */
  readonly steady: number;
  /** Times in a row that no answer came. */
  readonly misses: number;
  /** The wait for the first of these that did not come; 0: the full time. */
  readonly tried: number;
}

/** So many answers are measured before less than the full time is waited. */
const ENOUGH = 16;
/** The slowest answer fades by this share of the distance with each answer. */
const FADING = 1 / 256;
/** Room above the slowest answer: a device that gets three times as slow is not missed. */
const FACTOR = 3;
/** After so many answers without a mistake the floor is halved: the most mistakes in the long run. */
const STEADY = 10_000;
/** So many questions after the first unanswered one get the full time: then it is no slow answer. */
const SURE = 2;
/** And every so many after that: in case it is back, but slower than it was. */
const FULL_EVERY = 4;

export const UNTRIED: AdaptiveTimeout = Object.freeze({
  answers: 0,
  slowest: 0,
  floor: 0,
  steady: 0,
  misses: 0,
  tried: 0,
});

export interface TimeoutBounds {
  readonly least: number;
  /** The configured time: never more. */
  readonly full: number;
}

/**
 * How long to wait now. After a miss the full time; when it is sure that the device is away, mostly the time that it
 * used to take: probes are cheap then, and a device that has become slow is found all the same.
 * @param misses of the device, if it missed other questions too
 */
export function timeoutNow(patience: AdaptiveTimeout, { least, full }: TimeoutBounds, misses = 0): number {
  const away = Math.max(patience.misses, misses);
  const brief = away === 0 ? patience.answers >= ENOUGH : away > SURE && away % FULL_EVERY !== 0;
  return brief ? Math.min(full, Math.max(least, patience.floor, FACTOR * patience.slowest)) : full;
}

/** An answer came. If it is the first after a single miss that had less than the full time, the miss was a mistake. */
export function heard(patience: AdaptiveTimeout, took: number): AdaptiveTimeout {
  const { misses, tried } = patience;
  const mistaken = misses === 1 && tried > 0;
  const steady = mistaken || patience.steady + 1 >= STEADY ? 0 : patience.steady + 1;
  const floor = mistaken ? Math.max(patience.floor, 2 * tried) : steady === 0 ? patience.floor / 2 : patience.floor;
  const faded = patience.slowest - (patience.slowest - took) * FADING;
  return { answers: patience.answers + 1, slowest: Math.max(took, faded), floor, steady, misses: 0, tried: 0 };
}

/** No answer came within the time that was given. */
export function missed(patience: AdaptiveTimeout, given: number, { full }: TimeoutBounds): AdaptiveTimeout {
  const misses = patience.misses + 1;
  return { ...patience, misses, tried: misses === 1 && given < full ? given : patience.tried };
}

/** The device was away, not slow: its misses say nothing of how long an answer takes. */
export function forgiven(patience: AdaptiveTimeout): AdaptiveTimeout {
  return { ...patience, misses: 0, tried: 0 };
}
