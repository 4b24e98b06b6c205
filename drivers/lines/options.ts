import { z } from 'zod';
import { wholeNumber } from '../schema/number.ts';
import { commonPoint } from '../schema/point.ts';
import { id, text } from '../schema/text.ts';
import { CHECKSUMS } from './checksum.ts';
import { readBytes } from './escapes.ts';
import { type Form, mixtureOf, readForm, type Written } from './form.ts';
import { type Action, PRESETS, presetOf, WEIGHT_UNITS } from './preset.ts';

/** Bytes of the longest line where the config names none: far above any instrument's. */
const DEFAULT_MAX_LENGTH = 256;

const DEFAULT_DELIMITER = '\\n';

/** Milliseconds; slow instruments measure when they are asked. */
export const DEFAULT_TIMEOUT = 1000;

/** Milliseconds: most loads rest sooner, and with the default timeout it is below the longest run of a bus by default. */
export const DEFAULT_STABLE_WITHIN = 5000;

/** A text of ASCII and escapes that stands for `least` to `most` bytes. May hold the control characters themselves too. */
function bytes(least: number, most: number) {
  return z.string({ error: 'must be text' }).refine(
    (value) => {
      const read = value.length <= 4 * most ? readBytes(value) : undefined;
      return read !== undefined && read.length >= least && read.length <= most;
    },
    { error: `must stand for ${least} to ${most} bytes, in ASCII with \\r, \\n, \\t, \\\\ and \\xNN` },
  );
}

const fieldRule = z.strictObject({
  unit: text(1, 32).describe('Unit of the point, the same in every template.'),
  scale: commonPoint.scale.unwrap().describe('value = raw × scale + offset; 1 where the line has that unit itself.'),
  offset: commonPoint.offset,
});

const template = text(1, 256);

const templateWithFields = z.strictObject({
  text: text(1, 256).describe('What a line looks like.'),
  fields: z
    .record(id(), fieldRule, { error: 'must be a mapping of fields' })
    .describe('By the name of a number of the template: its unit and scale.'),
});

const ONE_OR_MORE = 'must be a template of 1 to 256 printable characters, or a list of 1 to 16';
const WITH_FIELDS =
  'must give each template as text, or as a mapping of text and fields, each field with unit and scale';

/** A mapping that is not right says more about itself than that it is no text. */
function holdsMapping(value: unknown): boolean {
  return [value].flat().some((each) => typeof each === 'object' && each !== null);
}

const MOST_TEMPLATES = { error: 'must name 1 to 16 templates' };

const templates = z
  .array(z.union([template, templateWithFields]))
  .min(1, MOST_TEMPLATES)
  .max(16, MOST_TEMPLATES);

