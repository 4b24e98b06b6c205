import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { Value } from '../../drivers/contract/reading.ts';
import type { ClockState } from '../clock/clock.ts';
import type { Quality } from './quality.ts';

export interface Stamp {
  readonly seq: number;
  readonly boot: string;
  /** Wall clock, milliseconds since 1970. */
  readonly wall: number;
  readonly clock: ClockState;
}

const SECOND = 1000;

/** The second of the last reading as text, up to the point: a busy gateway stamps thousands of readings in one. */
let last = { second: Number.NaN, text: '' };

/** ISO 8601 in UTC with milliseconds. */
function isoTime(wall: number): string {
  const whole = Math.trunc(wall);
  const second = Math.floor(whole / SECOND);
  if (second !== last.second) last = { second, text: new Date(second * SECOND).toISOString().slice(0, -4) };
  return `${last.text}${String(whole - second * SECOND).padStart(3, '0')}Z`;
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

/** A value as plain text: as JSON, but for texts, which are as they are. */
export function plainText(value: Value): string {
  return typeof value === 'string' ? value : valueText(value);
}

/** A reading without `backfill`. Put together by hand: it is the agent's hottest path. @param members `"name":value,…` */
export function readingText(stamp: Stamp, quality: Exclude<Quality, 'bad'>, members: string): string {
  return `${head(stamp)}"quality":"${quality}","values":{${members}}}`;
}

/** A reading that failed: no values, but why. */
export function badReadingText(stamp: Stamp, fault: FaultCode): string {
  return `${head(stamp)}"quality":"bad","fault":"${fault}"}`;
}

function head({ seq, boot, wall, clock }: Stamp): string {
  return `{"seq":${seq},"boot":"${boot}","at":"${isoTime(wall)}","clock":"${clock}","ts":${Math.trunc(wall)},`;
}
