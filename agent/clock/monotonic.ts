/** Microseconds of the kernel's CLOCK_MONOTONIC, which is the same for all processes: systemd compares with it. */
export function monotonicMicroseconds(): bigint {
  return process.hrtime.bigint() / 1000n;
}
