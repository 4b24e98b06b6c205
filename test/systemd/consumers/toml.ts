/** As much of TOML as our Telegraf config uses: tables, lists of tables, and texts, whole numbers, booleans, lists of texts on one line. */
export type Toml = string | number | boolean | readonly string[] | TomlTable | TomlTable[];
export interface TomlTable {
  [key: string]: Toml;
}

const KEY = /^[A-Za-z0-9_-]+$/;

/** @throws Error for anything else, with the line */
export function parseToml(text: string): TomlTable {
  const root: TomlTable = {};
  let table = root;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const fail = (why: string): never => {
      throw new Error(`line ${index + 1}: ${why}: ${line}`);
    };
    const list = /^\[\[([^[\]]+)\]\]$/.exec(line)?.[1];
    const single = /^\[([^[\]]+)\]$/.exec(line)?.[1];
    const path = list ?? single;
    if (path !== undefined) {
      table = opened(root, path.split('.'), list !== undefined, fail);
      continue;
    }
    const [, key = '', value = ''] = /^([^=\s]+) = (.+)$/.exec(line) ?? fail('no key and value');
    if (!KEY.test(key)) fail('no key');
    if (Object.hasOwn(table, key)) fail('a key twice');
    table[key] = parsedValue(value, fail);
  }
  return root;
}

function opened(root: TomlTable, path: readonly string[], isList: boolean, fail: (why: string) => never): TomlTable {
  let at = root;
  for (const [index, key] of path.entries()) {
    if (!KEY.test(key)) fail('no name of a table');
    const isLast = index === path.length - 1;
    const there = at[key];
    if (isLast && isList) {
      if (there !== undefined && !isTables(there)) fail('not a list of tables');
      const made: TomlTable = {};
      at[key] = [...((there as TomlTable[] | undefined) ?? []), made];
      return made;
    }
    if (isLast && there !== undefined) fail('a table twice');
    at[key] ??= {};
    const next = at[key];
    // a name in the middle of a path means the newest of the list
    at = (isTables(next) ? next.at(-1) : next) as TomlTable;
  }
  return at;
}

export function isTables(value: Toml | undefined): value is TomlTable[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'object');
}

function parsedValue(text: string, fail: (why: string) => never): Toml {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^-?\d+$/.test(text)) return Number(text);
  // such texts and lists mean the same in JSON
  if (/^"(?:[^"\\]|\\["\\nt])*"$/.test(text) || /^\[(?:"[^"\\]*"(?:, )?)*\]$/.test(text)) return JSON.parse(text);
  return fail('no value that this knows');
}
