/** Microseconds of the kernel's CLOCK_MONOTONIC, which is the same for all processes: what systemd compares with. */
export function monotonicMicroseconds(): bigint {
  return process.hrtime.bigint() / 1000n;
}
