import { ClassicLevel } from 'classic-level';
import type { OutboxRecord } from '../../../agent/outbox/outbox.ts';
import { GATHERED, type Store, SYNC_EVERY } from './store.ts';

/** After every number, in the order of bytes. */
const COUNTS = Buffer.from([0xff]);

interface Change {
  readonly type: 'put';
  readonly key: Buffer;
  readonly value: Buffer;
}

/**
 * LevelDB as a careful user writes an outbox on it: records under their number, gathered into batches, the last batch
 * of each interval synced. With each batch goes how much is held, so that a start need not read everything to keep a
 * bound.
 */
export function levelStore(directory: string): Store {
  const db = new ClassicLevel<Buffer, Buffer>(directory, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  let gathered: OutboxRecord[] = [];
  let [gatheredBytes, waiting] = [0, 0];
  let [held, acknowledged, forgotten] = [0, 0, 0];
  let last: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const flush = (sync: boolean): Promise<void> => {
    const changes: Change[] = gathered.map((record) => ({
      type: 'put',
      key: keyOf(record.seq),
      value: bytesOf(record),
    }));
    const bytes = gatheredBytes;
    [gathered, gatheredBytes] = [[], 0];
    const through = acknowledged;
    changes.push({ type: 'put', key: COUNTS, value: Buffer.from(`${held} ${through}`) });
    const write = async () => {
      await db.batch(changes, { sync });
      waiting -= bytes;
      if (through > forgotten) await db.clear({ gt: keyOf(forgotten), lte: keyOf(through) });
      forgotten = through;
    };
    last = last.then(write);
    return last;
  };
  return {
    async open() {
      await db.open();
      const counts = await db.get(COUNTS);
      [held, acknowledged] = (counts?.toString().split(' ').map(Number) as [number, number] | undefined) ?? [0, 0];
      timer = setInterval(() => void flush(true), SYNC_EVERY);
    },
    append(record) {
      gathered.push(record);
      gatheredBytes += record.payload.length;
      waiting += record.payload.length;
      held += 1;
      if (gatheredBytes > GATHERED) void flush(false);
    },
    async peek(count, afterSeq) {
      const after = Math.max(afterSeq, acknowledged);
      const found = await db.iterator({ gt: keyOf(after), lt: COUNTS, limit: count }).all();
      const records = found.map(([key, value]) => recordFrom(key, value));
      if (records.length > 0) return records;
      return gathered.filter(({ seq }) => seq > after).slice(0, count);
    },
    acknowledgeThrough(seq) {
      // numbers without gaps here: the held count follows from them
      held -= Math.max(0, seq - acknowledged);
      acknowledged = Math.max(acknowledged, seq);
    },
    waiting: () => waiting,
    held: () => held,
    async close() {
      clearInterval(timer);
      await flush(true);
      await db.close();
    },
  };
}

function keyOf(seq: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeBigUInt64BE(BigInt(seq));
  return key;
}

function bytesOf({ device, payload }: OutboxRecord): Buffer {
  return Buffer.from(`${device}\n${payload}`);
}

function recordFrom(key: Buffer, value: Buffer): OutboxRecord {
  const text = value.toString();
  const end = text.indexOf('\n');
  return { seq: Number(key.readBigUInt64BE()), device: text.slice(0, end), payload: text.slice(end + 1) };
}
