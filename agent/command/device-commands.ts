import { z } from 'zod';
import { Fault } from '../../drivers/contract/fault.ts';
import { checkArgs } from './args.ts';
import type { DeviceControl } from './control.ts';
import type { Command } from './job.ts';
import { KEY_LENGTH, POINTS_READ, POINTS_WRITTEN } from './limits.ts';
import { immediate, ofQuery, ofWrite } from './outcome.ts';
import { checkValues } from './values.ts';

const noArgs = z.strictObject({});
const readArgs = z.strictObject({
  /** Absent: all points of the device. */
  points: z.array(z.string().max(KEY_LENGTH)).min(1).max(POINTS_READ).optional(),
});
/** Point → value; the values are judged by their points. */
const writeArgs = z.record(z.string(), z.unknown()).refine((args) => {
  const count = Object.keys(args).length;
  return count >= 1 && count <= POINTS_WRITTEN;
});

const read: Command<DeviceControl> = {
  always: false,
  prepare(device, args) {
    const known = device.points.map((point) => point.name);
    const names = [...new Set(checkArgs(readArgs, args).points ?? known)];
    if (!names.every((name) => known.includes(name))) throw new Fault('command/unknown-point');
    return {
      otherwise: 'failed',
      async run({ signal }) {
        try {
          return { outcome: 'done', values: await device.read(names, signal) };
        } catch (thrown) {
          return ofQuery(thrown);
        }
      },
    };
  },
};

const write: Command<DeviceControl> = {
  always: false,
  prepare(device, args) {
    const values = checkValues(device.points, checkArgs(writeArgs, args));
    return {
      otherwise: 'unknown',
      async run({ stillValid, signal }) {
        try {
          const { outcome, fault, values: readBack } = await device.write(values, stillValid, signal);
          return { outcome, fault: fault?.code, values: readBack };
        } catch (thrown) {
          return ofWrite(thrown);
        }
      },
    };
  },
};

function polling(act: (device: DeviceControl) => void): Command<DeviceControl> {
  return {
    always: false,
    prepare(device, args) {
      checkArgs(noArgs, args);
      return immediate(() => act(device));
    },
  };
}

/** The closed table of what a device can be told. */
export const DEVICE_COMMANDS: ReadonlyMap<string, Command<DeviceControl>> = new Map([
  ['read', read],
  ['write', write],
  ['pause', polling((device) => device.pause())],
  ['resume', polling((device) => device.resume())],
]);
