import { z } from 'zod';
import { Fault } from '../../drivers/contract/fault.ts';
import type { Value } from '../../drivers/contract/reading.ts';
import { isInRange } from '../../drivers/schema/allowed.ts';
import type { DeviceControl, PointsRead } from '../device/control.ts';
import type { Command, Result } from './job.ts';
import { FAULTS_TOLD, KEY_LENGTH, POINTS_READ, POINTS_WRITTEN } from './limits.ts';
import { immediate, ofQuery } from './outcome.ts';
import { commandOf } from './request/args.ts';
import { checkValues } from './request/values.ts';
import { guardedWrite } from './write/guarded-write.ts';
import type { WriteRules } from './write/rules.ts';
import type { Selections } from './write/selections.ts';

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

const operateArgs = z.strictObject({
  token: z.string().max(KEY_LENGTH).describe('of the reply to `select`'),
  values: writeArgs,
});

/** A device, and the rules for writes to it. */
export interface DeviceTarget {
  readonly device: DeviceControl;
  readonly guard: WriteRules;
  readonly selections: Selections;
}

const read = commandOf<DeviceTarget, z.infer<typeof readArgs>>(
  {
    summary:
      'Reads points now; of a device that talks by itself, tells what it said last. Values that are out of their range, or came without a checksum, are named in `uncertain`. Where points could not be read the outcome is `failed`, with the `values` of the others and the code of each in `faults`.',
    args: readArgs,
  },
  ({ device }, args) => {
    const known = new Map(device.points.map((point) => [point.name, point]));
    const readable = device.points.flatMap(({ name, action }) => (action ? [] : [name]));
    const names = [...new Set(args.points ?? readable)];
    if (!names.every((name) => known.has(name))) throw new Fault('command/unknown-point');
    if (names.some((name) => known.get(name)?.action)) throw new Fault('command/not-readable');
    return {
      otherwise: 'failed',
      async run({ signal }) {
        try {
          const {
            values,
            faults = {},
            doubtful,
          } = await (device.readEach?.(names, signal) ?? all(device, names, signal));
          const [first] = Object.values(faults);
          if (first === undefined) return { outcome: 'done', ...told(device, values, doubtful) };
          const named = Object.fromEntries(Object.entries(faults).slice(0, FAULTS_TOLD));
          // it was asked, with any end
          return { outcome: 'failed', fault: first, ...told(device, values, doubtful), faults: named };
        } catch (thrown) {
          return ofQuery(thrown);
        }
      },
    };
  },
);

async function all(device: DeviceControl, names: readonly string[], signal: AbortSignal): Promise<PointsRead> {
  return { values: await device.read(names, signal) };
}

/** Never a value without its quality. */
function told(
  { points }: DeviceControl,
  values: Readonly<Record<string, Value>>,
  doubtful: readonly string[] = [],
): Pick<Result, 'values' | 'uncertain'> {
  const uncertain = points.flatMap((point) => {
    const value = Object.hasOwn(values, point.name) ? values[point.name] : undefined;
    const isSure = isInRange(point, value ?? null) && !doubtful.includes(point.name);
    return value === undefined || isSure ? [] : [point.name];
  });
  return { values, uncertain: uncertain.length === 0 ? undefined : uncertain };
}

const write = commandOf<DeviceTarget, z.infer<typeof writeArgs>>(
  { summary: 'Writes points, all or none checked before the first is sent, and reads them back.', args: writeArgs },
  ({ device, guard }, args) => {
    const values = checkValues(device.points, args);
    guard.check(device, values);
    return { otherwise: 'unknown', run: (run) => guardedWrite({ device, guard, values }, run) };
  },
);

const select = commandOf<DeviceTarget, z.infer<typeof writeArgs>>(
  {
    summary:
      'Checks all that `write` checks, sends nothing, and answers with a token for `operate`: `token`, `validMs`.',
    args: writeArgs,
  },
  ({ device, guard, selections }, args) => {
    const values = checkValues(device.points, args);
    guard.check(device, values, true);
    selections.check(device.id, values);
    device.check?.(values);
    return {
      otherwise: 'failed',
      async run({ stillValid, signal }) {
        try {
          return await guard.inTurn(device, signal, async () => {
            stillValid();
            guard.check(device, values, true);
            await guard.interlock(device, values, signal);
            stillValid();
            return { outcome: 'done', values: { ...selections.open(device.id, values) } };
          });
        } catch (thrown) {
          return ofQuery(thrown);
        }
      },
    };
  },
);

const operate = commandOf<DeviceTarget, z.infer<typeof operateArgs>>(
  {
    summary:
      'Writes the values that were selected, once, as `write` does: what is sent uses the token up, and a refusal does not.',
    args: operateArgs,
  },
  ({ device, guard, selections }, { token, values: args }) => {
    const selection = selections.claim(device.id, token, args);
    const values = checkValues(device.points, args);
    guard.check(device, values, true);
    return { otherwise: 'unknown', run: (run) => guardedWrite({ device, guard, values, selection }, run) };
  },
);

function polling(summary: string, act: (device: DeviceControl) => void): Command<DeviceTarget> {
  return commandOf({ summary, args: noArgs }, ({ device }: DeviceTarget) => immediate(() => act(device)));
}

/** The closed table of what a device can be told. */
export const DEVICE_COMMANDS: ReadonlyMap<string, Command<DeviceTarget>> = new Map([
  ['read', read],
  ['write', write],
  ['select', select],
  ['operate', operate],
  ['pause', polling('Stops polling or hearing the device, until `resume` or a restart.', (device) => device.pause())],
  ['resume', polling('Polls or hears the device again.', (device) => device.resume())],
]);
