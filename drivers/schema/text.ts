import { z } from 'zod';

/**
 * Characters that could break a log line, a terminal or a topic: controls, C1, line and paragraph separators, bidi and lone
 * surrogates.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Text of `min` to `max` UTF-16 units that people may see anywhere. */
export function text(min: number, max: number) {
  const bounds = min === 0 ? `must have at most ${max} characters` : `must have ${min} to ${max} characters`;
  return z
    .string({ error: 'must be text' })
    .min(min, { error: bounds })
    .max(max, { error: bounds })
    .refine((value) => !UNPRINTABLE.test(value), { error: 'must hold only printable characters' });
}

/** A name for people: printable, not empty, without spaces at its ends. */
export function label(description: string) {
  return text(1, 64)
    .refine((value) => value.trim() === value, { error: 'must not begin or end with a space' })
    .optional()
    .describe(description);
}

/** Ids of gateways, buses, devices and points: one topic level, one MQTT client id, one file name. */
export const ID_PATTERN = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** An id: see {@link ID_PATTERN}. */
export function id() {
  return z
    .string({ error: 'must be text' })
    .regex(ID_PATTERN, { error: 'must be 1 to 63 of a-z, 0-9 and -, and not begin with -' });
}
