import type { Rule } from './floors.ts';
import type { Source } from './source.ts';

/** A rule that a pattern breaks, wherever it stands in code, except in the files that may. */
function never(pattern: RegExp, says: string, except = /^$/): Rule {
  return (sources) =>
    sources
      .filter((source) => !except.test(source.path))
      .flatMap((source) =>
        [...source.bare.matchAll(pattern)].map(
          (match) => `${source.path}:${lineOf(source, match.index)}: ${says}: ${match[0].replace(/\s+/g, ' ').trim()}`,
        ),
      );
}

function lineOf(source: Source, index: number): number {
  return source.bare.slice(0, index).split('\n').length;
}

/** Measuring is no policy: a file that measures memory, CPU or a span may ask the process. */
const processOnlyInMain = (sources: readonly Source[]): readonly string[] => [
  ...never(
    /(?<![.\w$])(?:globalThis\s*\.\s*)?process\b(?!\s*:)(?!\s*\.\s*(?:hrtime|memoryUsage|cpuUsage)\b)/g,
    'only main touches process',
    /^agent\/main\.ts$/,
  )(sources),
  ...sources
    .filter((source) => source.path !== 'agent/main.ts' && source.imports.some((each) => each.from === 'node:process'))
    .map((source) => `${source.path}: only main touches process: node:process`),
];

const timers = never(
  /(?<![.\w$])(?:setTimeout|setInterval)\b(?=\s*\()|\bAbortSignal\s*\.\s*timeout\b|(?<![.\w$])Date\s*(?:\.\s*now\b|\(\s*\))|(?<![.\w$])performance\s*\.\s*now\b|\bprocess\s*\.\s*hrtime\b/g,
  'timers and clocks are only in agent/clock, and in clock.ts of the page',
  /^agent\/(clock\/|main\.ts$|console\/page\/clock\.ts$)/,
);

const timersOnlyInClock: Rule = (sources) => [
  ...timers(sources),
  ...sources
    .filter((source) => !source.path.startsWith('agent/clock/'))
    .filter((source) => source.imports.some((each) => /^(node:)?(timers(\/promises)?|perf_hooks)$/.test(each.from)))
    .map((source) => `${source.path}: timers and clocks are only in agent/clock: imports them from Node`),
];

const noCodeFromText: Rule = (sources) => [
  ...never(/(?<![.\w$])(?:eval\b|(?:new\s+)?Function\s*\()/g, 'no code is made from text')(sources),
  ...sources
    .filter((source) => source.computedImports > 0)
    .map((source) => `${source.path}: import() takes one plain string`),
];

/**
 * `agent/cli` may load its subcommands when they are asked for, and a file that may import a package may import it
 * late: a gateway without a serial line need not pay for serialport.
 */
const importCallsOnlyInTable: Rule = (sources) =>
  sources
    .filter((source) => !/^(drivers\/registry|agent\/cli)\/|^agent\/main\.ts$/.test(source.path))
    .flatMap((source) =>
      source.imports.filter((each) => each.dynamic && each.from.startsWith('.')).map((each) => ({ source, each })),
    )
    .map(({ source, each }) => `${source.path}: import() is for the table of drivers, not for ${each.from}`);

/**
 * `void` before a call lets its promise go unwatched: its rejection ends the process. The linter finds the same without
 * `void` (noFloatingPromises). A return type is no operator: a colon, an arrow or a bracket stands before it, and no
 * call follows.
 */
const noUnwatchedPromise = never(
  /(?<![:<|&,][ \t]*)\bvoid[ \t]+(?!(?:this\s*\.\s*#?)?supervisor\s*\.)[\w#(][\w#.?]*/g,
  'a promise that nobody waits for runs under the supervisor',
);

const shortFiles: Rule = (sources) =>
  sources.filter((source) => source.lines > 300).map((source) => `${source.path}: ${source.lines} lines; at most 300`);

const NAMES_NOTHING = /^(manager|helper|util|utilities|utility|common|misc)s?$/;

const names: Rule = (sources) => {
  const broken: string[] = [];
  for (const { path, bare } of sources) {
    const parts = path.replace(/\.tsx?$/, '').split('/');
    if (parts.some((part) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(part))) broken.push(`${path}: names are in kebab-case`);
    if (parts.some((part) => part.split('-').some((word) => NAMES_NOTHING.test(word)))) {
      broken.push(`${path}: the name says nothing`);
    }
    for (const match of bare.matchAll(/\b(?:class|interface|type)\s+(\w*(?:Manager|Helper|Utils?|Common|Misc))\b/g)) {
      broken.push(`${path}: the name ${match[1]} says nothing`);
    }
  }
  return broken;
};

/** Each rule by the sentence that its test is named with. */
export const habits: Readonly<Record<string, Rule>> = {
  'only main touches process': processOnlyInMain,
  'timers and clocks are only in agent/clock': timersOnlyInClock,
  'no code is made from text': noCodeFromText,
  'import() is only in the table of drivers and for subcommands': importCallsOnlyInTable,
  'there are no default exports': never(
    /(?<![.\w$])export\s+default\b|(?<![.\w$])export\s*\{[^}]*\bas\s+default\b/g,
    'no default exports',
  ),
  'only faults are thrown': never(/(?<![.\w$])throw\s+new\s+(?!Fault\b)\w+/g, 'only faults are thrown'),
  'a promise that nobody waits for runs under the supervisor': noUnwatchedPromise,
  // by its `z` the bundle would keep all of zod, and every start would load it
  'zod is imported as a namespace': never(
    /\bimport\s*\{[^}]*\bz\b[^}]*\}\s*from/g,
    'zod is imported as a namespace: import * as z',
  ),
  'files are short': shortFiles,
  'names say what a thing is': names,
};
