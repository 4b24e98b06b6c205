import { workerData } from 'node:worker_threads';
import { sharedOffset } from '../../../agent/clock/shared-offset.ts';
import { timingLoop } from '../../../agent/clock/timing-loop.ts';

/** The timing thread's loop with a wire that is one number, and a thread that is held up behind each write. */

const { memory, wire } = workerData;
const never = new Int32Array(new SharedArrayBuffer(4));
const offset = sharedOffset().lower;
let chance = 1;

timingLoop(memory, {
  now: () => performance.now() + offset,
  write: (_descriptor, bytes, from, length) => {
    const view = new DataView(bytes.buffer, from, length);
    const number = view.getInt32(0);
    // a request is whole: one number, as often as there is room for it
    for (let at = 0; at < length; at += 4) if (view.getInt32(at) !== number) Atomics.add(wire, 1, 1);
    Atomics.store(wire, 0, number);
    Atomics.notify(wire, 0);
    // xorshift, as good as any for where the kernel takes the processor away
    chance ^= chance << 13;
    chance ^= chance >>> 17;
    chance ^= chance << 5;
    if ((chance & 15) === 0) Atomics.wait(never, 0, 0, ((chance >>> 4) & 255) / 1000);
    return length;
  },
  failed: () => undefined,
});
