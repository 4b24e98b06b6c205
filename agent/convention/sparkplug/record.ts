import { get, isMapping } from '../../../config/source/data.ts';
import type { OutboxRecord } from '../../outbox/outbox.ts';
import type { PointValue } from './edge-node.ts';

/** The values of a reading as the outbox keeps it; none of a bad one, and none of a text that no agent of ours wrote. */
export function readingValues({ payload }: OutboxRecord): readonly PointValue[] {
  let reading: unknown;
  try {
    reading = JSON.parse(payload);
  } catch {
    return [];
  }
  const values = get(reading, 'values');
  const at = timeOf(reading);
  if (!isMapping(values) || at === undefined) return [];
  const quality = get(reading, 'quality') === 'good' ? 'good' : 'bad';
  return Object.entries(values).flatMap(([point, value]): PointValue[] => {
    const isValue =
      value === null || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string';
    return isValue ? [{ point, value, quality, at }] : [];
  });
}

/** Records of earlier releases have `at` alone. */
function timeOf(reading: unknown): number | undefined {
  const ts = get(reading, 'ts');
  if (typeof ts === 'number' && Number.isSafeInteger(ts)) return ts;
  const at = Date.parse(String(get(reading, 'at')));
  return Number.isFinite(at) ? at : undefined;
}
