import { KINDS, type Kind } from './kinds.ts';

/** The samples under one name. */
export interface Family {
  /** As Prometheus writes them: base unit and `_total` at the end. */
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  /** UCUM, for OTLP. */
  readonly unit: '1' | 's' | 'By';
  readonly help: string;
  readonly kind: Exclude<Kind, 'none'>;
  /** Where it lies in the status, `*` for an id. */
  readonly path: readonly string[];
  /** From the status's unit to the base unit. */
  readonly scale: number;
}

/** A field of the status: its path, and the words of the schema. */
export interface StatusField {
  readonly path: string;
  readonly words: string;
}

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | false;
  readonly anyOf?: readonly Schema[];
}

/** The ends of fields' names that tell a unit, and the text in the place of each. */
const UNITS: readonly (readonly [end: RegExp, suffix: string, unit: Family['unit'], scale: number])[] = [
  [/DaysLeft$/, '_left_seconds', 's', 86_400],
  [/Ms$/, '_seconds', 's', 0.001],
  [/S$/, '_seconds', 's', 1],
  [/(?:Since|At|^at)$/, '_timestamp_seconds', 's', 1],
  [/(?:Bytes|^bytes)$/, '_bytes', 'By', 1],
  [/^utilisation$/, 'utilisation_ratio', '1', 1],
];
const SINGULAR: Readonly<Record<string, string>> = { buses: 'bus', devices: 'device' };

/** The fields of the status, in its order. Pure. @param schema of the status, as JSON Schema */
export function fieldsOf(schema: object): readonly StatusField[] {
  return [...walk(schema as Schema, [])];
}

/** Every family that the status gives, in its order: names, types, units and words come from its schema alone. Pure. */
export function familiesOf(schema: object): readonly Family[] {
  return fieldsOf(schema).flatMap(({ path, words }) => {
    const kind = Object.hasOwn(KINDS, path) ? KINDS[path] : undefined;
    return kind === undefined || kind === 'none' ? [] : [familyOf(path, kind, words)];
  });
}

function* walk(schema: Schema, path: readonly string[]): Iterable<StatusField> {
  // a fault, or something that may be null: the words are outside
  const inner = schema.anyOf?.find(({ properties }) => properties !== undefined) ?? schema;
  const isFault = inner.properties?.code !== undefined;
  const { properties, additionalProperties } = inner;
  if (!isFault && properties !== undefined) {
    for (const [key, value] of Object.entries(properties)) yield* walk(value, [...path, key]);
  } else if (!isFault && additionalProperties !== undefined && additionalProperties !== false) {
    yield* walk(additionalProperties, [...path, '*']);
  } else {
    yield { path: path.join('.'), words: schema.description ?? '' };
  }
}

function familyOf(path: string, kind: Family['kind'], words: string): Family {
  const steps = path.split('.');
  const field = steps.at(-1) ?? '';
  const measured = kind === 'counter' || kind === 'gauge' ? UNITS.find(([end]) => end.test(field)) : undefined;
  const [end, suffix, unit, scale] = measured ?? [/$/, '', '1', 1];
  const places = steps.slice(0, -1).filter((step) => step !== '*');
  const named = ['fieldward', ...places.map((step) => SINGULAR[step] ?? step), field.replace(end, '')]
    .map(snake)
    .filter(Boolean);
  const type = kind === 'counter' ? 'counter' : 'gauge';
  const tail = suffix.startsWith('_') || suffix === '' ? suffix : `_${suffix}`;
  return {
    ...{ name: `${named.join('_')}${tail}${type === 'counter' ? '_total' : ''}`, type, unit, kind },
    ...{ path: steps, scale, help: kind === 'word' || kind === 'fault' ? `${words}; 1 for what holds now` : words },
  };
}

function snake(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, '');
}
