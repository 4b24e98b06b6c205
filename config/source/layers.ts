import convict from 'convict';
import type { Finding } from '../problem.ts';
import { get, isMapping, type Mapping, valueAt } from './data.ts';
import { type Environment, VARIABLES } from './environment.ts';

export interface Layered {
  readonly data: Mapping;
  readonly findings: readonly Finding[];
}

/** Top-level keys that begin like this are the operator's: a place for what is used elsewhere by an alias. */
export const PLACE_FOR_ANCHORS = 'x-';

type Tree = { [key: string]: unknown };

/**
 * Lays defaults, file and environment over one another, for every scalar outside lists; lists and unknown keys stay
 * as the file has them, for the validation to judge.
 *
 * convict does the laying and nothing else: it would take `no` for true and `5s` for 5, fails on a scalar in the place
 * of a section, and its messages hold values. So every format is `*`, it sees only scalars, and values come typed.
 */
export function layer(file: unknown, environment: Environment): Layered {
  if (!isMapping(file)) return { data: {}, findings: [{ path: [], message: 'must be a mapping' }] };
  const sections = new Set(VARIABLES.flatMap(({ path }) => (path.length > 1 ? path.slice(0, 1) : [])));
  const findings: Finding[] = [];
  const data: Tree = {};
  for (const [key, value] of Object.entries(file)) {
    if (key.startsWith(PLACE_FOR_ANCHORS)) continue;
    if (!sections.has(key)) data[key] = value;
    else if (isMapping(value)) data[key] = { ...value };
    else findings.push({ path: [key], message: 'must be a mapping' });
  }
  const [definition, fromFile, fromEnvironment]: [Tree, Tree, Tree] = [{}, {}, {}];
  for (const variable of VARIABLES) {
    const inFile = valueAt(data, variable.path);
    put(definition, variable.path, { format: '*', default: variable.fallback });
    if (inFile !== undefined && !isCollection(inFile)) put(fromFile, variable.path, inFile);
    if (environment.values.has(variable)) put(fromEnvironment, variable.path, environment.values.get(variable));
  }
  const layers = convict(definition as convict.Schema<Tree>, { args: [], env: {} })
    .load(fromFile)
    .load(fromEnvironment)
    .getProperties();
  for (const variable of VARIABLES) {
    const misplaced = isCollection(valueAt(data, variable.path)) && !environment.values.has(variable);
    const value = valueAt(layers, variable.path);
    if (value !== undefined && !misplaced) put(data, variable.path, value);
  }
  return { data, findings };
}

function put(tree: Tree, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) {
    tree[key] = value;
    return;
  }
  if (!isMapping(get(tree, key))) tree[key] = {};
  put(tree[key] as Tree, rest, value);
}

function isCollection(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
