import * as z from 'zod';

export const options = z.strictObject({
  crc: z
    .enum(['auto', 'x25', 'kermit'], { error: 'must be auto, x25 or kermit' })
    .default('auto')
    .describe(
      'The checksum that telegrams and their messages must have: x25 is the standard’s, kermit what Holley’s DTZ541 sends, auto takes either.',
    ),
});

export type Options = z.infer<typeof options>;
