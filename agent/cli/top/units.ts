import type { Device } from '../../../drivers/contract/driver.ts';

export type UnitOf = (device: string, point: string) => string | undefined;

/** The units of points as the devices of a checked config know them. */
export function unitsOf(devices: ReadonlyMap<string, Device>): UnitOf {
  const units = new Map<string, string | undefined>();
  for (const [id, { points }] of devices) {
    // Neither an id nor a point's name holds a slash.
    for (const point of points) units.set(`${id}/${point.name}`, point.unit);
  }
  return (device, point) => units.get(`${device}/${point}`);
}
