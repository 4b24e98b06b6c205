import type { z } from 'zod';
import type { Schema } from '../../drivers/contract/driver.ts';
import type { Finding, Path } from '../problem.ts';
import { isMapping, valueAt } from './data.ts';
import { boundsInUnit, withHint } from './hints.ts';
import { knownAround, knownKeys, schemasAt, suggestion } from './known-keys.ts';

/** The parts of a zod issue that are read here. */
interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[] | undefined;
  readonly errors?: readonly (readonly Issue[])[] | undefined;
  readonly issues?: readonly Issue[] | undefined;
}

export type Checked<T> =
  | { readonly ok: true; readonly data: T }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/**
 * Validates with zod and puts what is wrong into our words. They hold bounds and the names of what is known, and never
 * anything of the value.
 * @param path where the value stands in the config
 */
export function validated<T>(schema: Schema<T>, value: unknown, path: Path): Checked<T> {
  // zod takes the words for its own messages as a second argument; a schema's own words stay as they are.
  const zod = schema as {
    safeParse(value: unknown, parameters: { error: typeof wordsFor }): ReturnType<typeof schema.safeParse>;
  };
  const result = zod.safeParse(value, { error: wordsFor });
  if (result.success) return { ok: true, data: result.data };
  return { ok: false, findings: result.error.issues.flatMap((issue) => findings(issue, [], { schema, value, path })) };
}

/** The message for a key that is not there. */
export const REQUIRED = 'is required';

interface Checking {
  readonly schema: Schema<unknown>;
  readonly value: unknown;
  readonly path: Path;
}

function findings(issue: Issue, outer: Path, checking: Checking): readonly Finding[] {
  const inner = [...outer, ...issue.path.map((key) => (typeof key === 'number' ? key : String(key)))];
  const path = [...checking.path, ...inner];
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(checking.schema, inner);
    const around = knownAround(checking.schema, inner);
    const words = (key: string) => suggestion(key, known, around);
    return (issue.keys ?? []).map((key) => ({ path: [...path, key], message: words(key), at: 'key' }));
  }
  const missing = valueAt(checking.value, inner) === undefined;
  const typed = issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union';
  if (missing && typed) return [{ path, message: REQUIRED }];
  if (issue.code === 'invalid_union' && isMapping(valueAt(checking.value, inner))) {
    const branch = closest(issue.errors ?? []);
    if (branch !== undefined) return branch.flatMap((nested) => findings(nested, inner, checking));
  }
  if (issue.code === 'invalid_key') {
    return [{ path, message: issue.issues?.[0]?.message ?? 'has a form that is not allowed', at: 'key' }];
  }
  const key = inner.findLast((segment) => typeof segment === 'string') ?? '';
  if (typed) {
    const wanted = schemasAt(checking.schema, inner);
    return [{ path, message: withHint(issue.message, valueAt(checking.value, inner), { key, wanted }) }];
  }
  const isBound =
    (issue.code === 'too_small' || issue.code === 'too_big') && typeof valueAt(checking.value, inner) === 'number';
  return [{ path, message: isBound ? boundsInUnit(issue.message, key) : issue.message }];
}

/** Of several forms that a mapping may have, the one that was most likely meant: fewest unknown keys, then fewest faults. */
function closest(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const cost = (branch: readonly Issue[]): number =>
    branch.reduce(
      (sum, issue) => sum + (issue.path.length === 0 && issue.keys !== undefined ? 100 * issue.keys.length : 1),
      0,
    );
  return branches.toSorted((a, b) => cost(a) - cost(b))[0];
}

/** Words for what zod would say itself. */
function wordsFor(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? 'has the wrong type';
    case 'invalid_value':
      return oneOf(issue.values);
    case 'too_small':
      return `must ${issue.origin === 'string' || issue.origin === 'array' ? 'have' : 'be'} at least ${issue.minimum}`;
    case 'too_big':
      return `must ${issue.origin === 'string' || issue.origin === 'array' ? 'have' : 'be'} at most ${issue.maximum}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return 'has a form that is not allowed';
    case 'invalid_union':
      return oneOf(discriminators(issue));
    default:
      return 'is not allowed';
  }
}

const TYPES: Readonly<Record<string, string>> = {
  object: 'must be a mapping',
  record: 'must be a mapping',
  array: 'must be a list',
  tuple: 'must be a list',
  string: 'must be text',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
};

/** `must be one of a, b, c`: the values of a schema are ours and may be shown. */
export function oneOf(values: readonly unknown[]): string {
  if (values.length === 0) return 'has a form that is not allowed';
  return values.length === 1 ? `must be ${String(values[0])}` : `must be one of ${values.map(String).join(', ')}`;
}

/** The values of the key that tells the branches of a union apart. */
function discriminators(issue: z.core.$ZodRawIssue): readonly unknown[] {
  const { discriminator, inst } = issue as { discriminator?: string; inst?: z.core.$ZodType };
  const values = discriminator === undefined ? undefined : inst?._zod.propValues?.[discriminator];
  return values === undefined ? [] : [...values];
}
