/** Where something stands in the config: keys and indices from the root. */
export type Path = readonly (string | number)[];

/** A fault or a doubt at a place of the config, before its line is known. The message holds no value of the file. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  /** The position to show: that of the value (the default) or that of its key. */
  readonly at?: 'value' | 'key' | undefined;
}

/** A finding as an operator gets it. */
export interface Problem {
  /** The config file as it was named, or `environment`. */
  readonly file: string;
  /** From 1; 0 where there is no line: the environment, or a file that can not be read. */
  readonly line: number;
  /** From 1, in UTF-16 units; 0 like `line`. */
  readonly column: number;
  /** `buses[0].devices[2].options.unit`, or the name of an environment variable. */
  readonly path: string;
  readonly message: string;
}

/** The form of a key. Anything else may be a secret that slipped into the place of a key, so it is not shown. */
const KEY = /^(?:[A-Za-z][A-Za-z0-9_-]{0,39}|<<)$/;

/** `buses[0].id`; a key that does not look like one is `?`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else text += `${text === '' ? '' : '.'}${KEY.test(segment) ? segment : '?'}`;
  }
  return text;
}

/** One line for people: `FILE:LINE:COLUMN: path: message`. */
export function formatProblem(problem: Problem): string {
  const file = problem.file.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '?');
  const place = problem.line === 0 ? file : `${file}:${problem.line}:${problem.column}:`;
  if (problem.path === '') return `${place}${problem.line === 0 ? ':' : ''} ${problem.message}`;
  return `${place} ${problem.path}: ${problem.message}`;
}

/** By place in the file, those without a line first; the same place is named once for the same reason. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  const unique = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  return [...unique.values()].sort(
    (a, b) => a.line - b.line || a.column - b.column || compare(a.path, b.path) || compare(a.message, b.message),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
