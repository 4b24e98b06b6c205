import { SystemClock } from '../../../agent/clock/system-clock.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { DiskOutbox } from '../../../agent/outbox/disk/disk-outbox.ts';
import type { OutboxRecord } from '../../../agent/outbox/outbox.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { MAX_BYTES, type Store, SYNC_EVERY } from './store.ts';

/** The outbox of the product, with the defaults of its config. */
export function fieldwardStore(directory: string): Store {
  const outbox = new DiskOutbox({
    directory,
    maxBytes: MAX_BYTES,
    whenFull: 'drop-oldest',
    syncInterval: milliseconds(SYNC_EVERY),
    clock: new SystemClock(),
    log: silentLog,
    random: Math.random,
  });
  const never = new AbortController().signal;
  let readable = () => {};
  let [appendedBytes, writtenBefore] = [0, 0];
  outbox.onReadable(() => readable());
  return {
    async open() {
      await outbox.open(never);
      writtenBefore = outbox.status().writtenBytes;
      if (outbox.status().fault !== null) throw new Error(`the outbox says ${outbox.status().fault}`);
    },
    append(record) {
      outbox.append(record);
      appendedBytes += record.payload.length;
    },
    waiting: () => appendedBytes - (outbox.status().writtenBytes - writtenBefore),
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
