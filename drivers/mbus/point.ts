import { z } from 'zod';
import { wholeNumber } from '../schema/number.ts';
import { commonPoint, consistentPoint, pointMeaning } from '../schema/point.ts';
import { FUNCTIONS } from './record/data-information.ts';
import { SELECTING_WORDS } from './unit/quantity.ts';
import { METER_STATUS, usualPoint } from './usual.ts';

const WORDS: readonly string[] = [...SELECTING_WORDS, METER_STATUS];

/** Ten extensions of a data information field: 41 bits of storage number, 20 of tariff, 10 of subunit (EN 13757-3). */
const MOST = { record: 9999, storage: 2 ** 41 - 1, tariff: 2 ** 20 - 1, subunit: 2 ** 10 - 1 } as const;

const SELECTING = ['storage', 'tariff', 'subunit', 'function'] as const;

/** One entry of `points`: which record it is, and how it is reported. */
export const point = z
  .strictObject({
    name: commonPoint.name.describe(
      'Name of the point, unique in its device. A usual one needs neither record nor quantity.',
    ),
    label: pointMeaning.label,
    record: wholeNumber(0, MOST.record)
      .optional()
      .describe(`The place of the record in the readout, from 0 to ${MOST.record}, over all telegrams.`),
    quantity: z
      .enum(WORDS, { error: 'must be a quantity of M-Bus; see the README of the driver' })
      .optional()
      .describe('The first record of this quantity counts, or with record: it must be of this quantity.'),
    storage: wholeNumber(0, MOST.storage)
      .optional()
      .describe('Storage number; default 0, the present value. Only with quantity.'),
    tariff: wholeNumber(0, MOST.tariff).optional().describe('Default 0, all tariffs. Only with quantity.'),
    subunit: wholeNumber(0, MOST.subunit).optional().describe('Part of the device; default 0. Only with quantity.'),
    function: z
      .enum(FUNCTIONS, { error: `must be one of ${FUNCTIONS.join(', ')}` })
      .optional()
      .describe('What the value is of its period; default instantaneous. Only with quantity.'),
    type: z
      .enum(['number', 'text'], { error: 'must be number or text' })
      .optional()
      .describe(
        'number: a record that holds a text is null; text: a number is given by its digits; absent: as it comes.',
      ),
    unit: commonPoint.unit.describe(
      'The unit that the record must have, with the power of ten applied: `Wh`, `J`, `W`, `J/h`, `m³`, `m³/h`, `°C`, `K`, `s` … Else the point is null.',
    ),
    counts: pointMeaning.counts,
    min: commonPoint.min,
    max: commonPoint.max,
    deadband: commonPoint.deadband,
    decimals: commonPoint.decimals,
    pollMs: commonPoint.pollMs,
  })
  .superRefine(consistentPoint)
  .superRefine((entry, context) => {
    const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    if (entry.record === undefined && entry.quantity === undefined && usualPoint(entry.name) === undefined) {
      refuse('name', 'must be a usual point, or the entry needs record or quantity');
    }
    for (const key of SELECTING) {
      if (entry[key] === undefined) continue;
      if (entry.record !== undefined) refuse(key, 'does not go with record');
      else if (entry.quantity === METER_STATUS) refuse(key, `does not go with ${METER_STATUS}`);
    }
    if (entry.quantity === METER_STATUS && entry.record !== undefined) {
      refuse('quantity', 'does not go with record');
    }
    if (entry.type !== 'text') return;
    for (const key of ['min', 'max', 'deadband', 'decimals', 'counts'] as const) {
      if (entry[key] !== undefined) refuse(key, 'does not go with type: text');
    }
  });

export type PointOptions = z.output<typeof point>;
