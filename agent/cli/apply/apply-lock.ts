import { basename, dirname } from 'node:path';
import { DISK } from '../../files/disk.ts';
import { processHolder, releaseLock, takeLock } from '../../files/lock.ts';
import { type ConfigPlace, lockFile } from './config-place.ts';

/**
 * Works while no other `apply` of this config does. A killed one leaves no lock that counts. Of two that find a dead
 * one's lock at the same instant both may take it, so each looks once more whether it still holds it.
 * @throws Fault `outbox/in-use`; the operating system's own errors
 */
export async function withApplyLock<T>(place: ConfigPlace, work: () => Promise<T>): Promise<T> {
  const [folder, name] = [dirname(place.file), basename(lockFile(place.file))];
  const holder = processHolder();
  await takeLock(DISK, folder, holder, name);
  // takes nothing where it is held still, and fails where another process holds it
  await takeLock(DISK, folder, holder, name);
  try {
    return await work();
  } finally {
    await releaseLock(DISK, folder, name).catch(() => undefined);
  }
}
