import * as z from 'zod';
import { wholeNumber } from '../../schema/number.ts';
import { BAUD_RATES } from './identification.ts';

const MODES = ['auto', 'a', 'b', 'c', 'd'] as const;

/** Milliseconds. IEC 62056-21: the meter begins to answer after at most 1500, and so long may it pause. */
const DEFAULT_TIMEOUT = 1500;

/** Milliseconds. IEC 62056-21: the least reaction time of meters without the small letter in their maker's. */
const DEFAULT_REACTION = 200;

const DEFAULT_BLOCK = 4096;

export const options = z
  .strictObject({
    mode: z
      .enum(MODES, { error: `must be one of ${MODES.join(', ')}` })
      .default('auto')
      .describe(
        'Mode of the standard. auto: the meter is asked, and its identification says whether it is a, b or c. d: it talks by itself.',
      ),
    address: z
      .string({ error: 'must be text' })
      .regex(/^[0-9A-Za-z ]{0,32}$/, { error: 'must be at most 32 of 0-9, A-Z, a-z and blank' })
      .default('')
      .describe(
        'The meter’s address, at most 32 characters; empty: whichever meter hears it. Several on a line need one.',
      ),
    wakeUp: z
      .boolean({ error: 'must be true or false' })
      .default(false)
      .describe('Whether NULs are sent for 2.2 s before the sign-on: battery meters sleep.'),
    reactionMs: wholeNumber(0, 1500)
      .default(DEFAULT_REACTION)
      .describe(
        'Silence between identification and acknowledgement in ms, 0 to 1500; the standard gives 200, and 20 to meters whose maker’s third letter is small.',
      ),
    protocolV: wholeNumber(0, 1)
      .default(0)
      .describe('The protocol control character V of the acknowledgement: 0 normal, 1 secondary.'),
    baudRate: z
      .literal([...BAUD_RATES], { error: `must be one of ${BAUD_RATES.join(', ')}` })
      .optional()
      .describe(
        'Speed of the readout. Absent: the one that the meter offers. A meter that offers less is a fault, and one that offers more is asked for this one. With fixedSpeed behind a serial server: the speed that the server has, default 300.',
      ),
    fixedSpeed: z
      .boolean({ error: 'must be true or false' })
      .default(false)
      .describe(
        'Whether the readout comes at the speed of the sign-on, as a raw TCP serial server needs it, which can’t change its speed.',
      ),
    timeoutMs: wholeNumber(200, 10_000)
      .default(DEFAULT_TIMEOUT)
      .describe('How long the meter may take before each answer, and pause within it, in ms, 200 to 10000.'),
    maxBlockBytes: wholeNumber(256, 16_000)
      .default(DEFAULT_BLOCK)
      .describe('Longest readout in bytes, 256 to 16000. The line is taken for as long as that takes at most.'),
    allowNoBcc: z
      .boolean({ error: 'must be true or false' })
      .default(false)
      .describe(
        'Whether a readout without a block check character counts as good. Else it is refused, and in mode d, where there is none, uncertain. A wrong one never counts.',
      ),
    endWithBreak: z
      .boolean({ error: 'must be true or false' })
      .default(false)
      .describe(
        'Whether the break message (SOH B0 ETX) ends the session, for meters that stay in it and answer no sign-on.',
      ),
  })
  .superRefine((value, context) => {
    if (value.mode !== 'd') return;
    const asked = { address: '', wakeUp: false, fixedSpeed: false, endWithBreak: false, baudRate: undefined } as const;
    for (const [key, unset] of Object.entries(asked)) {
      if (value[key as keyof typeof asked] === unset) continue;
      context.addIssue({ code: 'custom', path: [key], message: 'does not go with mode d' });
    }
  });

export type Options = z.infer<typeof options>;
