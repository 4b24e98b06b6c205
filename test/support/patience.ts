/**
 * So long a test waits for a condition before it gives up, milliseconds. It only ends a test that would hang: no test asserts
 * that something came in time, and a busy machine may take many times as long as an idle one.
 */
export const PATIENCE_MS = 120_000;
