import type { z } from 'zod';
import type { Path } from '../problem.ts';

/** The keys that a schema knows at a place; of a union, those of all its branches. Empty for what is no zod mapping. */
export function knownKeys(schema: unknown, path: Path): readonly string[] {
  return [...new Set(schemasAt(schema, path).flatMap((place) => Object.keys(shapeOf(place))))];
}

/** By key, in which mapping around a place or in it the key is known: an indentation too deep, or not deep enough. */
export function knownAround(schema: object, path: Path): ReadonlyMap<string, string> {
  const shape = path.map((segment) => (typeof segment === 'number' ? '#' : segment)).join('.');
  const places = AROUND.get(schema) ?? new Map<string, ReadonlyMap<string, string>>();
  const found = places.get(shape) ?? findAround(schema, path);
  if (places.size < MOST_PLACES) places.set(shape, found);
  AROUND.set(schema, places);
  return found;
}

/** Thousands of devices and points have the same keys around them. */
const AROUND = new WeakMap<object, Map<string, ReadonlyMap<string, string>>>();
/** A schema has a few dozen places, but for those whose names the file gives. */
const MOST_PLACES = 256;

function findAround(schema: object, path: Path): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const add = (keys: readonly string[], place: string) => {
    for (const key of keys) if (!found.has(key)) found.set(key, place);
  };
  for (const key of knownKeys(schema, path)) add(knownKeys(schema, [...path, key]), `into \`${key}\``);
  for (let end = path.length - 1; end >= 0; end -= 1) {
    const [inner] = path.slice(end);
    if (typeof inner === 'string') add(knownKeys(schema, path.slice(0, end)), `beside \`${inner}\`, and not into it`);
  }
  return found;
}

/** The schemas of a place: every branch of a union, behind defaults, optionals and pipes. Empty for a value that is no zod schema. */
export function schemasAt(schema: unknown, path: Path): readonly z.core.$ZodType[] {
  let places = branches(schema);
  for (const segment of path) places = places.flatMap((place) => branches(innerAt(place, segment)));
  return places;
}

function innerAt(place: z.core.$ZodType, segment: string | number): z.core.$ZodType | undefined {
  const { element, valueType, items } = place._zod.def as Collection;
  if (place._zod.def.type === 'array') return element;
  if (place._zod.def.type === 'record') return valueType;
  if (place._zod.def.type === 'tuple') return items?.[Number(segment)];
  const shape = shapeOf(place);
  return Object.hasOwn(shape, segment) ? shape[String(segment)] : undefined;
}

interface Collection {
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly items?: readonly z.core.$ZodType[];
}

/** Whether a mapping's schema has this key. */
export function hasKey(schema: unknown, key: string): boolean {
  return knownKeys(schema, []).includes(key);
}

/**
 * Words for an unknown key: only a known key is shown.
 * @param elsewhere where a key is known that is not known here
 */
export function suggestion(key: string, known: readonly string[], elsewhere: ReadonlyMap<string, string>): string {
  // a union has more than one kind of mapping, as the ports of a tty and of a server
  if (known.includes(key)) return 'unknown key: it does not go with the others here';
  const place = elsewhere.get(key);
  if (place !== undefined) return `unknown key here: it belongs ${place}`;
  const near = nearest(key, known);
  if (near !== undefined) return `unknown key; did you mean \`${near}\`?`;
  return known.length > 0 && known.length <= 12 ? `unknown key; known here: ${known.join(', ')}` : 'unknown key';
}

/** The known word that a mistyped one most likely stands for. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 64) return undefined;
  const plain = (text: string) => text.toLowerCase().replace(/[-_]/g, '');
  const ranked = known
    .map((candidate) => ({ candidate, cost: cost(plain(word), plain(candidate)) }))
    .sort((a, b) => a.cost - b.cost);
  const best = ranked[0];
  if (best === undefined) return undefined;
  // Two letters changed places cost 2; in very short words that would fit anything.
  const shorter = Math.min(best.candidate.length, plain(word).length);
  const allowed = best.candidate.length < 4 ? 1 : Math.max(2, Math.floor(shorter / 3));
  return best.cost <= allowed ? best.candidate : undefined;
}

/** Mistyped, or broken off: `password` for `passwordFile`. */
function cost(word: string, known: string): number {
  const whole = distance(word, known);
  return word.length < 4 ? whole : Math.min(whole, 1 + distance(word, known.slice(0, word.length)));
}

function branches(schema: unknown): readonly z.core.$ZodType[] {
  const zod = schema as (z.core.$ZodType & { _zod: { def: Wrapping } }) | undefined;
  if (zod?._zod === undefined) return [];
  const { innerType, in: input, out, options } = zod._zod.def;
  if (innerType !== undefined) return branches(innerType);
  // a schema that is changed first takes anything; the schema of its result tells the wanted value
  if (input !== undefined) return branches(input._zod.def.type === 'transform' ? out : input);
  return options === undefined ? [zod] : options.flatMap(branches);
}

interface Wrapping {
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly out?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
}

function shapeOf(schema: z.core.$ZodType): z.core.$ZodShape {
  return schema._zod.def.type === 'object' ? (schema as z.core.$ZodObject)._zod.def.shape : {};
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
