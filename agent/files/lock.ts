import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Fault, isSystemError } from '../../drivers/contract/fault.ts';
import { bootId } from './boot-id.ts';
import { type Disk, readFully, withFile, writeFully } from './disk.ts';
import { isCode } from './errno.ts';
import { processStat } from './process-stat.ts';

/** The holder of a folder, in words that no other process of this boot of the machine has. */
export interface Holder {
  /** At most {@link LOCK_BYTES}. */
  self(): Promise<string>;
  isAlive(holder: string): Promise<boolean>;
}

export const LOCK_BYTES = 128;

const FORM = /^([0-9a-f]{32}) ([0-9]{1,10}) ([0-9]{1,20}) [0-9a-f-]{36}\n$/;
const TRIES = 3;
const LOCK = 'lock';

/**
 * A process by its number and the time of its start (proc(5)), with the boot's id: unlike a bare number these are gone
 * with the process, so that a SIGKILL leaves no folder locked. Node has no flock.
 */
export function processHolder(): Holder {
  const token = randomUUID();
  return {
    self: async () => {
      const own = await processStat('self');
      return `${await bootId()} ${own.pid} ${own.start} ${token}\n`;
    },
    isAlive: async (holder) => {
      const [, boot, pid, start] = FORM.exec(holder) ?? [];
      if (pid === undefined || boot !== (await bootId())) return false;
      try {
        return (await processStat(Number(pid))).start === start;
      } catch (error) {
        // a mistake of ours is no proof that the other one is dead
        if (!isSystemError(error)) throw error;
        return false;
      }
    },
  };
}

/**
 * Takes the folder, or finds that it is taken by this holder already. Two that find the same dead holder at the same
 * instant might both go on; service managers do not start one agent twice at once.
 * @returns whether the lock's file is new
 * @throws Fault `outbox/in-use`; the operating system's own errors
 */
export async function takeLock(disk: Disk, folder: string, holder: Holder, name = LOCK): Promise<boolean> {
  const path = join(folder, name);
  const self = Buffer.from(await holder.self());
  for (let tries = 0; tries < TRIES; tries += 1) {
    try {
      await withFile(disk, path, 'make', (file) => writeFully(file, self, 0));
      return true;
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    }
    const found = await withFile(disk, path, 'read', (file) => readFully(file, LOCK_BYTES, 0));
    if (found.equals(self)) return false;
    if (await holder.isAlive(found.toString('latin1'))) throw new Fault('outbox/in-use');
    await disk.unlink(path);
  }
  throw new Fault('outbox/in-use');
}

export async function releaseLock(disk: Disk, folder: string, name = LOCK): Promise<void> {
  await disk.unlink(join(folder, name));
}
