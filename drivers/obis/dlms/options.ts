import * as z from 'zod';
import { text } from '../../schema/text.ts';
import { FRAMINGS } from './link/framer.ts';

const file = () => text(1, 4096).optional();

export const options = z
  .strictObject({
    framing: z
      .enum(FRAMINGS, { error: `must be one of ${FRAMINGS.join(', ')}` })
      .default('auto')
      .describe(
        'The frames around the APDUs: `hdlc` (7E … 7E), `mbus` (68 … 16), `bare` (nothing, or the wrapper of IEC 62056-47); `auto` finds out.',
      ),
    keyFile: file().describe(
      'File with the encryption key (GUEK), 32 hexadecimal digits. Then only encrypted or authenticated telegrams count.',
    ),
    authenticationKeyFile: file().describe(
      'File with the authentication key (GAK), 32 hexadecimal digits: the tags of telegrams that have one are checked. Absent: they can not be.',
    ),
  })
  .superRefine((entry, context) => {
    if (entry.authenticationKeyFile === undefined || entry.keyFile !== undefined) return;
    context.addIssue({ code: 'custom', path: ['authenticationKeyFile'], message: 'needs keyFile' });
  });

export type Options = z.infer<typeof options>;
