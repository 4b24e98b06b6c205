import type { Point } from '../../drivers/contract/reading.ts';

export interface DescribedDevice {
  readonly label?: string | undefined;
  /** Its driver's name. */
  readonly driver: string;
  /** With what they mean. */
  readonly points: readonly Point[];
  /** Commands that its gateway takes for it. */
  readonly commands: readonly string[];
}

/**
 * The facts of a device that a client needs to show its values and to ask for a write: labels, units, write limits. It
 * follows from the config and the profile, so it is the same for a whole run. Pure.
 */
export function metaText({ label, driver, points, commands }: DescribedDevice): string {
  const writes = commands.includes('write');
  return JSON.stringify({
    label,
    driver,
    commands,
    points: Object.fromEntries(points.map((point) => [point.name, pointMeta(point, writes)])),
  });
}

function pointMeta(point: Point, writes: boolean): object {
  const { label, type, unit, quantity, counts, choices, min, max, step, writable, confirm, action } = point;
  return {
    type,
    label,
    unit: unit === '' ? undefined : unit,
    quantity,
    counts,
    ...((min !== undefined || max !== undefined) && { min, max }),
    ...(writable && writes && { write: { step, oneOf: action === true ? [true] : choices, confirm } }),
  };
}
