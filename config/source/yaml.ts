import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  type ParsedNode,
  Parser,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import { AMOUNTS } from '../limits.ts';
import type { Finding, Path } from '../problem.ts';
import { findTooDeep } from './nesting.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A YAML text as plain data, with the place of every value. */
export interface Source {
  /**
   * Objects, arrays, strings, numbers, booleans and null; a bigint for a whole number that no double holds. Undefined
   * where problems leave nothing to read.
   */
  readonly data: unknown;
  /** The faults of the text itself; each stands for one position. */
  readonly problems: readonly (Finding & { readonly position: Position })[];
  /** The place of a value or of its key; for what is not there, of the nearest mapping around it. */
  locate(path: Path, at: 'value' | 'key'): Position;
}

const TABS = 'indent with spaces, not with tabs';

/** The library's own messages quote the text, so only their codes are used. */
const SYNTAX: Readonly<Record<string, string>> = {
  BAD_INDENT: 'the indentation does not fit',
  TAB_AS_INDENT: TABS,
  BAD_ALIAS: 'the alias is not known',
  BAD_DQ_ESCAPE: 'the text has an escape that YAML does not know',
  BAD_SCALAR_START: 'a text that begins like this must be quoted',
  MISSING_CHAR: 'a quote, bracket, comma or colon is missing',
  KEY_OVER_1024_CHARS: 'the key is too long',
  MULTILINE_IMPLICIT_KEY: 'the key must be on one line, with a space behind its colon',
  BLOCK_AS_IMPLICIT_KEY: 'a mapping can not begin in the middle of a line; a text with a colon must be quoted',
  TAG_RESOLVE_FAILED: 'tags are not allowed',
  RESOURCE_EXHAUSTION: 'is nested too deeply',
};

/**
 * Reads YAML 1.2 (core schema) without custom tags or repeated keys, in bounded depth and size. Merge keys (`<<`, of
 * YAML 1.1's types) are known: a mapping's own keys go before the ones that are merged into it, and of several mappings
 * the first goes before the others.
 */
export function parseYaml(text: string): Source {
  const lines = new LineCounter();
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problems: (Finding & { position: Position })[] = [];
  const report: Report = (offset, path, message) => {
    if (problems.length <= AMOUNTS.problems) problems.push({ path, message, position: position(offset) });
  };

  const lexemes = [...new Lexer().lex(text)];
  const deep = findTooDeep(lexemes, AMOUNTS.textDepth);
  const [document, second] = deep === undefined ? documents(lexemes, text.length, lines) : [];
  if (deep !== undefined) {
    const before = text.slice(0, deep);
    const lineStart = before.lastIndexOf('\n') + 1;
    const at = { line: before.split('\n').length, column: deep - lineStart + 1 };
    problems.push({ path: [], message: 'is nested too deeply', position: at });
  }
  // `%YAML 1.1` would turn `yes` into true behind the reader's back.
  if (document?.directives?.yaml.explicit === true) report(0, [], 'must not begin with a %YAML directive');
  for (const { code, pos } of [...(document?.errors ?? []), ...(document?.warnings ?? [])]) {
    // the library sees a tab in some places, and in others what follows from it
    const tab = tabBefore(text, lines.lineStarts[position(pos[0]).line - 1] ?? 0);
    if (tab !== undefined) report(tab, [], TABS);
    else report(pos[0], [], SYNTAX[code] ?? 'is not valid YAML here');
    if (problems.length > AMOUNTS.problems) break;
  }
  if (second !== undefined) report(second.range[0], [], 'must hold one document only');

  const keys = new Map<YAMLMap, Map<string, Pair>>();
  const hasAliases = problems.length === 0 && lexemes.some((lexeme) => lexeme.startsWith('*'));
  const follow = hasAliases && document !== undefined ? aliases(document) : (node: unknown) => node;
  const reading = { keys, report, lineOf: (offset: number) => position(offset).line };
  const data = problems.length === 0 ? new Reader(follow, reading).read(document?.contents, [], 0) : undefined;
  return {
    data,
    problems,
    locate(path, at) {
      let node: unknown = document?.contents;
      let offset = offsetOf(node) ?? 0;
      for (const [index, segment] of path.entries()) {
        const collection = follow(node);
        const pair = isMap(collection) ? keys.get(collection)?.get(String(segment)) : undefined;
        node = isSeq(collection) ? collection.items[Number(segment)] : pair?.value;
        if (pair === undefined && node === undefined) break;
        if (at === 'key' && index === path.length - 1 && pair !== undefined) node = pair.key;
        offset = offsetOf(node) ?? offsetOf(pair?.key) ?? offset;
      }
      return position(offset);
    },
  };
}

/** Far deeper than any mapping that is taken. */
const INDENTATION = 256;

/** The first tab before the text of a line. @param start of the line */
function tabBefore(text: string, start: number): number | undefined {
  const [before = ''] = /^ *\t/.exec(text.slice(start, start + INDENTATION)) ?? [];
  return before === '' ? undefined : start + before.length - 1;
}

type Documents = readonly Document.Parsed<ParsedNode, true>[];

/** At most the first two. The text is cut into lexemes once: the library's own ways in would do it again. */
function documents(lexemes: readonly string[], length: number, lines: LineCounter): Documents {
  const composer = new Composer<ParsedNode, true>({
    version: '1.2',
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    // Compares each key with each: a file of one long mapping would take minutes. The reader below does it itself.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
    lineCounter: lines,
  });
  const found: Document.Parsed<ParsedNode, true>[] = [];
  for (const document of composer.compose(tokens(lexemes, lines), true, length)) {
    found.push(document);
    if (found.length === 2) break;
  }
  return found;
}

