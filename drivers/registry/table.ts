import type { Driver } from '../contract/driver.ts';

/** A name and how its module comes in. The module exports its driver as `driver`. */
export type DriverTable = Readonly<Record<string, () => Promise<{ readonly driver: Driver }>>>;

/**
 * Every driver there is. Each `import()` has a literal argument, so that nothing that was read from outside can ever
 * become a path. No prototype: `constructor` and the like are not in it.
 */
export const DRIVERS: DriverTable = Object.freeze(
  Object.assign(Object.create(null), {
    'dlms-push': () => import('../obis/dlms/driver.ts'),
    'dsmr-p1': () => import('../obis/p1/driver.ts'),
    'iec62056-21': () => import('../obis/iec/driver.ts'),
    lines: () => import('../lines/driver.ts'),
    mbus: () => import('../mbus/driver.ts'),
    'modbus-ascii': () => import('../modbus/ascii/driver.ts'),
    'modbus-listen': () => import('../modbus/listen/driver.ts'),
    'modbus-rtu': () => import('../modbus/rtu/driver.ts'),
    'modbus-tcp': () => import('../modbus/tcp/driver.ts'),
    nmea0183: () => import('../nmea0183/driver.ts'),
    sdi12: () => import('../sdi12/driver.ts'),
    sml: () => import('../obis/sml/driver.ts'),
    'sunspec-rtu': () => import('../modbus/sunspec/rtu/driver.ts'),
    'sunspec-tcp': () => import('../modbus/sunspec/tcp/driver.ts'),
    vedirect: () => import('../vedirect/driver.ts'),
  } satisfies DriverTable),
);
