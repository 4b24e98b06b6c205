import type { z } from 'zod';
import type { Path, Problem } from '../problem.ts';
import { rootSchema } from '../schema/root.ts';
import { nearest } from './known-keys.ts';
import { converted, unitOf } from './units.ts';

/** A scalar of the config that an environment variable can set. */
export interface Variable {
  /** `FIELDWARD_MQTT__PASSWORD_FILE` for `mqtt.passwordFile`. */
  readonly name: string;
  readonly path: readonly string[];
  readonly kind: 'text' | 'integer' | 'boolean' | 'integer-or-word';
  /** Its default, as the schema has it; undefined in a section that may be absent. */
  readonly fallback: unknown;
}

const PREFIX = 'FIELDWARD_';

/** Every scalar outside lists, read off the schema so that none is missing and none is too many. */
export const VARIABLES: readonly Variable[] = Object.freeze(variablesOf(rootSchema, []));

export interface Environment {
  /** Values by path, typed by strict parsing. */
  readonly values: ReadonlyMap<Variable, string | number | boolean>;
  readonly problems: readonly Problem[];
}

/**
 * Reads our variables. Strict: an integer is digits with an optional minus, a boolean is `true` or `false`; anything
 * else is refused and not guessed at. A name that begins like ours and is none is refused like an unknown key of the
 * file: the agent has no other variables, and a setting that is passed over without a word is not noticed for months.
 */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): Environment {
  const values = new Map<Variable, string | number | boolean>();
  const problems: Problem[] = [];
  const names = VARIABLES.map(({ name }) => name);
  for (const [name, text] of Object.entries(environment)) {
    if (text === undefined || !name.startsWith(PREFIX)) continue;
    const variable = VARIABLES.find((candidate) => candidate.name === name);
    if (variable === undefined) {
      problems.push(environmentProblem(name, unknownVariable(name, names)));
      continue;
    }
    const value = parse(variable.kind, text);
    if (value === undefined) problems.push(environmentProblem(name, expected(variable, text)));
    else values.set(variable, value);
  }
  return { values, problems };
}

/** A problem whose place is an environment variable; a name that does not look like one of ours is not shown. */
export function environmentProblem(name: string, message: string): Problem {
  const path = /^FIELDWARD_[A-Z0-9_]{1,64}$/.test(name) ? name : `${PREFIX}?`;
  return { file: 'environment', line: 0, column: 0, path, message };
}

/** The variable that set this place of the config, or something in it. */
export function variableAt(environment: Environment, path: Path): Variable | undefined {
  return [...environment.values.keys()].find((variable) => variable.path.join('.') === path.join('.'));
}

const EXPECTED = {
  integer: 'must be a whole number, digits only',
  boolean: 'must be true or false',
  text: 'must be text',
  'integer-or-word': 'must be a whole number or a word',
} as const;

/** In words; of a number in another unit, as `5s`, the number that it would be. */
function expected({ kind, path }: Variable, text: string): string {
  const unit = kind === 'integer' ? unitOf(path.at(-1) ?? '') : undefined;
  if (unit === undefined) return EXPECTED[kind];
  const number = converted(text, unit);
  return `${EXPECTED[kind]}, in ${unit}${Number.isSafeInteger(number) ? `: write ${number}` : ''}`;
}

function parse(kind: Variable['kind'], text: string): string | number | boolean | undefined {
  if (kind === 'text') return text;
  if (kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  if (kind === 'integer-or-word' && /^[a-z]+$/.test(text)) return text;
  const number = /^-?[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

function unknownVariable(name: string, names: readonly string[]): string {
  // Without the prefix, which would make all of them alike.
  const tail = (text: string) => text.slice(PREFIX.length);
  const near = nearest(tail(name), names.map(tail));
  return near === undefined ? 'unknown variable' : `unknown variable; did you mean ${PREFIX}${near}?`;
}

/** @param isOptional of a section that its presence turns on: defaults must not bring it about */
function variablesOf(schema: z.core.$ZodType, path: readonly string[], isOptional = false): Variable[] {
  const inner = unwrap(schema);
  const { def } = inner._zod;
  if (def.type === 'object') {
    const { shape } = (inner as z.core.$ZodObject)._zod.def;
    const optional = isOptional || schema._zod.def.type === 'optional';
    return Object.entries(shape).flatMap(([key, value]) => variablesOf(value, [...path, key], optional));
  }
  const kind = kindOf(inner);
  const fallback = isOptional ? undefined : fallbackOf(schema);
  return kind === undefined ? [] : [{ name: variableName(path), path, kind, fallback }];
}

function kindOf(schema: z.core.$ZodType): Variable['kind'] | undefined {
  switch (schema._zod.def.type) {
    case 'number':
      return 'integer';
    case 'boolean':
      return 'boolean';
    case 'literal': {
      const { values } = (schema as z.core.$ZodLiteral)._zod.def;
      if (values.every((value) => typeof value === 'number')) return 'integer';
      return values.some((value) => typeof value === 'number') ? 'integer-or-word' : 'text';
    }
    case 'string':
    case 'enum':
      return 'text';
    default:
      return undefined;
  }
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const { innerType } = schema._zod.def as { innerType?: z.core.$ZodType };
  return innerType === undefined ? schema : unwrap(innerType);
}

function fallbackOf(schema: z.core.$ZodType): unknown {
  return schema._zod.def.type === 'default' ? (schema as z.core.$ZodDefault)._zod.def.defaultValue : undefined;
}

function variableName(path: readonly string[]): string {
  return PREFIX + path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('__');
}
