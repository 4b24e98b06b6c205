import { posix } from 'node:path';
import type { Rule } from './floors.ts';
import type { Source } from './source.ts';

const MOST_FILES = 20;

/** A folder with more files is no room any more: nobody sees at a glance what is in it. */
export const smallFolders: Rule = (sources) => {
  const folders = new Map<string, number>();
  for (const { path } of sources) folders.set(posix.dirname(path), (folders.get(posix.dirname(path)) ?? 0) + 1);
  return [...folders]
    .filter(([, files]) => files > MOST_FILES)
    .map(([folder, files]) => `${folder}: ${files} files; at most ${MOST_FILES}`);
};

const DECLARED = /^export (?:abstract )?(?:async )?(class|interface|type|function|const|enum) (\w+)/gm;
/** Every driver's module exports these by contract. */
const ROLES = new Set(['driver', 'options', 'point', 'Options', 'PointOptions']);
/** The same number on two floors: a test holds them equal. */
const SAME = new Set(['SEQUENCE_BLOCK', 'SEQUENCE_SAVE_BYTES']);

interface Declared {
  readonly path: string;
  readonly kind: string;
  readonly name: string;
}

function declared(sources: readonly Source[]): readonly Declared[] {
  return sources.flatMap(({ path, bare }) =>
    [...bare.matchAll(DECLARED)].map(([, kind = '', name = '']) => ({ path, kind, name })),
  );
}

/** The words of the house: no protocol has another meaning for them. */
const CORE = new Set([
  'Line',
  'Verdict',
  'Outcome',
  'Job',
  'Run',
  'Ledger',
  'Refusals',
  'Lane',
  'Question',
  'Dialogue',
]);
/** The words that a protocol imports. */
const SHARED = /^drivers\/(?:contract|framing|schema)\//;

interface Vocabulary {
  /** `drivers/obis`; undefined: the house's. */
  readonly family?: string;
  /** `drivers/obis/p1`: a folder of the family with a driver of its own. */
  readonly variant?: string;
}

/** A protocol's own words (telegram, block, frame) are its own: it imports no other, and no other variant. */
function vocabularies(sources: readonly Source[]): (path: string) => Vocabulary {
  const drivers = new Set(
    sources.filter(({ path }) => /\/driver\.ts$/.test(path)).map(({ path }) => posix.dirname(path)),
  );
  return (path) => {
    if (!path.startsWith('drivers/') || /^drivers\/(?:contract|framing|schema|port|registry)\//.test(path)) return {};
    const family = path.split('/').slice(0, 2).join('/');
    const variant = path.split('/').slice(0, 3).join('/');
    return drivers.has(variant) ? { family, variant } : { family };
  };
}

/** One word, one meaning: the overloads of a function stand in one file. */
export const oneMeaning: Rule = (sources) => {
  const vocabularyOf = vocabularies(sources);
  const places = new Map<string, Set<string>>();
  for (const { name, path } of declared(sources)) {
    if (SAME.has(name) || (ROLES.has(name) && path.startsWith('drivers/'))) continue;
    places.set(name, (places.get(name) ?? new Set()).add(path));
  }
  return [...places].flatMap(([name, paths]) => {
    const clash = [...paths].filter((path) =>
      [...paths].some((other) => {
        if (other === path) return false;
        const [own, its] = [vocabularyOf(path), vocabularyOf(other)];
        const isApart = own.family !== its.family || (own.variant && its.variant && own.variant !== its.variant);
        return CORE.has(name) || !isApart || SHARED.test(path) || SHARED.test(other);
      }),
    );
    return clash.length === 0 ? [] : [`${name}: declared in ${clash.join(' and ')}`];
  });
};

/**
 * An exported value is used by another file that ships or is a script of ours; or a test names it, and then its own file
 * uses it too. A type may be exported for its name's sake.
 * @param others sources that use what ships: scripts and tests
 */
export function usedExports(sources: readonly Source[], others: readonly Source[]): readonly string[] {
  const words = new Map([...sources, ...others].map(({ path, bare }) => [path, new Set(bare.match(/\w+/g))]));
  const broken: string[] = [];
  for (const { path, kind, name } of declared(sources)) {
    if (kind === 'interface' || kind === 'type' || (ROLES.has(name) && path.startsWith('drivers/'))) continue;
    const users = [...words].filter(([other, used]) => other !== path && used.has(name)).map(([other]) => other);
    if (users.some((user) => !user.startsWith('test/'))) continue;
    const own = sources.find((source) => source.path === path)?.bare.match(new RegExp(`\\b${name}\\b`, 'g'))?.length;
    if (users.length === 0) broken.push(`${path}: nothing else uses ${name}`);
    else if ((own ?? 0) < 2) broken.push(`${path}: only tests use ${name}`);
  }
  return broken;
}
