import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A group of processes that share a bounded part of a core. */
interface ControlGroup {
  readonly folder: string;
  /** Once its processes have ended. */
  remove(): Promise<void>;
}

const REMOVAL_TRIES = 50;
const TRY_EVERY = 100;

let made = 0;

/**
 * A group of this program's own, by cgroups of version 2, or of version 1 where the processor is governed there.
 * @returns undefined where neither can be written
 */
export async function controlGroup(quotaUs: number, periodUs: number): Promise<ControlGroup | undefined> {
  made += 1;
  const name = `fieldward-bench-${process.pid}-${made}`;
  return (await version2(name, quotaUs, periodUs)) ?? (await version1(name, quotaUs, periodUs));
}

async function version2(name: string, quotaUs: number, periodUs: number): Promise<ControlGroup | undefined> {
  const root = '/sys/fs/cgroup';
  const governed = await readFile(join(root, 'cgroup.subtree_control'), 'utf8').catch(() => '');
  if (!governed.split(/\s/).includes('cpu')) return undefined;
  return groupOf(join(root, name), [['cpu.max', `${quotaUs} ${periodUs}`]]);
}

async function version1(name: string, quotaUs: number, periodUs: number): Promise<ControlGroup | undefined> {
  return groupOf(join('/sys/fs/cgroup/cpu', name), [
    ['cpu.cfs_period_us', String(periodUs)],
    ['cpu.cfs_quota_us', String(quotaUs)],
  ]);
}

async function groupOf(
  folder: string,
  bounds: readonly (readonly [file: string, value: string])[],
): Promise<ControlGroup | undefined> {
  const remove = async (): Promise<void> => {
    for (let tries = 0; tries < REMOVAL_TRIES; tries += 1) {
      if (
        await rmdir(folder).then(
          () => true,
          () => false,
        )
      )
        return;
      await wait(TRY_EVERY);
    }
  };
  try {
    await mkdir(folder);
    for (const [file, value] of bounds) await writeFile(join(folder, file), value);
    return { folder, remove };
  } catch {
    await rmdir(folder).catch(() => undefined);
    return undefined;
  }
}
