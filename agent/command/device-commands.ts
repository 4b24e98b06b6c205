import { z } from 'zod';
import { Fault } from '../../drivers/contract/fault.ts';
import { commandOf } from './args.ts';
import type { DeviceControl } from './control.ts';
import type { Command } from './job.ts';
import { KEY_LENGTH, POINTS_READ, POINTS_WRITTEN } from './limits.ts';
import { immediate, ofQuery, ofWrite } from './outcome.ts';
import { checkValues } from './values.ts';

const noArgs = z.strictObject({});
const readArgs = z.strictObject({
  points: z
    .array(z.string().max(KEY_LENGTH))
    .min(1)
    .max(POINTS_READ)
    .optional()
    .describe('names of points; absent: all of the device'),
});
/** The values are judged by their points. */
const writeArgs = z
  .record(z.string(), z.unknown())
  .refine((args) => {
    const count = Object.keys(args).length;
    return count >= 1 && count <= POINTS_WRITTEN;
  })
  .describe(`point → value, 1 to ${POINTS_WRITTEN} of them`);

const read = commandOf<DeviceControl, z.infer<typeof readArgs>>(
  { summary: 'Reads points now; of a device that talks by itself, tells what it said last.', args: readArgs },
  (device, args) => {
    const known = device.points.map((point) => point.name);
    const names = [...new Set(args.points ?? known)];
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
);

const write = commandOf<DeviceControl, z.infer<typeof writeArgs>>(
  { summary: 'Writes points, all or none checked before the first is sent, and reads them back.', args: writeArgs },
  (device, args) => {
    const values = checkValues(device.points, args);
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
);

function polling(summary: string, act: (device: DeviceControl) => void): Command<DeviceControl> {
  return commandOf({ summary, args: noArgs }, (device: DeviceControl) => immediate(() => act(device)));
}

/** The closed table of what a device can be told. */
export const DEVICE_COMMANDS: ReadonlyMap<string, Command<DeviceControl>> = new Map([
  ['read', read],
  ['write', write],
  ['pause', polling('Stops polling or hearing the device, until `resume` or a restart.', (device) => device.pause())],
  ['resume', polling('Polls or hears the device again.', (device) => device.resume())],
]);
