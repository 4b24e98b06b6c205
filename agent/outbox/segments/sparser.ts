import type { OutboxRecord } from '../outbox.ts';
import { sharesOf } from '../shares.ts';

/**
 * Makes history sparser where it is oldest: in the older half, of each device's records every second one goes. Where few
 * devices hold most of it, only theirs go (`heavy` in `shares.ts`), so that a device that floods loses its own. Done again
 * each time that the outbox is full, so that a long absence leaves a few old readings and many young ones instead of none
 * and all. A device's oldest record always stays: it says where the history begins.
 * @param records oldest first
 * @param cost bytes that a record counts for
 */
export function sparser(records: readonly OutboxRecord[], cost: (record: OutboxRecord) => number): OutboxRecord[] {
  const half = Math.floor(records.length / 2);
  return [...everySecond(records.slice(0, half), new Map(), cost), ...records.slice(half)];
}

/**
 * Of each heavy device's records every second one, beginning with the first, and all records of the others.
 * @param odd whether a device's next one goes; carries on from one part of the history to the next
 */
export function everySecond(
  records: readonly OutboxRecord[],
  odd: Map<string, boolean>,
  cost: (record: OutboxRecord) => number,
): OutboxRecord[] {
  const { heavy } = sharesOf(records, cost);
  return records.filter(({ device }) => {
    if (!heavy.has(device)) return true;
    const drop = odd.get(device) ?? false;
    odd.set(device, !drop);
    return !drop;
  });
}
