import { z } from 'zod';
import { id } from '../../drivers/schema/text.ts';
import type { Config } from '../config.ts';
import { AMOUNTS, LIMITS } from '../limits.ts';
import { busSchema } from './bus.ts';
import { DEVICE_COMMAND_NAMES } from './device.ts';
import { homeAssistantSchema } from './home-assistant.ts';
import { metricsSchema } from './metrics.ts';
import { mqttSchema } from './mqtt.ts';
import { limited } from './number.ts';
import { signingSchema } from './signing.ts';
import { sparkplugSchema } from './sparkplug.ts';
import { absolutePath, flag } from './text.ts';

/** Every command that a gateway can know, for itself or for one of its devices. */
const COMMANDS = ['ping', 'status', ...DEVICE_COMMAND_NAMES, 'reopen', 'loglevel', 'restart', 'diagnostics'] as const;

/** The commands that are allowed where the file names none: none that ends the agent or makes it talk more. */
const DEFAULT_COMMANDS = ['ping', 'status', ...DEVICE_COMMAND_NAMES, 'reopen'] as const;

const outboxSchema = z.strictObject({
  directory: absolutePath()
    .optional()
    .describe(
      'Folder for the readings that wait, and for the number of the next one, so that numbers go on after a restart. It also keeps the topics that were announced, so that those of a device or name that is gone are cleared. The number of the newest is kept in $RUNTIME_DIRECTORY, where that is set. Default $STATE_DIRECTORY/outbox; absent: readings wait in memory, numbers begin anew, and the announcements of a killed agent stay at the broker.',
    ),
  maxBytes: limited(LIMITS.outbox.maxBytes),
  whenFull: z
    .enum(['drop-oldest', 'drop-newest', 'thin'])
    .default('drop-oldest')
    .describe('What goes when it is full: the oldest readings, the newest, or every second one. Default drop-oldest.'),
  syncIntervalMs: limited(LIMITS.outbox.syncIntervalMs),
  backfillPerS: limited(LIMITS.outbox.backfillPerS),
});

const commandsSchema = z.strictObject({
  enabled: flag()
    .default(true)
    .describe('Whether commands are taken at all; points must be writable besides. Default true.'),
  allow: z
    .array(z.enum(COMMANDS), { error: 'must be a list' })
    .max(COMMANDS.length, { error: `must have at most ${COMMANDS.length} entries` })
    .default([...DEFAULT_COMMANDS])
    .describe(`Commands that are taken; default ${DEFAULT_COMMANDS.join(', ')}.`),
  maxAgeMs: limited(LIMITS.commands.maxAgeMs),
  directory: absolutePath()
    .optional()
    .describe(
      'Folder for the ids of executed commands, the counts of writes and the audit journal. Default $STATE_DIRECTORY/commands; absent: in memory only, and after a restart an unexpired request could be executed again.',
    ),
  requireClock: flag()
    .default(true)
    .describe(
      'Whether commands are refused while the clock is known not to be synchronized, because nobody can tell then whether they have expired. Default true.',
    ),
  auditMaxBytes: limited(LIMITS.commands.auditMaxBytes),
  signing: signingSchema.prefault({}).describe('Which commands must be signed, and by whom.'),
});

const logSchema = z.strictObject({
  level: z.enum(['error', 'warn', 'info', 'debug']).default('info').describe('How much is logged; default info.'),
});

/** The keys of the file; the JSON Schema puts the drivers' own schemas into `buses`. */
export const rootShape = {
  gateway: id().describe('Name of the gateway: one topic level and the MQTT client id. Unique at the broker.'),
  mqtt: mqttSchema.describe('The connection to the broker.'),
  homeAssistant: homeAssistantSchema
    .optional()
    .describe(
      'Tells the devices to Home Assistant, which shows them by itself (MQTT discovery). Its presence turns it on: `homeAssistant: {}`.',
    ),
  sparkplug: sparkplugSchema
    .optional()
    .describe(
      'Is an edge node of Sparkplug B 3.0 too, on a connection of its own. Its presence turns it on: `sparkplug: { groupId: Plant7 }`.',
    ),
  metrics: metricsSchema
    .optional()
    .describe('The health of the gateway for monitoring, as a file or by pushes; nothing listens. Absent: none.'),
  outbox: outboxSchema.prefault({}).describe('Readings that wait for the broker.'),
  commands: commandsSchema.prefault({}).describe('Commands that the gateway takes over MQTT.'),
  log: logSchema.prefault({}).describe('The log.'),
  buses: z
    .array(busSchema, { error: 'must be a list' })
    .min(1, { error: `must have 1 to ${AMOUNTS.buses} entries` })
    .max(AMOUNTS.buses, { error: `must have 1 to ${AMOUNTS.buses} entries` })
    .describe('Serial lines and serial device servers.'),
};

export const rootSchema = z.strictObject(rootShape, { error: 'must be a mapping' }) satisfies z.ZodType<Config>;
