import { z } from 'zod';
import { DRIVER_NAME } from '../../drivers/registry/name.ts';
import { TEXT_LENGTH } from '../../drivers/schema/allowed.ts';
import { realNumber } from '../../drivers/schema/number.ts';
import { LARGEST } from '../../drivers/schema/point.ts';
import { id, label } from '../../drivers/schema/text.ts';
import { STALE_AFTER } from '../derived-defaults.ts';
import { AMOUNTS, LIMITS } from '../limits.ts';
import { limited, limitedWithoutDefault } from './number.ts';
import { flag } from './text.ts';

/** Commands that a device can take. */
export const DEVICE_COMMAND_NAMES = ['read', 'write', 'pause', 'resume'] as const;

/** Levels of the gateway's own topics: a device of that name would hear or speak for the gateway. */
export const RESERVED_IDS: readonly string[] = ['command', 'status', 'availability', 'reply'];

const anyMapping = z.record(z.string(), z.unknown(), { error: 'must be a mapping' });

/** Whether the device has the points, and they take the values, is judged once it is made: rules/link-loss.ts. */
const linkLossValues = z
  .record(
    id(),
    z.union([realNumber(-LARGEST, LARGEST), z.boolean(), z.string().max(TEXT_LENGTH)], {
      error: `must be a number, true or false, or text of at most ${TEXT_LENGTH} characters`,
    }),
    { error: 'must be a mapping' },
  )
  .refine(
    (values) => {
      const count = Object.keys(values).length;
      return count >= 1 && count <= AMOUNTS.linkLossPoints;
    },
    { error: `must have 1 to ${AMOUNTS.linkLossPoints} entries` },
  )
  .describe(
    `Point → value, 1 to ${AMOUNTS.linkLossPoints} of them; the points must be writable, and each value within what its point takes.`,
  );

/** The keys of a device that no driver changes. */
export const deviceShape = {
  id: id()
    .refine((value) => !RESERVED_IDS.includes(value), {
      error: `must not be one of ${RESERVED_IDS.join(', ')}: these are topics of the gateway`,
    })
    .describe('Name of the device, unique in the gateway; a level of its topics.'),
  label: label('Name of the device for people, 1 to 64 characters; default: made from its id.'),
  identity: z
    .strictObject(
      {
        ask: flag()
          .default(true)
          .describe(
            'true: the device is asked what it is, where its protocol has a question for it. It is asked seldom, when the line has nothing else to do, and never again once it has refused. false: it is not; what it says by itself counts all the same.',
          ),
        maker: label('Who made it; default: of the profile.'),
        model: label('Its model; default: of the profile.'),
        serial: label('Its serial number.'),
        firmware: label('The version of its program.'),
      },
      { error: 'must be a mapping' },
    )
    .optional()
    .describe(
      'The text that topic `identity` tells of the device where the device does not say it itself. It comes before that of the profile.',
    ),
  driver: z
    .string({ error: 'must be text' })
    .regex(DRIVER_NAME, { error: 'must be the name of a driver; see `fieldward drivers`' })
    .describe('Its protocol; see `fieldward drivers`.'),
  options: anyMapping.default({}).describe('What the driver needs to know of this device.'),
  points: z
    .array(anyMapping, { error: 'must be a list' })
    .max(AMOUNTS.pointsPerDevice, { error: `must have at most ${AMOUNTS.pointsPerDevice} entries` })
    .default([])
    .describe('The named quantities of the device; laid by name over those of the profile.'),
  pollMs: limited(LIMITS.device.pollMs),
  minGapMs: limited(LIMITS.device.minGapMs),
  staleAfterMs: limitedWithoutDefault(LIMITS.device.staleAfterMs).optional(),
  heartbeatMs: limited(LIMITS.device.heartbeatMs),
  maxReadingsPerS: limited(LIMITS.device.maxReadingsPerS),
  offlineAfter: limited(LIMITS.device.offlineAfter),
  minTimeoutMs: limited(LIMITS.device.minTimeoutMs),
  probeMinMs: limited(LIMITS.device.probeMinMs),
  probeMaxMs: limited(LIMITS.device.probeMaxMs),
  commands: z
    .strictObject({
      allow: z
        .array(z.enum(DEVICE_COMMAND_NAMES), { error: 'must be a list' })
        .max(DEVICE_COMMAND_NAMES.length, { error: `must have at most ${DEVICE_COMMAND_NAMES.length} entries` })
        .default([...DEVICE_COMMAND_NAMES])
        .describe('Commands that this device takes; those that the gateway does not allow are refused all the same.'),
    })
    .prefault({})
    .describe('Commands that this device takes over MQTT.'),
  onLinkLoss: z
    .strictObject({ afterMs: limitedWithoutDefault(LIMITS.onLinkLoss.afterMs), write: linkLossValues })
    .optional()
    .describe(
      'Values that are written once when the broker has been away for so long; absent: none. Whether commands are enabled or allowed makes no difference; while the lockout is set it waits. It is repeated until the device has confirmed it, and called off when the broker is back. A stopped agent writes nothing.',
    ),
};

/** The value of `staleAfterMs` where the file says nothing: a few periods, and never so short that one late poll counts. */
export function defaultStaleAfter(pollMs: number): number {
  const periods = Math.min(STALE_AFTER.periods * pollMs, LIMITS.device.staleAfterMs.max);
  return Math.max(STALE_AFTER.least, periods);
}

export const deviceSchema = z
  .strictObject(deviceShape)
  .transform((device) => ({ ...device, staleAfterMs: device.staleAfterMs ?? defaultStaleAfter(device.pollMs) }));
