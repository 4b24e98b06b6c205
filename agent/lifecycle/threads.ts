import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import type { Clock } from '../clock/clock.ts';

/** Node's names for the requests that take one of its four threads: files, and names. */
const THREADED = /^(?:FSReq|FileHandleCloseReq|GetAddrInfoReq|GetNameInfoReq)/;
const GRACE = milliseconds(1000);
const STEP: Duration = milliseconds(20);

/**
 * Waits until no request holds a thread, a second at the most. `process.exit` joins these threads, so one call that a dead disk
 * or resolver never answers would hold the process for ever.
 * @param active what Node is waiting for, by its names (`process.getActiveResourcesInfo`)
 * @returns whether `process.exit` will return
 */
export async function threadsIdle(active: () => readonly string[], clock: Clock): Promise<boolean> {
  const isIdle = () => !active().some((each) => THREADED.test(each));
  const end = clock.now() + GRACE;
  while (!isIdle() && clock.now() < end) await clock.sleep(STEP, new AbortController().signal);
  return isIdle();
}
