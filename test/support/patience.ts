import { setTimeout as wait } from 'node:timers/promises';

/**
 * So long a test waits for a condition before it gives up, milliseconds. It only ends a test that would hang: no test asserts
 * that something came in time, and a busy machine may take many times as long as an idle one.
 */
export const PATIENCE_MS = 120_000;

/** Looks until this holds; fails with the words where it never does, so that no test hangs. */
export async function until(what: string, met: () => boolean | Promise<boolean>, within = PATIENCE_MS): Promise<void> {
  const late = performance.now() + within;
  while (!(await met())) {
    if (performance.now() > late) throw new Error(`not so within ${within} ms: ${what}`);
    await wait(20);
  }
}
