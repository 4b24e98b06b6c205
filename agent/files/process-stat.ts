import { readFile } from 'node:fs/promises';

/** The marks that tell one process from every other one of the same boot of the machine. */
export interface ProcessStat {
  readonly pid: number;
  /** One letter: `Z` and `X` are dead. */
  readonly state: string;
  /** When it started, in ticks since the boot, as digits. */
  readonly start: string;
}

/** Places of fields 3 and 22 behind the name, which may hold anything (proc(5), /proc/PID/stat). */
const STATE = 0;
const START = 19;

/** @throws what the operating system says, also where there is no such process */
export async function processStat(pid: number | 'self'): Promise<ProcessStat> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { pid: Number.parseInt(text, 10), state: fields[STATE] ?? '', start: fields[START] ?? '' };
}
