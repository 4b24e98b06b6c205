import { SystemClock } from '../../../agent/clock/system-clock.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { DiskOutbox } from '../../../agent/outbox/disk/disk-outbox.ts';
import type { OutboxRecord } from '../../../agent/outbox/outbox.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { type BoundedStore, MAX_BYTES, SYNC_EVERY } from './store.ts';

/** The outbox of the product, with the defaults of its config where nothing else is said. */
export function fieldwardStore(directory: string, maxBytes = MAX_BYTES, syncEvery = SYNC_EVERY): BoundedStore {
  const outbox = new DiskOutbox({
    directory,
    maxBytes,
    whenFull: 'drop-oldest',
    syncInterval: milliseconds(syncEvery),
    clock: new SystemClock(),
    log: silentLog,
    random: Math.random,
  });
  const never = new AbortController().signal;
  let readable = () => {};
  let [writtenBefore, dropped] = [0, 0];
  outbox.onReadable(() => readable());
  return {
    async open() {
      await outbox.open(never);
      writtenBefore = outbox.status().writtenBytes;
      if (outbox.status().fault !== null) throw new Error(`the outbox says ${outbox.status().fault}`);
    },
    append(record) {
      dropped += outbox.append(record);
    },
    // all that is on disk was written: it counts for no more than that, be it deflated or not
    waiting: () => outbox.status().bytes - (outbox.status().writtenBytes - writtenBefore),
    dropped: () => dropped,
    pagesWritten: () => outbox.status().writtenBytes - writtenBefore,
    async peek(count, afterSeq) {
      for (;;) {
        let found: readonly OutboxRecord[] = [];
        const more = new Promise<void>((resolve) => {
          readable = resolve;
        });
        found = outbox.peek(count, afterSeq);
        if (found.length > 0 || outbox.status().held === 0) return found;
        await more;
      }
    },
    acknowledgeThrough: (seq) => outbox.acknowledgeThrough(seq),
    held: () => outbox.status().held,
    close: () => outbox.close(never),
  };
}
