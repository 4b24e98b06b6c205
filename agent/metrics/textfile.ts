import { constants } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { Fault } from '../../drivers/contract/fault.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
/** node_exporter runs as a user of its own, and nothing in the file is secret. */
const MODE = 0o644;

/**
 * Puts a text in the place of a file, whole or not at all. Not synced: it is written anew within seconds, and must wear no
 * flash out. The folder must be there; the name beside it does not end as node_exporter's files do.
 * @throws Fault `metrics/place` where a link, a pipe, a folder or a device lies there, `metrics/not-written`
 */
export async function writeTextfile(path: string, text: string): Promise<void> {
  const beside = `${path}.new`;
  try {
    if (!(await isFree(path))) throw new Fault('metrics/place');
    await rm(beside, { force: true });
    const file = await open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, MODE);
    try {
      // the umask of a service takes more away
      await file.chmod(MODE);
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (thrown) {
    throw thrown instanceof Fault ? thrown : new Fault('metrics/not-written', undefined, thrown);
  }
}

/** An agent that was stopped has no state: its last one must not look like news. Never throws. */
export async function removeTextfile(path: string): Promise<void> {
  try {
    if (await isFree(path)) await rm(path, { force: true });
  } catch {
    // a file that can't be removed can't be written either, and that was told
  }
}

async function isFree(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found === undefined || found.isFile();
}
