import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { checkout } from '../../scripts/testbed/place.ts';
import { until } from '../support/patience.ts';

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Ticks since the boot of the machine: a number may be given again. */
  readonly began: string;
}

/** Undefined: it has ended. */
function processOf(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, parent: Number(fields[1]), began: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/** Every process that this one started, and those started. */
function below(pid: number): readonly Process[] {
  const numbers = readdirSync('/proc').filter((each) => /^\d+$/.test(each));
  const all = new Map(
    numbers.flatMap((each) => [processOf(Number(each)) ?? []].flat()).map((each) => [each.pid, each]),
  );
  const isBelow = ({ parent }: Process): boolean => {
    const above = all.get(parent);
    return parent === pid || (above !== undefined && isBelow(above));
  };
  return [...all.values()].filter(isBelow);
}

function isAgent({ pid }: Process): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('agent/main.js\0run');
  } catch {
    return false;
  }
}

// It takes minutes by itself, and has several agents at every moment.
const LONG = 'test/system/kills.test.ts';

it.each(['SIGINT', 'SIGTERM'] as const)('a run of the tests that gets %s leaves no program behind', async (signal) => {
  const run = spawn(join(checkout(), 'scripts/test'), [LONG], { stdio: 'ignore', detached: true });
  onTestFinished(() => void run.kill('SIGTERM'));
  const ended = once(run, 'exit');
  const started = () => below(run.pid ?? 0);
  await until('agents run', () => started().filter(isAgent).length > 1 || run.exitCode !== null);
  const all = started();
  // Ctrl-C goes to the whole group of the terminal
  if (signal === 'SIGINT') process.kill(-(run.pid ?? 0), signal);
  else run.kill(signal);
  expect(await ended).toEqual([130, null]);
  await until('all are gone', () => all.every(({ pid, began }) => processOf(pid)?.began !== began));
});
