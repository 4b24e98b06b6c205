import type { Status } from './schema.ts';

/** How much is left out: nothing, devices that are well, all devices, buses too. */
export const SHORTENINGS = 4;

/** A status that takes fewer bytes. Parts that are left out are counted in it. @param step 0 (nothing) to 3 */
export function shorten(status: Status, step: number): Status {
  if (step <= 0) return status;
  const devices = step >= 2 ? {} : unwell(status.devices);
  const buses = step >= 3 ? {} : status.buses;
  const leftOut = {
    devices: Object.keys(status.devices).length - Object.keys(devices).length,
    buses: Object.keys(status.buses).length - Object.keys(buses).length,
  };
  return { ...status, devices, buses, leftOut };
}

function unwell(devices: Status['devices']): Status['devices'] {
  return Object.fromEntries(Object.entries(devices).filter(([, { health, fault }]) => health !== 'online' || fault));
}
