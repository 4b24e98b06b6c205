import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './agent-process.ts';

const run = promisify(execFile);

/** Why no file system can be mounted here; undefined: one can. */
export const mountMissing = lookForMount();

function lookForMount(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'fieldward-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'fieldward', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'skipped, because mounting a tmpfs takes root';
  } finally {
    rmdirSync(folder);
  }
}

export interface SmallDisk {
  readonly folder: string;
  remount(how: 'ro' | 'rw'): Promise<void>;
}

/** A disk of its own for one test. */
export async function smallDisk(mebibytes: number): Promise<SmallDisk> {
  const folder = join(await temporaryFolder(), 'disk');
  await mkdir(folder);
  await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'fieldward', folder]);
  // lazily: an agent that still ends may have a file open
  onTestFinished(async () => void (await run('umount', ['-l', folder])));
  return { folder, remount: async (how) => void (await run('mount', ['-o', `remount,${how}`, folder])) };
}
