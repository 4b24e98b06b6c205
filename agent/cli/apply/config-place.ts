import { lstat, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { AMOUNTS } from '../../../config/limits.ts';
import { readTextFile } from '../../../config/source/file.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { DISK, withFile } from '../../files/disk.ts';
import { replaceFile } from '../../files/replace-file.ts';
import { trialFile } from '../../lifecycle/trial-marker.ts';

/** The file beside a config that holds the one before. */
export function previousFile(config: string): string {
  return `${config}.previous`;
}

/** The file beside a config by which one `apply` at a time is let through. */
export function lockFile(config: string): string {
  return `${config}.lock`;
}

export interface ConfigText {
  readonly text: string;
  readonly hash: string;
}

export type Placed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/** A config where the agent looks for it, with its new one and the one before beside it. */
export class ConfigPlace {
  readonly file: string;
  readonly trial: string;
  readonly previous: string;
  readonly #self: number;

  /** @param self the user of this process */
  constructor(file: string, self: number) {
    this.file = resolve(file);
    this.trial = trialFile(this.file);
    this.previous = previousFile(this.file);
    this.#self = self;
  }

  /**
   * The config in place. A file that is not plainly root's or this user's is never replaced: behind a link the agent
   * would go on with the old file, and a file of another user is that user's to change.
   */
  async current(): Promise<Placed<ConfigText>> {
    const content = await readTextFile(this.file, AMOUNTS.fileBytes, ({ uid, nlink, mode }) => {
      if (uid !== 0 && uid !== this.#self) return 'belongs to another user than root: chown root';
      if (nlink !== 1) return 'has a second name (hard link): a new file would not reach it';
      return (mode & 0o002) === 0 ? undefined : 'may be changed by every user of this machine: chmod o-w';
    });
    return content.ok ? { ok: true, value: content } : { ok: false, why: content.message };
  }

  /** A file that lies elsewhere: read once, so that the checked text is the one that comes into place. */
  async offered(file: string): Promise<Placed<ConfigText>> {
    const found = await stat(file).catch(() => undefined);
    const own = await stat(this.file).catch(() => undefined);
    if (found !== undefined && found.ino === own?.ino && found.dev === own.dev) {
      return { ok: false, why: 'is the config in place: write the new one to another file' };
    }
    const content = await readTextFile(file, AMOUNTS.fileBytes);
    return content.ok ? { ok: true, value: content } : { ok: false, why: content.message };
  }

  /** SHA-256 of the new one; undefined where there is none. */
  async trialHash(): Promise<string | undefined> {
    const content = await readTextFile(this.trial, AMOUNTS.fileBytes, () => undefined);
    return content.ok ? content.hash : undefined;
  }

  /** Beside the config, with its owner and its mode. Rejects with what the operating system says. */
  async putTrial(text: string): Promise<void> {
    await this.#write(this.trial, text);
  }

  async removeTrial(): Promise<void> {
    await rm(this.trial, { force: true });
  }

  /**
   * The new one comes into place, and the old one stays beside it. The rename is the instant that decides: before it
   * the old config is whole, after it the new one is. Rejects with the operating system's error.
   * @param hash of the new one, as it was checked
   * @param isGoingOn asked last: false, the trial has ended meanwhile, and the old config stays
   */
  async keep(hash: string, isGoingOn: () => Promise<boolean>, step: (name: string) => Promise<void>): Promise<void> {
    const current = await this.current();
    if (!current.ok || (await this.trialHash()) !== hash) throw new Fault('config/unreadable');
    await this.#write(this.previous, current.value.text);
    await step('previous written');
    // the new one is on the disk before it is the config, also where another program wrote it
    await withFile(DISK, this.trial, 'read', (file) => file.sync());
    if (!(await isGoingOn())) throw new Fault('config/not-confirmed');
    await rename(this.trial, this.file);
    await step('in place');
    await DISK.syncFolder(dirname(this.file));
  }

  async #write(path: string, text: string): Promise<void> {
    const { uid, gid, mode } = await lstat(this.file);
    try {
      await replaceFile(dirname(path), basename(path), text, { mode: mode & 0o777, owner: { uid, gid } });
    } catch (error) {
      // half of a file that a full disk did not take
      await rm(`${path}.new`, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  /** The file beside the config, and since when it is there. */
  async about(path: string): Promise<{ readonly hash: string; readonly modifiedMs: number } | undefined> {
    const content = await readTextFile(path, AMOUNTS.fileBytes, () => undefined);
    const found = content.ok ? await lstat(path).catch(() => undefined) : undefined;
    return content.ok && found !== undefined ? { hash: content.hash, modifiedMs: found.mtimeMs } : undefined;
  }
}
