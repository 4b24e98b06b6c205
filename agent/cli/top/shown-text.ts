import { cleanText } from '../../../drivers/framing/text.ts';
import type { Shown } from '../../console/wire.ts';
import { numberText } from '../number-text.ts';

/** In the place of what nobody knows. */
export const DASH = '–';

/** A value as people read it, and its unit. */
export function showValue(value: Shown, unit: string | undefined): string {
  if (value === null) return DASH;
  const text =
    typeof value === 'number' ? numberText(value) : typeof value === 'string' ? cleanText(value) : `${value}`;
  return unit === undefined || unit === '' ? text : `${text} ${cleanText(unit, 16)}`;
}

/** A span as people read it: `0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`. */
export function showSpan(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
