import { z } from 'zod';
import { wholeNumber } from '../schema/number.ts';
import { ANSWER, MEASURE, MIN_POLL, OWN_BREAK_ANSWER } from './limits.ts';

const ADDRESS = { error: 'must be one of 0 to 9, A to Z, a to z' };

const flag = () => z.boolean({ error: 'must be true or false' });

/** SDI-12 1.4: 4.3 (address), 4.4.5 to 4.4.11 (commands), 4.4.12 (CRC). */
export const options = z.strictObject({
  address: z
    .union([z.string(ADDRESS).regex(/^[0-9A-Za-z]$/, ADDRESS), z.int(ADDRESS).min(0, ADDRESS).max(9, ADDRESS)], ADDRESS)
    .describe('Address of the sensor: 0 to 9, A to Z, a to z. New sensors have 0.'),
  command: z
    .enum(['M', 'C', 'R'], { error: 'must be M, C or R' })
    .default('M')
    .describe('How values are asked for: M measures, C measures as sensors do side by side, R takes what is there.'),
  crc: flag()
    .default(false)
    .describe('true: values come with a CRC (aMC!, aCC!, aRC0!). Sensors before version 1.3 do not know it.'),
  break: flag().default(true).describe('false: the adapter makes the break before each command by itself.'),
  answerMs: wholeNumber(ANSWER.least, ANSWER.most)
    .optional()
    .describe(
      `By when the first character of an answer must have come, in ms from the end of the command, ${ANSWER.least} to ${ANSWER.most}. Default ${ANSWER.usual}, with break: false ${OWN_BREAK_ANSWER.M}, and ${OWN_BREAK_ANSWER.C} for C and R.`,
    ),
  maxMeasureS: wholeNumber(MEASURE.least, MEASURE.most)
    .default(MEASURE.usual)
    .describe(
      `The longest time that a measurement may take, in seconds, ${MEASURE.least} to ${MEASURE.most}, default ${MEASURE.usual}; a sensor that announces more is not waited for. The line has no other use meanwhile.`,
    ),
  minPollMs: wholeNumber(MIN_POLL.least, MIN_POLL.most)
    .default(MIN_POLL.usual)
    .describe(
      `The sensor is not asked more often, whatever pollMs says, in ms, ${MIN_POLL.least} to ${MIN_POLL.most}, default ${MIN_POLL.usual}: a measurement takes its time and current.`,
    ),
});

export type Options = z.infer<typeof options>;
