import { z } from 'zod';
import { id } from '../../drivers/schema/text.ts';
import { AMOUNTS } from '../limits.ts';
import { filePath } from './text.ts';

/** `write` covers `select` and `operate`. */
const command = z.enum([
  'ping',
  'status',
  'read',
  'write',
  'pause',
  'resume',
  'reopen',
  'loglevel',
  'restart',
  'diagnostics',
]);

const names = (what: z.ZodType<string>, most: number) =>
  z
    .array(what, { error: 'must be a list' })
    .min(1, { error: `must have 1 to ${most} entries` })
    .max(most, { error: `must have 1 to ${most} entries` });

const keySchema = z.strictObject({
  id: id().describe('Name of the key: the `kid` in the header of what it signs.'),
  publicKeyFile: filePath().describe(
    'File that holds the Ed25519 public key, PEM. A relative path is looked up in $CREDENTIALS_DIRECTORY, then beside the config.',
  ),
  commands: names(command, 10).optional().describe('Commands that it may sign; absent: all.'),
  devices: names(id(), AMOUNTS.devicesPerBus * 2)
    .optional()
    .describe(
      'Devices that it may sign for; absent: all. A command to the gateway itself is then only taken where `commands` lists it.',
    ),
  points: names(id(), AMOUNTS.pointsPerDevice)
    .optional()
    .describe(
      'Points that it may read and write; absent: all. A command that names no points, as `pause`, is then only taken where `commands` lists it.',
    ),
});

export const signingSchema = z.strictObject({
  required: z
    .array(command, { error: 'must be a list' })
    .max(10, { error: 'must have at most 10 entries' })
    .default([])
    .describe('Commands that are only taken signed; default none. `write` covers `select` and `operate`.'),
  keys: z
    .array(keySchema, { error: 'must be a list' })
    .max(AMOUNTS.signingKeys, { error: `must have at most ${AMOUNTS.signingKeys} entries` })
    .default([])
    .describe('Public keys; two valid ones at a time make it possible to change them.'),
});
