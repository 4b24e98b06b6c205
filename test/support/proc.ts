import { readFile } from 'node:fs/promises';

/** The most memory that a process ever had, in bytes (proc(5), `VmHWM`). */
export async function mostMemory(pid: number): Promise<number> {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'latin1')) ?? [];
  return Number(kilobytes) * 1024;
}
