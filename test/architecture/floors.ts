import { posix } from 'node:path';
import type { Import, Source } from './source.ts';

/** A rule looks at the shipped sources and returns what breaks it, one sentence each. */
export type Rule = (sources: readonly Source[]) => readonly string[];

const STREET = new Set(['clock', 'files', 'log', 'lifecycle', 'throttle', 'sequence', 'outbox', 'link']);
const HOUSE = new Set([
  'capture',
  'convention',
  'bus',
  'device',
  'telemetry',
  'command',
  'audit',
  'status',
  'service',
  'metrics',
]);
const PAGE = 'agent/console/page';
const SHARED_DRIVERS = new Set(['contract', 'framing', 'schema', 'port', 'registry']);

interface Place {
  /**
   * 0 drivers/contract, 1 drivers, 2 registry and config, 3 and 4 the parts of the agent, 5 the app and the tools that
   * put them together.
   */
  readonly floor: number;
  /** `drivers/modbus`, `agent/bus`, `config`, `agent/main`. */
  readonly part: string;
  readonly isProtocol: boolean;
}

/** Where a file belongs; undefined: it lies where no file may lie. */
export function placeOf(path: string): Place | undefined {
  const [top = '', second = '', third] = path.split('/');
  if (top === 'config') return { floor: 2, part: 'config', isProtocol: false };
  if (top === 'drivers' && third !== undefined) {
    const floor = second === 'contract' ? 0 : second === 'registry' ? 2 : 1;
    return { floor, part: `drivers/${second}`, isProtocol: !SHARED_DRIVERS.has(second) };
  }
  if (top !== 'agent') return undefined;
  const part = `agent/${second.replace(/\.ts$/, '')}`;
  if (third === undefined) return second === 'main.ts' ? { floor: 5, part, isProtocol: false } : undefined;
  if (STREET.has(second)) return { floor: 3, part, isProtocol: false };
  if (HOUSE.has(second)) return { floor: 4, part, isProtocol: false };
  if (second === 'app' || second === 'cli') return { floor: 5, part, isProtocol: false };
  // A program of the browser: it shares with the agent nothing but the messages between the two.
  if (second === 'console' && third === 'page') return { floor: 5, part: PAGE, isProtocol: false };
  if (second === 'console') return { floor: 5, part, isProtocol: false };
  return undefined;
}

export const floors: Rule = (sources) => {
  const broken: string[] = [];
  for (const source of sources) {
    const from = placeOf(source.path);
    if (from === undefined) {
      broken.push(`${source.path}: lies on no floor`);
      continue;
    }
    for (const each of source.imports) {
      if (!each.from.startsWith('.')) {
        if (from.floor === 0)
          broken.push(`${source.path}: the contract imports nothing from outside, not ${each.from}`);
        continue;
      }
      const target = posix.join(posix.dirname(source.path), each.from);
      const to = placeOf(target);
      const why = to === undefined ? 'it lies on no floor' : refusal(from, to, each);
      if (why !== undefined) broken.push(`${source.path}: may not import ${target}: ${why}`);
    }
  }
  return broken;
};

function refusal(from: Place, to: Place, how: Import): string | undefined {
  if (from.part === to.part) return undefined;
  if (to.part === PAGE) return 'the page is bundled by itself';
  if (from.part === PAGE) {
    return how.typeOnly && /(?:^|\/)wire\.ts$/.test(how.from)
      ? undefined
      : 'the page shares only types of agent/console/wire.ts';
  }
  if (to.isProtocol && (from.part === 'drivers/registry' || from.part === 'config')) {
    return how.dynamic ? undefined : 'a driver is only reached through import()';
  }
  if (to.isProtocol && from.floor < 5) return 'a protocol is only reached through the registry';
  if (to.floor > from.floor) return 'imports go down';
  switch (from.floor) {
    case 1:
      if (to.floor === 0 || to.part === 'drivers/schema') return undefined;
      return to.part === 'drivers/framing' ? undefined : 'drivers share only contract, framing and schema';
    case 3:
      if (to.floor === 0 || to.part === 'agent/clock' || to.part === 'agent/files') return undefined;
      return to.floor === 1 || !how.typeOnly ? 'only the contract, the clock, files, and types' : undefined;
    case 4:
      return to.floor < 4 || how.typeOnly ? undefined : 'parts of one floor share only types';
    default:
      return undefined;
  }
}

/** Package → the files that may import it. */
const IMPORTERS: Readonly<Record<string, RegExp>> = {
  serialport: /^drivers\/port\/serial[\w-]*\.ts$/,
  mqtt: /^agent\/link\//,
  pino: /^agent\/log\//,
  convict: /^config\//,
  yaml: /^config\//,
  ws: /^agent\/link\/connection\//,
  jose: /^agent\/command\//,
  preact: /^agent\/console\/page\//,
  uplot: /^agent\/console\/page\/plot\//,
  zod: /^(config\/|drivers\/schema\/|drivers\/(?:[\w-]+\/){1,2}(options|points?|schema|profile)[\w-]*\.ts$|agent\/(status|command|audit)\/)/,
};
/** How many files may import it: one, where nothing is said. */
const MANY = new Set(['zod', 'preact']);
/** Parts of Node that would open a way around the table of drivers, or start something. */
const CLOSED_BUILTINS = new Set([
  'node:vm',
  'node:module',
  'node:child_process',
  'node:worker_threads',
  'node:repl',
  'node:inspector',
  'node:cluster',
  'node:wasi',
]);
/** Where one of them is needed all the same: the one thread, whose program is one of our own files, and two programs of the system for the command line. */
const OPENED: Readonly<Record<string, RegExp>> = {
  'node:child_process': /^agent\/cli\/(?:service\/systemctl|replay\/pseudo-terminal)\.ts$/,
  'node:worker_threads': /^agent\/clock\/timing-(thread|worker)\.ts$/,
};

export const packages: Rule = (sources) => {
  const broken: string[] = [];
  const importers = new Map<string, string[]>();
  for (const source of sources) {
    for (const { from } of source.imports) {
      if (from.startsWith('.')) continue;
      if (from.startsWith('node:')) {
        if (CLOSED_BUILTINS.has(from) && !OPENED[from]?.test(source.path))
          broken.push(`${source.path}: nothing shipped imports ${from}`);
        continue;
      }
      const name = from.split('/')[0] ?? '';
      const allowed = Object.hasOwn(IMPORTERS, name) ? IMPORTERS[name] : undefined;
      if (allowed === undefined) broken.push(`${source.path}: ${name} is no package of ours`);
      else if (!allowed.test(source.path)) broken.push(`${source.path}: is not the place to import ${name}`);
      else importers.set(name, [...(importers.get(name) ?? []), source.path]);
    }
  }
  for (const [name, paths] of importers) {
    const distinct = new Set(paths);
    if (distinct.size > 1 && !MANY.has(name)) broken.push(`${[...distinct].join(', ')}: one file imports ${name}`);
  }
  return broken;
};
