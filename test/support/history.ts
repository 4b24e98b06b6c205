import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'vitest';
import { SystemClock } from '../../agent/clock/system-clock.ts';
import { silentLog } from '../../agent/log/log.ts';
import { DiskOutbox } from '../../agent/outbox/disk/disk-outbox.ts';
import { Sequence } from '../../agent/sequence/sequence.ts';
import { milliseconds } from '../../drivers/contract/duration.ts';

const BURST = 500;
const MOST_WAITING = 2_097_152;
const SECOND = 1000;

/** The outbox folder of an agent that was stopped: `count` readings of `devices`, numbered from 1, one a second. */
export async function fillOutbox(
  directory: string,
  count: number,
  maxBytes: number,
  devices: readonly string[],
): Promise<void> {
  const clock = new SystemClock();
  const setup = { directory, clock, log: silentLog };
  const outbox = new DiskOutbox({
    ...{ ...setup, maxBytes, whenFull: 'drop-newest', syncInterval: milliseconds(5000), random: Math.random },
  });
  const sequence = new Sequence({ ...setup, block: 1_000_000 });
  const { signal } = new AbortController();
  await outbox.open(signal);
  await sequence.open(signal);
  const from = Date.now() - count * SECOND;
  for (let index = 0; index < count; index += 1) {
    const seq = sequence.next();
    const device = devices[index % devices.length] ?? '';
    outbox.append({ seq, device, payload: text(seq, from + index * SECOND) });
    // records that are appended in one go wait in memory: the disk gets its turn, and the end has not too much to write
    if (index % BURST === 0)
      do await turn();
      while (outbox.status().bytes - outbox.status().writtenBytes > MOST_WAITING);
  }
  await outbox.close(signal);
  await sequence.close(signal);
  expect(outbox.status()).toMatchObject({ taken: count, dropped: 0, held: count, fault: null });
}

/** A meter's reading, about 300 bytes long; `count` is its own number, so that a reader sees a reading under a wrong number. */
function text(seq: number, at: number): string {
  return (
    `{"seq":${seq},"boot":"6f1c2a7e-58c4-4c8e-9b64-0d1f3c5a7b90","at":"${new Date(at).toISOString()}",` +
    '"clock":"synchronized","quality":"good","values":{"voltage-l1":230.1,"voltage-l2":229.8,"voltage-l3":231.4,' +
    `"current-l1":4.21,"current-l2":3.97,"current-l3":5.02,"power":3041.6,"frequency":49.98,"count":${seq}}}`
  );
}
