import { z } from 'zod';
import { realNumber, wholeNumber } from '../../drivers/schema/number.ts';
import { exactInteger, LARGEST } from '../../drivers/schema/point.ts';
import { id, text } from '../../drivers/schema/text.ts';
import { AMOUNTS, LIMITS } from '../limits.ts';
import { limitedWithoutDefault } from '../schema/number.ts';

const mapping = z.record(z.string(), z.unknown(), { error: 'must be a mapping' });

const SOURCE_KINDS = ['vendor', 'software', 'list'] as const;

const source = z.strictObject(
  {
    kind: z
      .enum(SOURCE_KINDS, { error: 'must be vendor, software or list' })
      .describe(
        'vendor: a document of the maker, also of a maker whose device has the same map; software: a program that reads such devices; list: a published list of registers.',
      ),
    title: text(1, 300).describe('What it is, so that another person finds it.'),
    version: text(1, 64).optional().describe('Version or date, where it has one.'),
    at: text(1, 200).optional().describe('Where it was published.'),
  },
  { error: 'must be a mapping of kind, title, version and at' },
);

const aValue = z.union([realNumber(-LARGEST, LARGEST), exactInteger, z.boolean(), text(0, 250), z.null()], {
  error: 'must be a number, true, false, a text or null',
});

const probe = z.strictObject(
  {
    point: id().optional().describe('A point of the profile that is looked at.'),
    read: mapping.optional().describe('Or something that is no point: its keys are those of a point, without a name.'),
    between: z
      .tuple([realNumber(-LARGEST, LARGEST), realNumber(-LARGEST, LARGEST)], { error: 'must be [least, most]' })
      .optional()
      .describe('[least, most]: the value lies between them, both included. Many models may do so.'),
    equals: z
      .array(aValue)
      .min(1)
      .max(32)
      .optional()
      .describe('The value is one of these; enough to name the model, as a code of it is.'),
    beginsWith: z
      .array(text(1, 32))
      .min(1)
      .max(32)
      .optional()
      .describe('The text begins with one of these; enough to name the model.'),
    ifTold: z
      .literal(true, { error: 'must be true' })
      .optional()
      .describe(
        'With equals or beginsWith: not all of these devices tell it. One that tells another value is another model; one that tells none may be this one all the same.',
      ),
  },
  { error: 'must be a mapping of point or read, and of what is expected' },
);

export type Probe = z.output<typeof probe>;

const WORD = '[0-9A-Fa-f]{4}';

const vector = z.strictObject(
  {
    register: z
      .enum(['coil', 'discrete', 'input', 'holding'], { error: 'must be coil, discrete, input or holding' })
      .describe('As of a point.'),
    address: wholeNumber(0, 65_535).describe('Of the first one, zero-based.'),
    registers: z
      .string({ error: 'must be text' })
      .regex(new RegExp(`^${WORD}(?: ${WORD}){0,124}$`), {
        error: 'must be 1 to 125 groups of four hexadecimal digits with a space between them, in quotes',
      })
      .optional()
      .describe('What input or holding registers hold, as it is on the wire: "4366 3333".'),
    bits: z
      .string({ error: 'must be text' })
      .regex(/^[01]{1,125}$/, { error: 'must be 1 to 125 of 0 and 1, in quotes' })
      .optional()
      .describe('What coils or discrete inputs hold, the first one first: "0110".'),
    values: z
      .record(z.string(), aValue, { error: 'must be a mapping of points and values' })
      .describe('Point → the value that these registers mean; null: not known.'),
  },
  { error: 'must be a mapping of register, address, registers or bits, and values' },
);

export type Vector = z.output<typeof vector>;

/** The content of a profile's file. */
export const profileSchema = z.strictObject({
  maker: text(1, 64).describe('Who makes the device.'),
  model: text(1, 64).describe('The model or the models that it fits.'),
  variants: text(1, 500).optional().describe('Which firmware and variants differ, and in what.'),
  description: text(1, 500).optional().describe('What one should know before using it.'),
  line: text(1, 200).optional().describe('How the line is set when the device leaves the factory.'),
  sources: z
    .array(source)
    .min(1)
    .max(8)
    .describe('The public documents and programs that the points come from; two that did not copy from each other.'),
  notes: z
    .array(text(1, 500))
    .max(16)
    .default([])
    .describe('Where the sources differ: which of them is right, and why.'),
  seen: text(1, 500).optional().describe('What was seen on a real device; absent: nothing.'),
  probe: z
    .array(probe)
    .min(1)
    .max(8)
    .optional()
    .describe('By what `fieldward scan` names the model: all of it must hold. Absent: it does not.'),
  options: mapping.default({}).describe('Defaults for the options of the driver.'),
  minGapMs: limitedWithoutDefault(LIMITS.device.minGapMs)
    .optional()
    .describe('Silence that the model needs before it is asked again, milliseconds; the file may say another.'),
  points: z.array(mapping).min(1).max(AMOUNTS.pointsPerDevice).describe('The points, as in the config.'),
  vectors: z
    .array(vector)
    .max(256)
    .default([])
    .describe('Test vectors: what registers hold, and which values that must give. At least one for each type.'),
});

/** A file that describes a model's points; see {@link profileSchema}. */
export interface Profile extends z.output<typeof profileSchema> {
  readonly name: string;
  /** The family; all its drivers take it: `modbus` for each of its transports. */
  readonly driver: string;
}
