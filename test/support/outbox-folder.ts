import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutboxRecord } from '../../agent/outbox/outbox.ts';
import { SEGMENT_HEADER, segmentNumber } from '../../agent/outbox/segments/format.ts';
import { readAt, recordAt } from '../../agent/outbox/segments/record-format.ts';

/** Every whole record in the segments of an outbox that nobody has open, acknowledged ones too, in the order of `seq`. */
export async function recordsOnDisk(folder: string): Promise<readonly OutboxRecord[]> {
  const names = await readdir(folder).catch(() => []);
  const records = new Map<number, OutboxRecord>();
  for (const name of names) {
    if (segmentNumber(name) === undefined) continue;
    const bytes = await readFile(join(folder, name));
    for (let at = SEGMENT_HEADER; ; ) {
      const read = readAt(bytes, at);
      if (read.kind !== 'record') break;
      records.set(read.seq, recordAt(bytes, at, read.seq, read.end));
      at = read.end;
    }
  }
  return [...records.values()].sort((a, b) => a.seq - b.seq);
}
