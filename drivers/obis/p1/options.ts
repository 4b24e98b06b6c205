import * as z from 'zod';
import { realNumber } from '../../schema/number.ts';
import { text } from '../../schema/text.ts';

const file = () => text(1, 4096).optional();

/** Hours from UTC that a land's winter time can have. */
const [WEST, EAST] = [-12, 14];

export const options = z
  .strictObject({
    allowNoCrc: z
      .boolean({ error: 'must be true or false' })
      .default(false)
      .describe('Whether telegrams without a CRC (up to DSMR 3) give good readings; else they are uncertain.'),
    winterOffsetHours: realNumber(WEST, EAST)
      .default(1)
      .describe(
        `Offset of the meter's winter time from UTC in hours, ${WEST} to ${EAST}, default 1 (CET); 2 in Finland and the Baltic states. Summer time is one more.`,
      ),
    keyFile: file().describe(
      'File with the encryption key, 32 hexadecimal digits (Luxembourg, Austria). Then only encrypted telegrams count.',
    ),
    authenticationKeyFile: file().describe(
      'File with the authentication key, 32 hexadecimal digits; default the public 00112233445566778899AABBCCDDEEFF.',
    ),
  })
  .superRefine((entry, context) => {
    if (entry.authenticationKeyFile === undefined || entry.keyFile !== undefined) return;
    context.addIssue({ code: 'custom', path: ['authenticationKeyFile'], message: 'needs keyFile' });
  });

export type Options = z.infer<typeof options>;
