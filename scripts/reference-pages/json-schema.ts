import { z } from 'zod';
import { code } from './markdown.ts';

/** The parts of a JSON Schema that the pages show. */
export interface Json {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Json | false;
  readonly prefixItems?: readonly Json[];
  readonly properties?: Readonly<Record<string, Json>>;
  readonly additionalProperties?: Json | false;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Json[];
  readonly oneOf?: readonly Json[];
}

/** The values that may be written, before defaults are filled in. */
export function jsonOf(schema: unknown): Json {
  return z.toJSONSchema(schema as z.ZodType, { io: 'input', unrepresentable: 'any' }) as Json;
}

/** The forms that a value may have: the branches of a union, or the one. */
export function formsOf(schema: Json): readonly Json[] {
  return schema.anyOf ?? schema.oneOf ?? [schema];
}

/** So many words fit into a cell; more are told below. */
const SHORT = 48;

/** The kind of a value, in words for a cell of a table. */
export function kindOf(schema: Json): string {
  const forms = formsOf(schema);
  if (forms.length > 1) return [...new Set(forms.map(kindOf))].join(' or ');
  const choices = choicesOf(schema);
  if (schema.type === 'array') return listKind(schema, choices);
  if (choices.length > 0) return isShort(choices) ? inWords(choices, 'or') : `one of ${choices.length}`;
  if (schema.type === 'object') return 'mapping';
  if (schema.format === 'date-time') return 'time';
  return KINDS[schema.type ?? ''] ?? 'any';
}

const KINDS: Readonly<Record<string, string>> = {
  integer: 'whole number',
  number: 'number',
  boolean: '`true` or `false`',
  string: 'text',
  null: '`null`',
};

function listKind({ items, prefixItems, minItems, maxItems }: Json, choices: readonly unknown[]): string {
  if (prefixItems !== undefined) return `\`[${prefixItems.map((each) => range(each)).join(', ')}]\``;
  const bounds = maxItems === undefined ? '' : ` of ${minItems ?? 0} to ${maxItems}`;
  if (choices.length > 0) return `list${bounds}, each one of ${choices.length}`;
  return `list${bounds}${items ? `, each ${kindOf(items)}` : ''}`;
}

function range({ minimum, maximum }: Json): string {
  return `${minimum} to ${maximum}`;
}

/** The values among which one chooses, also as entries of a list. */
function choicesOf(schema: Json): readonly unknown[] {
  if (schema.const !== undefined) return [schema.const];
  if (schema.enum !== undefined) return schema.enum;
  return schema.items ? choicesOf(schema.items) : [];
}

function isShort(choices: readonly unknown[]): boolean {
  return inWords(choices, 'or').length <= SHORT;
}

/** The choices, where the cell has no room for them. */
export function choicesBelow(schema: Json): readonly unknown[] {
  return formsOf(schema).flatMap((form) => {
    const choices = choicesOf(form);
    return form.type !== 'array' && isShort(choices) ? [] : choices;
  });
}

/** `a`, `b` or `c`. */
export function inWords(values: readonly unknown[], and: string): string {
  const words = values.map((value) => code(String(value)));
  const last = words.pop() ?? '';
  return words.length === 0 ? last : `${words.join(', ')} ${and} ${last}`;
}

export function numeral(value: number | undefined): string {
  if (value === undefined) return '';
  return Math.abs(value) < 1e12 ? String(value) : value.toExponential().replace('e+', 'e');
}
