import { readFile } from 'node:fs/promises';

/** Ticks of the kernel's clock for programs in a second: 100 on every Linux that runs Node (proc(5), sysconf(3)). */
const TICKS_PER_S = 100;

export interface Load {
  /** CPU time since its start, milliseconds. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** @returns undefined where there is no such process any more */
export async function loadOf(pid: number): Promise<Load | undefined> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'latin1'),
      readFile(`/proc/${pid}/status`, 'latin1'),
    ]);
    // After the name, which is in brackets and may hold anything; there stands the third field.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const rss = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
    if (!Number.isFinite(rss)) return undefined;
    return { cpuMs: ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_S) * 1000, rssBytes: rss * 1024 };
  } catch {
    return undefined;
  }
}

/** Files that this process and its children may have open. */
export async function mostOpenFiles(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'latin1');
  return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 1024);
}
