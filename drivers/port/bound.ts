import { Fault } from '../contract/fault.ts';
import type { FaultCode } from '../contract/faults.ts';

/**
 * Waits for work that can not be stopped, but no longer than some time: resolves when the work has settled or the time
 * is over, and never rejects. The ports have no timers, so the maker of one hands this in.
 */
export type Bound = (work: Promise<void>) => Promise<void>;

/**
 * The work's outcome, or a fault as soon as the signal is aborted. The work goes on by itself then and its outcome is
 * dropped: its starter cleans up after it.
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal, code: FaultCode): Promise<T> {
  return await new Promise((resolve, reject) => {
    const stop = () => reject(new Fault(code));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
