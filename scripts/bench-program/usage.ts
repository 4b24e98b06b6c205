import { readdir, readFile } from 'node:fs/promises';

/** Linux counts CPU time in hundredths of a second for user space on every architecture that Node runs on. */
const TICK_MS = 10;

/** CPU time of a process and all that it started and that still live, user and system, in milliseconds. */
export async function cpuMsOf(pid: number): Promise<number> {
  const all = (await Promise.all((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(statOf))).flat();
  const family = new Set([pid]);
  for (let before = 0; before !== family.size; ) {
    before = family.size;
    for (const each of all) if (family.has(each.parent)) family.add(each.pid);
  }
  return all.filter((each) => family.has(each.pid)).reduce((sum, each) => sum + each.ticks * TICK_MS, 0);
}

/** Memory that a process has in RAM. */
export async function residentBytes(pid: number): Promise<number> {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
}

async function statOf(pid: string): Promise<{ pid: number; parent: number; ticks: number }[]> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The name before the last `)` may hold anything; proc(5) counts the fields after it from 3.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [{ pid: Number(pid), parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }];
  } catch {
    return []; // It ended meanwhile.
  }
}
