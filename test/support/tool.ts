import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import type { dispatch } from '../../agent/cli/dispatch.ts';
import { checkout } from '../../scripts/testbed/place.ts';
import type { Program } from '../../scripts/testbed/program.ts';

/** A command that ends by itself or when it is told to; of the process it has what the built program gives it, but for a pid. */
export type Tool = Omit<Program, 'pid'>;

const dist = join(checkout(), 'dist');
const { version } = JSON.parse(readFileSync(join(dist, 'package.json'), 'utf8'));

/**
 * A command of the built program, run in the process of the test: its parts are the built ones, with their drivers and the
 * timing thread, and nothing but the start of a process is spared. `agentFor` is for what the process itself does, and for a
 * device that the test plays itself: the two would hold each other up.
 */
export function toolFor(setup: {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}): Tool {
  const startedAt = performance.now();
  const said = { stdout: '', stderr: '' };
  const say = (where: keyof typeof said, text: string) => {
    said[where] += text;
  };
  const stopping = new AbortController();
  const run = async () => {
    const code = await (await command())(setup.args, {
      out: (text) => say('stdout', `${text}\n`),
      draw: (text) => say('stdout', text),
      err: (text) => say('stderr', `${text}\n`),
      ...{ environment: setup.env ?? {}, isTerminal: false, width: 80, height: undefined, version },
      keys: () => () => undefined,
      stopping: stopping.signal,
      timingWorker: built('agent/clock/timing-worker.js'),
      consolePage: built('agent/console/'),
      pid: process.pid,
      onReload: () => undefined,
      tellToReload: () => false,
    });
    return { code, signal: null };
  };
  const ended = run();
  const tool: Tool = {
    ...{ startedAt, ended },
    get stdout() {
      return said.stdout;
    },
    get stderr() {
      return said.stderr;
    },
    signal: () => stopping.abort(),
    stop() {
      stopping.abort();
      return ended;
    },
  };
  onTestFinished(async () => void (await tool.stop()));
  return tool;
}

function built(path: string): URL {
  return pathToFileURL(join(dist, path));
}

/** The command line of the build, where its main program has it. */
async function command(): Promise<typeof dispatch> {
  const main = readFileSync(join(dist, 'agent/main.js'), 'utf8');
  const [, chunk = ''] = /import\("\.\.\/(chunks\/dispatch-[A-Z0-9]+\.js)"\)/.exec(main) ?? [];
  return (await import(/* @vite-ignore */ built(chunk).href)).dispatch;
}