function* tokens(lexemes: readonly string[], lines: LineCounter): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  for (const lexeme of lexemes) yield* parser.next(lexeme);
  yield* parser.end();
}

type Report = (offset: number, path: Path, message: string) => undefined;

interface Reading {
  /** Filled with the pairs of each mapping. */
  readonly keys: Map<YAMLMap, Map<string, Pair>>;
  readonly report: Report;
  readonly lineOf: (offset: number) => number;
}

class Reader {
  readonly #follow: Follow;
  readonly #keys: Map<YAMLMap, Map<string, Pair>>;
  readonly #report: Report;
  readonly #lineOf: (offset: number) => number;
  #nodes = 0;

  constructor(follow: Follow, { keys, report, lineOf }: Reading) {
    this.#follow = follow;
    this.#keys = keys;
    this.#report = report;
    this.#lineOf = lineOf;
  }

  read(given: unknown, path: Path, depth: number): unknown {
    const node = this.#follow(given);
    const offset = offsetOf(given) ?? 0;
    if (node === undefined && isAlias(given)) return this.#report(offset, path, 'the alias is not known');
    if (!this.#counts(offset, 1)) return undefined;
    if (depth > AMOUNTS.depth) return this.#report(offset, path, 'is nested too deeply');
    if (isMap(node)) return this.#mapping(node, path, depth);
    if (isSeq(node)) return node.items.map((item, index) => this.read(item, [...path, index], depth + 1));
    return isScalar(node) ? exactly(node) : null;
  }

  #mapping(node: YAMLMap, path: Path, depth: number): Record<string, unknown> {
    const pairs = new Map<string, Pair>();
    this.#keys.set(node, pairs);
    this.#collect(node, pairs, path, depth);
    const result: Record<string, unknown> = {};
    for (const [key, pair] of pairs) result[key] = this.read(pair.value, [...path, key], depth + 1);
    return result;
  }

  /** The pairs of a mapping, then those that it merges and has not itself. */
  #collect(node: YAMLMap, pairs: Map<string, Pair>, path: Path, depth: number): undefined {
    const own = new Map<string, number>();
    let merged: Pair | undefined;
    for (const pair of node.items) {
      const offset = offsetOf(pair.key) ?? offsetOf(node) ?? 0;
      const key = keyText(pair.key);
      if (key === undefined) this.#report(offset, path, 'has a key that is not plain text');
      else if (key === '__proto__') this.#report(offset, [...path, key], 'unknown key');
      else if (own.has(key)) this.#report(offset, [...path, key], this.#twice(own.get(key) ?? 0));
      else {
        own.set(key, offset);
        if (isMergeKey(pair.key)) merged = pair;
        else if (!pairs.has(key)) pairs.set(key, pair);
      }
    }
    if (merged !== undefined) this.#merge(merged.value, pairs, [...path, MERGE], depth + 1, true);
  }

  #twice(first: number): string {
    return `is there twice, first in line ${this.#lineOf(first)}: keep one`;
  }

  /** Counted and bounded as if the merged mappings stood here: they can merge others, and each of them many times. */
  #merge(given: unknown, pairs: Map<string, Pair>, path: Path, depth: number, mayBeList: boolean): undefined {
    const node = this.#follow(given);
    const offset = offsetOf(given) ?? 0;
    if (node === undefined && isAlias(given)) return this.#report(offset, path, 'the alias is not known');
    if (!this.#counts(offset, isMap(node) ? 1 + node.items.length : 1)) return undefined;
    if (depth > AMOUNTS.depth) return this.#report(offset, path, 'is nested too deeply');
    if (isMap(node)) return this.#collect(node, pairs, path, depth);
    if (!isSeq(node) || !mayBeList) return this.#report(offset, path, 'must be a mapping or a list of mappings');
    for (const [index, item] of node.items.entries()) this.#merge(item, pairs, [...path, index], depth, false);
  }

  /** Counted where an alias is used, not where its anchor stands: a few aliases can stand for billions of values. */
  #counts(offset: number, nodes: number): boolean {
    const before = this.#nodes;
    this.#nodes += nodes;
    if (this.#nodes <= AMOUNTS.nodes) return true;
    if (before <= AMOUNTS.nodes) this.#report(offset, [], `must have at most ${AMOUNTS.nodes} values`);
    return false;
  }
}

const MERGE = '<<';

/** Quoted it is a text like any other, and so it is in JSON. */
function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === MERGE && key.type === 'PLAIN';
}

/** A whole number as YAML's core schema writes it (1.2.2, 10.3.2). Longer than any bound of ours is not looked at. */
const WHOLE = /^([-+]?)([0-9]{1,40}|0x[0-9a-fA-F]{1,32}|0o[0-7]{1,40})$/;

/** A scalar's value; a bigint for a whole number that a double would change: 64-bit values are compared bit by bit. */
function exactly({ value, source }: Scalar): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const [, sign, digits] = WHOLE.exec(source ?? '') ?? [];
  if (digits === undefined) return value;
  const whole = sign === '-' ? -BigInt(digits) : BigInt(digits);
  return whole === BigInt(value) ? value : whole;
}

/** A key as it is written: `0x10` and `010` are no other way to write 16 and 10. */
function keyText(key: unknown): string | undefined {
  if (!isScalar(key) || key.value === null) return undefined;
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

type Follow = (node: unknown) => unknown;

/** Where each alias leads. One walk over the text; the library's own look-up walks the whole text for each alias. */
function aliases(document: Document): Follow {
  const anchors = new Map<string, Node>();
  const targets = new Map<unknown, Node | undefined>();
  visit(document, {
    Alias(_, alias) {
      targets.set(alias, anchors.get(alias.source));
    },
    Collection(_, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
    Scalar(_, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return (node) => (isAlias(node) ? targets.get(node) : node);
}

function offsetOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
