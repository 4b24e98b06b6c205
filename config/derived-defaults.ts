/** Default of `silentReopenMs`: two minutes are ten times what a keepalive needs to find a dead server. */
export const SILENT_REOPEN = { server: 120_000, serial: 0 } as const;

/** Default of `staleAfterMs`: this, or three periods of polling. */
export const STALE_AFTER = { least: 10_000, periods: 3 } as const;
