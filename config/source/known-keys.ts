import type { z } from 'zod';
import type { Path } from '../problem.ts';

/** The keys that a schema knows at a place; of a union, those of all its branches. Empty for what is no zod mapping. */
export function knownKeys(schema: unknown, path: Path): readonly string[] {
  let places = branches(schema);
  for (const segment of path) {
    places = places.flatMap((place) => {
      if (place._zod.def.type === 'object') return branches(shapeOf(place)[String(segment)]);
      if (place._zod.def.type === 'array') return branches((place as z.core.$ZodArray)._zod.def.element);
      return [];
    });
  }
  return [...new Set(places.flatMap((place) => Object.keys(shapeOf(place))))];
}

/** Whether a mapping's schema has this key. */
export function hasKey(schema: unknown, key: string): boolean {
  return knownKeys(schema, []).includes(key);
}

/** Words for an unknown key: what is shown is a key that is known. */
export function suggestion(key: string, known: readonly string[]): string {
  // a union has more than one kind of mapping, as the ports of a tty and of a server
  if (known.includes(key)) return 'unknown key: it does not go with the others here';
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

/** The schemas of mappings and lists behind defaults, optionals and pipes; every branch of a union. */
function branches(schema: unknown): readonly z.core.$ZodType[] {
  const zod = schema as (z.core.$ZodType & { _zod: { def: Wrapping } }) | undefined;
  if (zod?._zod === undefined) return [];
  const { innerType, in: input, options } = zod._zod.def;
  if (innerType !== undefined) return branches(innerType);
  if (input !== undefined) return branches(input);
  return options === undefined ? [zod] : options.flatMap(branches);
}

interface Wrapping {
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
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
