import * as z from 'zod';
import { SENTENCES } from './sentences/kind.ts';

const distinct = (list: readonly unknown[]) => new Set(list).size === list.length;

export const options = z.strictObject({
  checksum: z
    .enum(['required', 'optional'], { error: 'must be required or optional' })
    .default('required')
    .describe('Whether a sentence without a checksum counts. A wrong checksum never does.'),
  sentences: z
    .array(z.enum(SENTENCES, { error: `must be one of ${SENTENCES.join(', ')}` }), { error: 'must be a list' })
    .min(1, { error: 'must name at least one sentence' })
    .refine(distinct, { error: 'must name each sentence once' })
    .default([...SENTENCES])
    .describe('The sentences that are used; all others are passed over.'),
  talkers: z
    .array(z.string().regex(/^[A-OQ-Z][A-Z0-9]$/, { error: 'must be two characters such as GP' }), {
      error: 'must be a list',
    })
    .min(1, { error: 'must name 1 to 16 talkers' })
    .max(16, { error: 'must name 1 to 16 talkers' })
    .refine(distinct, { error: 'must name each talker once' })
    .optional()
    .describe('Only sentences of these talkers are used; absent: of all.'),
});

export type Options = z.infer<typeof options>;
