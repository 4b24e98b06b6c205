import { LIMITS, type Limit } from '../../config/limits.ts';
import { METRICS_LIMITS } from '../../config/metrics-limits.ts';
import { VARIABLES } from '../../config/source/environment.ts';
import { LIMITS as MBUS_LIMITS } from '../../drivers/mbus/limits.ts';
import { LIMITS as MODBUS_LIMITS } from '../../drivers/modbus/limits.ts';
import { choicesBelow, formsOf, inWords, type Json, kindOf, numeral } from './json-schema.ts';
import { code, list, paragraph, plain, table } from './markdown.ts';

/** A mapping of the file with its keys. */
export interface Section {
  /** `buses[].port`; empty for the whole file. */
  readonly path: string;
  readonly schema: Json;
}

const ALL_LIMITS: readonly Limit[] = [...Object.values(LIMITS), METRICS_LIMITS, MBUS_LIMITS, MODBUS_LIMITS].flatMap(
  (group) => Object.values(group),
);

const HEAD = ['key', 'type', 'unit', 'minimum', 'maximum', 'default'];

/** A schema's mappings, outer before inner. */
export function sectionsOf(schema: Json, path = ''): readonly Section[] {
  if (schema.items) return sectionsOf(schema.items, `${path}[]`);
  const forms = formsOf(schema);
  if (forms.length > 1) {
    // Mappings of several forms are told apart by what each must have.
    return forms.filter(isMapping).flatMap((form) => sectionsOf(form, `${path} with ${form.required?.join(', ')}`));
  }
  if (schema.additionalProperties) return sectionsOf(schema.additionalProperties, `${path}.NAME`);
  if (!isMapping(schema)) return [];
  const inner = Object.entries(schema.properties ?? {}).flatMap(([key, value]) =>
    sectionsOf(value, path === '' ? key : `${path}.${key}`),
  );
  return [{ path, schema }, ...inner];
}

function isMapping(schema: Json): boolean {
  return schema.properties !== undefined;
}

/** A table of the facts of each key, and below it the words. */
export function keysOf({ path, schema }: Section): string {
  const keys = Object.entries(schema.properties ?? {});
  const required = (key: string) => schema.required?.includes(key) ?? false;
  const rows = keys.map(([key, value]) => [code(key), ...facts(value, required(key))]);
  const words = keys.map(([key, value]) => `**${code(key)}**: ${wordsOf(value, path === '' ? key : `${path}.${key}`)}`);
  return `${table(HEAD, rows)}\n\n${list(words)}`;
}

/** A mapping's own words, where it has some. */
export function introduction({ description }: Json): string {
  return description === undefined ? '' : paragraph(plain(description));
}

function facts(schema: Json, required: boolean): readonly string[] {
  const limit = limitOf(schema);
  const [first = schema] = formsOf(schema);
  const min = first.minimum ?? limit?.min ?? first.minLength;
  const max = first.maximum ?? limit?.max ?? first.maxLength;
  return [kindOf(schema), unitOf(first, limit, max), numeral(min), numeral(max), defaultOf(schema, required, limit)];
}

/** A limit's reason stands at the end of the words of each key that keeps it. */
function limitOf({ description }: Json): Limit | undefined {
  return ALL_LIMITS.find(({ reason }) => description?.endsWith(reason));
}

function unitOf(schema: Json, limit: Limit | undefined, max: number | undefined): string {
  if (limit !== undefined) return limit.unit;
  if (schema.maxLength !== undefined) return 'characters';
  // Where types end, a duration has its unit in its name; the words of such keys name it too.
  return max !== undefined && / in ms\b/.test(schema.description ?? '') ? 'ms' : '';
}

function defaultOf(schema: Json, required: boolean, limit: Limit | undefined): string {
  if (required) return 'required';
  const value = schema.default ?? limit?.default;
  if (value === undefined || isMapping(schema)) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= 20 ? code(text) : 'see below';
}

function wordsOf(schema: Json, path: string): string {
  const limit = limitOf(schema);
  const said = limit?.reason ?? schema.description ?? '';
  const variable = VARIABLES.find((each) => each.path.join('.') === path);
  const choices = choicesBelow(schema);
  const form = schema.pattern ?? (schema.items ? schema.items.pattern : undefined);
  const more = [
    choices.length > 0 && `One of ${inWords(choices, 'or')}.`,
    Array.isArray(schema.default) &&
      schema.default.length > 0 &&
      !/default/i.test(said) &&
      `Default: ${inWords(schema.default, 'and')}.`,
    form !== undefined && `Form: ${code(form)}.`,
    variable !== undefined && `Environment: ${code(variable.name)}.`,
  ].filter((each) => each !== false);
  return [plain(said), ...more].join(' ');
}
