import { readlinkSync, writeFileSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { sharedOffset } from './shared-offset.ts';
import { timingLoop } from './timing-loop.ts';

/** The timing thread's own program: it starts it and hands it what it needs; see `timing-thread`. */

try {
  // a sleep may end 50 µs late unless the thread asks for less (prctl(2), PR_SET_TIMERSLACK; proc_pid_timerslack_ns(5))
  const thread = readlinkSync('/proc/thread-self').split('/').at(-1);
  writeFileSync(`/proc/${thread}/timerslack_ns`, '1');
} catch {
  // an old kernel, or no /proc: the sleeps end a little later
}

const offset = sharedOffset().lower;

timingLoop(workerData, {
  now: () => performance.now() + offset,
  write: (descriptor, bytes, from, length) => writeSync(descriptor, bytes, from, length, null),
  failed: (place, code) => parentPort?.postMessage({ place, code }),
});