export const options = z
  .strictObject({
    template: z
      .union([template, templateWithFields, templates], {
        error: ({ input }) => (holdsMapping(input) ? WITH_FIELDS : ONE_OR_MORE),
      })
      .optional()
      .describe(
        'What a line looks like: T={temperature:number} C. Types: number, integer, hex, word, text; {*} passes over anything. Of a list the first that fits counts; an entry can be a mapping of text and fields, with unit and scale.',
      ),
    preset: z
      .enum(PRESETS, { error: `must be one of ${PRESETS.join(', ')}` })
      .optional()
      .describe('Templates of a kind of instrument, in place of template.'),
    unit: z
      .enum(WEIGHT_UNITS, { error: `must be one of ${WEIGHT_UNITS.join(', ')}` })
      .optional()
      .describe('The unit of all weights, whatever the scale is switched to; default g. Only with a preset of scales.'),
    continuous: z
      .boolean({ error: 'must be true or false' })
      .optional()
      .describe('true: the device sends by itself, and the request that its preset has is not sent.'),
    delimiter: bytes(1, 4)
      .optional()
      .describe(
        'What ends a line, 1 to 4 bytes; default \\n, with preset barcode \\r. After \\n alone a \\r before it is taken off.',
      ),
    encoding: z
      .enum(['ascii', 'latin1', 'utf8'], { error: 'must be ascii, latin1 or utf8' })
      .default('utf8')
      .describe('How the device writes text.'),
    decimal: z
      .enum(['point', 'comma'], { error: 'must be point or comma' })
      .default('point')
      .describe('The decimal mark of its numbers.'),
    checksum: z
      .enum(CHECKSUMS, { error: `must be one of ${CHECKSUMS.join(', ')}` })
      .optional()
      .describe('The checksum at the end of each line, in hexadecimal digits; the template is without it.'),
    maxLength: wholeNumber(1, 4096)
      .default(DEFAULT_MAX_LENGTH)
      .describe('Longest line in bytes, 1 to 4096; a longer one is thrown away whole.'),
    unmatched: z
      .enum(['fault', 'ignore'], { error: 'must be fault or ignore' })
      .optional()
      .describe('What a line that fits no template is; default fault. Only without request.'),
    request: bytes(1, 64)
      .optional()
      .describe('What to ask, 1 to 64 bytes: #01\\r. Absent: the device talks by itself.'),
    timeoutMs: wholeNumber(10, 60_000)
      .optional()
      .describe('How long to wait for the answer in ms, 10 to 60000; default 1000. Only with request.'),
    lateMs: wholeNumber(0, 60_000)
      .optional()
      .describe(
        'After an unanswered request: how long its answer could still come in ms, 0 to 60000, from the end of the request. Default twice timeoutMs. Only with request.',
      ),
    stableWithinMs: wholeNumber(0, 60_000)
      .optional()
      .describe(
        'How much longer than timeoutMs a scale may take to zero or tare, because it waits for the load to come to rest. In ms, 0 to 60000; default 5000. 0: it zeroes and tares at once, also while the load moves. Only with preset mt-sics or kern-kcp, and request.',
      ),
  })
  .superRefine((value, context) => {
    const refuse = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    const { preset, template, unit, continuous } = value;
    const request = requestOf(value);
    for (const key of ['timeoutMs', 'lateMs'] as const) {
      if (value[key] !== undefined && request === undefined) refuse([key], 'only goes with request');
    }
    if (value.stableWithinMs !== undefined && actionsOf(value) === undefined) {
      refuse(['stableWithinMs'], 'only goes with a preset that zeroes and tares, and is asked');
    }
    if (value.unmatched !== undefined && request !== undefined) refuse(['unmatched'], 'does not go with request');
    if (unit !== undefined && (preset === undefined || preset === 'barcode')) {
      refuse(['unit'], 'only goes with a preset of scales');
    }
    if (continuous === true && value.request !== undefined) refuse(['continuous'], 'does not go with request');
    if (continuous !== undefined && presetFor(value)?.request === undefined) {
      refuse(['continuous'], 'only goes with a preset that asks');
    }
    if (preset !== undefined) {
      if (template !== undefined) refuse(['template'], 'does not go with preset');
      return;
    }
    if (template === undefined) {
      refuse(['template'], ONE_OR_MORE);
      return;
    }
    const pathOf = (index: number) => (Array.isArray(template) ? ['template', index] : ['template']);
    const forms: Form[] = [];
    for (const [index, each] of [template].flat().entries()) {
      const form = readForm(each, value.decimal);
      if ('problem' in form) refuse([...pathOf(index), ...form.path], form.problem);
      else forms.push(form);
    }
    // Places are only right where every template could be read.
    if (forms.length < [template].flat().length) return;
    const mixture = mixtureOf(forms);
    if (mixture !== undefined) refuse(pathOf(mixture.index), mixture.problem);
  });

export type Options = z.infer<typeof options>;

type Chosen = Pick<Options, 'preset' | 'unit' | 'template' | 'request' | 'continuous' | 'delimiter'>;

function presetFor({ preset, unit }: Pick<Options, 'preset' | 'unit'>) {
  return preset === undefined ? undefined : presetOf(preset, unit ?? 'g');
}

/** The templates, the operator's or the preset's. */
export function templatesOf(options: Chosen): readonly Written[] {
  return presetFor(options)?.templates ?? [options.template ?? []].flat();
}

/** The request; undefined: the device talks by itself. */
export function requestOf(options: Chosen): string | undefined {
  return options.request ?? (options.continuous === true ? undefined : presetFor(options)?.request);
}

/** The actions that the device can be told to do; nothing where it is not asked. */
export function actionsOf(options: Chosen): Readonly<Record<string, Action>> | undefined {
  return requestOf(options) === undefined ? undefined : presetFor(options)?.actions;
}

/** After an unanswered question, milliseconds. */
export function lateOf({ lateMs, timeoutMs = DEFAULT_TIMEOUT }: Options): number {
  return lateMs ?? 2 * timeoutMs;
}

export function delimiterOf(options: Chosen): string {
  return options.delimiter ?? presetFor(options)?.delimiter ?? DEFAULT_DELIMITER;
}
