import { Fault } from '../../../drivers/contract/fault.ts';
import type { Point, Value } from '../../../drivers/contract/reading.ts';
import { isAllowed } from '../../../drivers/schema/allowed.ts';

/**
 * The values that may be written, in the order of the request; all or none.
 * @throws Fault `command/unknown-point`, `command/not-writable`, `command/value`
 */
export function checkValues(
  points: readonly Point[],
  args: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, Value> {
  const known = new Map(points.map((point) => [point.name, point]));
  const values = new Map<string, Value>();
  for (const [name, value] of Object.entries(args)) {
    const point = known.get(name);
    if (point === undefined) throw new Fault('command/unknown-point');
    if (!point.writable) throw new Fault('command/not-writable');
    if (!isAllowed(point, value)) throw new Fault('command/value');
    values.set(name, value);
  }
  return values;
}
