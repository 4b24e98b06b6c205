import { DRIVER_CONTRACT, type Driver } from '../contract/driver.ts';

/** Whether what a module exports is a driver of this name and of the contract's version. */
export function isDriverNamed(name: string, candidate: unknown): candidate is Driver {
  if (typeof candidate !== 'object' || candidate === null) return false;
  const driver = candidate as Partial<Record<keyof Driver, unknown>>;
  return (
    driver.contract === DRIVER_CONTRACT &&
    driver.name === name &&
    typeof driver.summary === 'string' &&
    isSchema(driver.options) &&
    isSchema(driver.point) &&
    areJudges(driver.secrets) &&
    typeof driver.create === 'function'
  );
}

function areJudges(secrets: unknown): boolean {
  if (secrets === undefined) return true;
  const judges: unknown[] = typeof secrets === 'object' && secrets !== null ? Object.values(secrets) : [undefined];
  return judges.every((judge) => typeof judge === 'function');
}

/** Whether what `create` returned is a device that the agent can run. */
export function isDevice(candidate: unknown): boolean {
  if (typeof candidate !== 'object' || candidate === null) return false;
  const device = candidate as Record<string, unknown>;
  if (!Array.isArray(device.points)) return false;
  if (device.kind === 'poll') return typeof device.plan === 'function' && typeof device.write === 'function';
  if (device.kind === 'stream') {
    const isAskable =
      device.asked === undefined ||
      ((device.asked as { kind?: unknown } | null)?.kind === 'poll' && isDevice(device.asked));
    return isAskable && typeof device.framer === 'function' && typeof device.decode === 'function';
  }
  return false;
}

function isSchema(candidate: unknown): boolean {
  return typeof (candidate as { safeParse?: unknown } | null | undefined)?.safeParse === 'function';
}
