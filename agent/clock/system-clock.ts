import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import type { Clock, Instant } from './clock.ts';

/**
 * A timer of Node wakes on whole milliseconds, about 0.1 ms late, so a silence of 1.75 ms needs something finer for its
 * rest. Measured through the serial binding at 115200 baud, as share of the wire's limit and CPU time of 1000 polls:
 * blocking for the rest 0.949 and 500 ms; spinning on setImmediate 0.957 and 1100 ms; blocking for the whole silence
 * 0.947 and 410 ms, which stops everything else; timers alone 0.79. So: sleep the whole milliseconds, block for the
 * rest, which is never more than this.
 */
const LONGEST_BLOCK = 1.2;

/** The kernel wakes a blocked thread about this much late (timer slack, prctl(2)): so much is spun instead. */
const WAKE_LATENCY = 0.07;

/** Nobody ever notifies it: waiting for it is sleeping without giving the thread away to anything else. */
const NEVER = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** The machine's own time. */
export class SystemClock implements Clock {
  now(): Instant {
    return performance.now();
  }

  wall(): number {
    return Date.now();
  }

  async sleep(wait: Duration, signal: AbortSignal): Promise<void> {
    const end = performance.now() + milliseconds(wait);
    let rest: number = wait;
    do {
      // Node cuts fractions off and may fire up to 1 ms early, seen from performance.now(): hence the second look.
      await timer(Math.ceil(rest), signal);
      rest = end - performance.now();
    } while (rest > 0);
  }

  at(instant: Instant, call: () => void): () => void {
    let handle: NodeJS.Timeout;
    let turn: NodeJS.Immediate | undefined;
    const set = (): void => {
      const rest = milliseconds(Math.max(0, instant - performance.now()));
      handle = setTimeout(() => {
        if (instant > performance.now()) set();
        // Timers come first in a turn of the event loop: bytes that came while it was held up lie unread until after
        // them.
        else turn = setImmediate(call);
      }, Math.ceil(rest));
    };
    set();
    return () => {
      clearTimeout(handle);
      clearImmediate(turn);
    };
  }

  async until(instant: Instant, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new Fault('internal/cancelled');
    let rest = instant - performance.now();
    if (rest <= 0) return;
    milliseconds(rest);
    while (rest > LONGEST_BLOCK) {
      await timer(Math.floor(rest), signal);
      rest = instant - performance.now();
    }
    while (rest > 0) {
      if (rest > WAKE_LATENCY) Atomics.wait(NEVER, 0, 0, rest - WAKE_LATENCY);
      rest = instant - performance.now();
    }
  }
}

async function timer(delay: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw new Fault('internal/cancelled');
  let handle: NodeJS.Timeout | undefined;
  let cancel: (() => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      cancel = () => reject(new Fault('internal/cancelled'));
      signal.addEventListener('abort', cancel);
      handle = setTimeout(resolve, delay);
    });
  } finally {
    clearTimeout(handle);
    if (cancel !== undefined) signal.removeEventListener('abort', cancel);
  }
}
