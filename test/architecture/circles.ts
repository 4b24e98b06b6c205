import { posix } from 'node:path';
import type { Rule } from './floors.ts';

/** Files that import each other, also by types alone, can't be understood one after the other. Imports that wait (`import()`) do not count. */
export const noCircles: Rule = (sources) => {
  const paths = new Set(sources.map(({ path }) => path));
  const imports = new Map(
    sources.map(({ path, imports: all }) => [
      path,
      all
        .filter(({ from, dynamic }) => from.startsWith('.') && !dynamic)
        .map(({ from }) => posix.join(posix.dirname(path), from))
        .filter((target) => paths.has(target)),
    ]),
  );
  const done = new Set<string>();
  const broken: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    const begun = way.indexOf(path);
    if (begun >= 0) broken.push(`${way.slice(begun).join(' → ')} → ${path}`);
    if (begun >= 0 || done.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const path of paths) visit(path, []);
  return broken;
};
