import { z } from 'zod';
import { DRIVER_NAME } from '../../drivers/registry/name.ts';
import { id } from '../../drivers/schema/text.ts';
import { AMOUNTS, LIMITS, STALE_AFTER } from '../limits.ts';
import { limited, limitedWithoutDefault } from './number.ts';

/** Commands that a device can take. */
export const DEVICE_COMMANDS = ['read', 'write', 'pause', 'resume'] as const;

/** Levels of the gateway's own topics: a device of that name would hear or speak for the gateway. */
export const RESERVED_IDS: readonly string[] = ['command', 'status', 'availability', 'reply'];

const anyMapping = z.record(z.string(), z.unknown(), { error: 'must be a mapping' });

/** The keys of a device that no driver changes. */
export const deviceShape = {
  id: id()
    .refine((value) => !RESERVED_IDS.includes(value), {
      error: `must not be one of ${RESERVED_IDS.join(', ')}: these are topics of the gateway`,
    })
    .describe('Name of the device, unique in the gateway; a level of its topics.'),
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
  staleAfterMs: limitedWithoutDefault(LIMITS.device.staleAfterMs).optional(),
  heartbeatMs: limited(LIMITS.device.heartbeatMs),
  offlineAfter: limited(LIMITS.device.offlineAfter),
  minTimeoutMs: limited(LIMITS.device.minTimeoutMs),
  probeMinMs: limited(LIMITS.device.probeMinMs),
  probeMaxMs: limited(LIMITS.device.probeMaxMs),
  commands: z
    .strictObject({
      allow: z
        .array(z.enum(DEVICE_COMMANDS), { error: 'must be a list' })
        .max(DEVICE_COMMANDS.length, { error: `must have at most ${DEVICE_COMMANDS.length} entries` })
        .default([...DEVICE_COMMANDS])
        .describe('Commands that this device takes; those that the gateway does not allow are refused all the same.'),
    })
    .prefault({})
    .describe('What may be asked of this device over MQTT.'),
};

/** What `staleAfterMs` is where the file says nothing: a few periods, and never so short that one late poll counts. */
function defaultStaleAfter(pollMs: number): number {
  const periods = Math.min(STALE_AFTER.periods * pollMs, LIMITS.device.staleAfterMs.max);
  return Math.max(STALE_AFTER.least, periods);
}

export const deviceSchema = z
  .strictObject(deviceShape)
  .transform((device) => ({ ...device, staleAfterMs: device.staleAfterMs ?? defaultStaleAfter(device.pollMs) }));
