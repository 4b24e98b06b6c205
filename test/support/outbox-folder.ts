import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutboxRecord } from '../../agent/outbox/outbox.ts';
import { SEGMENT_HEADER, segmentNumber } from '../../agent/outbox/segments/format.ts';
import { scanRecords } from '../../agent/outbox/segments/record-scan.ts';

/** Every whole record in the segments of an outbox that nobody has open, acknowledged ones too, in the order of `seq`. */
export async function recordsOnDisk(folder: string): Promise<readonly OutboxRecord[]> {
  const names = await readdir(folder).catch(() => []);
  const records = new Map<number, OutboxRecord>();
  for (const name of names) {
    if (segmentNumber(name) === undefined) continue;
    const bytes = await readFile(join(folder, name)).catch(() => Buffer.alloc(0));
    for (const record of recordsIn(bytes)) records.set(record.seq, record);
  }
  return [...records.values()].sort((a, b) => a.seq - b.seq);
}

/** Every whole record of a segment, as its file is. */
export function recordsIn(segment: Buffer): readonly OutboxRecord[] {
  return scanRecords(segment, { from: SEGMENT_HEADER, after: 0, isWhole: false }).records;
}
