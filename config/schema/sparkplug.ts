import { z } from 'zod';
import type { SparkplugConfig } from '../config.ts';
import { AMOUNTS } from '../limits.ts';
import { brokerUrl, credentialFile, userName } from './mqtt.ts';
import { flag } from './text.ts';

/**
 * The form of a topic's level (Sparkplug 3.0, 4.1): without `+`, `#` and `/`, and without characters that a screen does
 * not show.
 */
const LEVEL = /^(?!\p{Z})(?!.*\p{Z}$)[^+#/\p{C}\p{Zl}\p{Zp}]{1,64}$/u;

function level() {
  return z
    .string({ error: 'must be text' })
    .regex(LEVEL, { error: 'must be 1 to 64 characters without +, # and /, and without a blank at its ends' });
}

export const sparkplugSchema = z.strictObject(
  {
    groupId: level().describe('The group of the plant: the second level of all topics.'),
    edgeNodeId: level()
      .optional()
      .describe('The name of this node, unique in its group; default the name of the gateway.'),
    primaryHost: level()
      .optional()
      .describe(
        'The host whose STATE decides whether anything is said: while it is offline readings wait in the outbox. Absent: the node does not wait for a host.',
      ),
    aliases: flag()
      .default(false)
      .describe('Whether data names metrics by numbers that the births gave them: shorter messages. Default false.'),
    url: brokerUrl('The broker of the host; default mqtt.url and mqtt.fallbackUrls.').optional(),
    fallbackUrls: z
      .array(brokerUrl('As `url`.'), { error: 'must be a list' })
      .max(AMOUNTS.fallbackUrls, { error: `must have at most ${AMOUNTS.fallbackUrls} entries` })
      .optional()
      .describe('Further brokers of the host; needs url.'),
    username: userName('User name at the broker; needs url.'),
    passwordFile: credentialFile('File that holds the password; needs url.'),
    caFile: credentialFile('As mqtt.caFile; needs url.'),
    certFile: credentialFile('As mqtt.certFile; needs url.'),
    keyFile: credentialFile('As mqtt.keyFile; needs url.'),
  },
  { error: 'must be a mapping' },
) satisfies z.ZodType<SparkplugConfig>;
