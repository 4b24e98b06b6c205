import type { OutboxRecord } from './outbox.ts';

/**
 * Makes history sparser where it is oldest: in the older half, of each device's records every second one goes. Done
 * again each time that the outbox is full, so that a long absence leaves a few old readings and many young ones
 * instead of none and all. A device's oldest record always stays: it says where the history begins.
 * @param records oldest first
 */
export function sparser(records: readonly OutboxRecord[]): OutboxRecord[] {
  const half = Math.floor(records.length / 2);
  const odd = new Map<string, boolean>();
  return records.filter((record, index) => {
    if (index >= half) return true;
    const drop = odd.get(record.device) ?? false;
    odd.set(record.device, !drop);
    return !drop;
  });
}
