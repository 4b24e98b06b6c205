import type { OutboxRecord } from './outbox.ts';

/**
 * Makes history sparser where it is oldest: in the older half, of each device's records every second one goes. Done
 * again each time that the outbox is full, so that a long absence leaves a few old readings and many young ones
 * instead of none and all. A device's oldest record always stays: it says where the history begins.
 * @param records oldest first
 */
export function sparser(records: readonly OutboxRecord[]): OutboxRecord[] {
  const half = Math.floor(records.length / 2);
  return [...everySecond(records.slice(0, half), new Map()), ...records.slice(half)];
}

/**
 * Of each device's records every second one, beginning with the first.
 * @param odd whether a device's next one goes; carries on from one part of the history to the next
 */
export function everySecond(records: readonly OutboxRecord[], odd: Map<string, boolean>): OutboxRecord[] {
  return records.filter(({ device }) => {
    const drop = odd.get(device) ?? false;
    odd.set(device, !drop);
    return !drop;
  });
}
