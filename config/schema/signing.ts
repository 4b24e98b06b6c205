import { z } from 'zod';
import { id, text } from '../../drivers/schema/text.ts';
import { AMOUNTS } from '../limits.ts';

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
  publicKeyFile: text(1, 4096).describe(
    'File with the Ed25519 public key (PEM), looked up as the other credentials are.',
  ),
  commands: names(command, 10).optional().describe('Commands that it may sign; absent: all.'),
  devices: names(id(), AMOUNTS.devicesPerBus * 2)
    .optional()
    .describe('Devices that it may sign for; absent: all.'),
  points: names(id(), AMOUNTS.pointsPerDevice).optional().describe('Points that it may read and write; absent: all.'),
});

export const signingSchema = z.strictObject({
  required: z
    .array(command, { error: 'must be a list' })
    .max(10, { error: 'must have at most 10 entries' })
    .default([])
    .describe('Commands that are only taken signed; default none. `write` covers `select` and `operate`.'),
  keys: z
    .array(keySchema, { error: 'must be a list' })
    .max(32, { error: 'must have at most 32 entries' })
    .default([])
    .describe('Public keys; two valid ones at a time make it possible to change them.'),
});
