import type { PollDevice } from '../../../drivers/contract/driver.ts';
import type { LineTiming } from '../../../drivers/contract/port.ts';
import { type Options, options } from '../../../drivers/modbus/options.ts';
import { type PointOptions, point } from '../../../drivers/modbus/point.ts';
import { driver } from '../../../drivers/modbus/rtu/driver.ts';

/** 19200 baud, 8E1. */
export const LINE: LineTiming = { baudRate: 19_200, characterMs: 11_000 / 19_200 };

export function optionsOf(given: Record<string, unknown> = {}): Options {
  return options.parse({ unit: 1, ...given });
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
  const created = driver.create({ options: optionsOf(given), points: points.map(pointOf), line });
  if (created.kind !== 'poll') throw new Error('not a device that is polled');
  return created;
}
