import type { Driver, PollDevice } from '../../../drivers/contract/driver.ts';
import type { LineTiming } from '../../../drivers/contract/port.ts';
import { driver as ascii } from '../../../drivers/modbus/ascii/driver.ts';
import type { Options } from '../../../drivers/modbus/options.ts';
import { type PointOptions, point } from '../../../drivers/modbus/point.ts';
import { driver } from '../../../drivers/modbus/rtu/driver.ts';
import { rtuOptions } from '../../../drivers/modbus/rtu/options.ts';
import { driver as tcp } from '../../../drivers/modbus/tcp/driver.ts';
import { UNKNOWN_LINE } from '../../../drivers/port/line.ts';
import { createDevice } from '../../../drivers/registry/loader.ts';

/** 19200 baud, 8E1. */
export const LINE: LineTiming = { baudRate: 19_200, characterMs: 11_000 / 19_200 };

export function optionsOf(given: Record<string, unknown> = {}): Options {
  return rtuOptions.parse({ unit: 1, ...given });
}

export function pointOf(given: Record<string, unknown>): PointOptions {
  return point.parse(given);
}

/** A device as the agent gets it, from options and points as they stand in the file. */
export function device(
  points: readonly Record<string, unknown>[],
  given: Record<string, unknown> = {},
  line: LineTiming = LINE,
): PollDevice {
  return madeBy(driver, points, given, line);
}

function madeBy(
  by: Driver,
  points: readonly Record<string, unknown>[],
  given: Record<string, unknown>,
  line: LineTiming,
): PollDevice {
  const created = createDevice(by, { options: { unit: 1, ...given }, points, line });
  if (created.kind !== 'poll') throw new Error('not a device that is polled');
  return created;
}

type Made = (points: readonly Record<string, unknown>[], given?: Record<string, unknown>) => PollDevice;

/** The same on Modbus ASCII, at the same line. */
export const asciiDevice: Made = (points, given = {}) => madeBy(ascii, points, given, LINE);

/** The same on Modbus TCP. */
export const tcpDevice: Made = (points, given = {}) => madeBy(tcp, points, given, UNKNOWN_LINE);
