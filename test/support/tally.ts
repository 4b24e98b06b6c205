import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Readings of one kind, in the order in which they came. */
export interface LaneTally {
  readonly count: number;
  /** Not above the one before it. */
  readonly disorder: number;
  /** Milliseconds since 1970; 0: none came. */
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface Tally {
  readonly distinct: number;
  readonly repeats: number;
  /** Backlog whose value `count` is another number than its own. */
  readonly wrong: number;
  readonly highest: number;
  /** Milliseconds between the `at` of a live reading and its arrival: the worst, and how many had more than a second. */
  readonly worstLive: number;
  readonly lateLive: number;
  readonly backlog: LaneTally;
  readonly live: LaneTally;
}

/** Counts all readings under a prefix in a process of its own. @param most the highest number that may come */
export async function tallyOf(url: string, prefix: string, most: number): Promise<() => Promise<Tally>> {
  const child = fork(join(import.meta.dirname, 'tally.mjs'), [url, prefix, String(most)], { execArgv: [] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  return async () => {
    const answer = once(child, 'message');
    child.send('now');
    const [tally] = await answer;
    return tally;
  };
}
