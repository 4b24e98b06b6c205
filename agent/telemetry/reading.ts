import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { Value } from '../../drivers/contract/reading.ts';
import type { ClockState } from '../clock/clock.ts';
import type { OutgoingMessage } from '../link/link.ts';
import { DELIVERY, type Topics } from '../link/topics.ts';
import type { OutboxRecord } from '../outbox/outbox.ts';
import type { Quality } from './quality.ts';

export interface Stamp {
  readonly seq: number;
  readonly boot: string;
  /** Wall clock, milliseconds since 1970. */
  readonly wall: number;
  readonly clock: ClockState;
}

/** ISO 8601 in UTC with milliseconds. */
function isoTime(wall: number): string {
  return new Date(wall).toISOString();
}

/** `"name":` once, for all of a point's values. */
export function memberKey(name: string): string {
  return `${JSON.stringify(name)}:`;
}

/** A value as JSON. Numbers that JSON has no word for do not come from drivers, and would be null. */
export function valueText(value: Value): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** A reading without `backfill`. Put together by hand: it is the agent's hottest path. @param members `"name":value,…` */
export function readingText(stamp: Stamp, quality: Exclude<Quality, 'bad'>, members: string): string {
  return `${head(stamp)}"quality":"${quality}","values":{${members}}}`;
}

/** A reading that failed: no values, but why. */
export function badReadingText(stamp: Stamp, fault: FaultCode): string {
  return `${head(stamp)}"quality":"bad","fault":"${fault}"}`;
}

/** The reading as it is sent. */
export function withBackfill(payload: string, backfill: boolean): string {
  return `${payload.slice(0, -1)},"backfill":${backfill}}`;
}

/** The same with all that the link wants to know. */
export function readingMessage(topics: Topics, { device, payload }: OutboxRecord, backfill: boolean): OutgoingMessage {
  return { topic: topics.readings(device), payload: withBackfill(payload, backfill), ...DELIVERY.readings };
}

/** The newest values. */
export function stateText(wall: number, members: string): string {
  return `{"at":"${isoTime(wall)}","values":{${members}}}`;
}

function head({ seq, boot, wall, clock }: Stamp): string {
  return `{"seq":${seq},"boot":"${boot}","at":"${isoTime(wall)}","clock":"${clock}",`;
}
