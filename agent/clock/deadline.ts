import type { Duration } from '../../drivers/contract/duration.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import { AbortWatch } from './abort-watch.ts';
import type { Clock } from './clock.ts';

/** As many buses as a gateway has are stopped under one signal, and Node warns of a leak beyond ten listeners on one. */
const parents = new AbortWatch();

/**
 * Runs `work`, but no longer than `limit`. At the limit, or when the parent is aborted, the work's signal is aborted
 * and this settles at once, so that work that ignores its signal can not hold the caller; a late result of such work is
 * dropped. Timer and listener are gone when this settles.
 * @throws Fault `internal/deadline` at the limit; `internal/cancelled` after the parent's abort; else the error that
 *   `work` throws
 */
export async function withDeadline<T>(
  clock: Clock,
  limit: Duration,
  parent: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (parent.aborted) throw new Fault('internal/cancelled');
  const inner = new AbortController();
  let callOff: (() => void) | undefined;
  let cancel: (() => void) | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      const end = (fault: Fault): void => {
        reject(fault);
        inner.abort(fault);
      };
      cancel = () => end(new Fault('internal/cancelled'));
      parents.add(parent, cancel);
      // an instant and no sleep: work that was done while the event loop was held up is seen to be done first
      callOff = clock.at(clock.now() + limit, () => end(new Fault('internal/deadline')));
      work(inner.signal).then(resolve, reject);
    });
  } finally {
    callOff?.();
    if (cancel !== undefined) parents.delete(parent, cancel);
    parents.rest();
  }
}

/** Settles with the work, or as soon as the signal is aborted: then the work goes on by itself. */
export async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  let cancel = () => {};
  const aborted = new Promise<void>((resolve) => {
    cancel = () => resolve();
    parents.add(signal, cancel);
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    parents.delete(signal, cancel);
    parents.rest();
  }
}
