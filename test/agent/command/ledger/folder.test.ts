import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { LedgerFolder } from '../../../../agent/command/ledger/folder.ts';
import { newFolder } from '../../../support/folder.ts';

/** The methods that all open files have in common, so that a test can hold their calls. */
async function fileMethods(folder: string) {
  const file = await open(folder);
  await file.close();
  return Object.getPrototypeOf(file) as { datasync(): Promise<void> };
}

describe('the ledger’s file', () => {
  it('has a line on disk only once the disk has said so: written is not enough for a power cut', async () => {
    const directory = join(await newFolder(), 'commands');
    const file = await new LedgerFolder(directory).replace(Buffer.from('head\n'));
    const methods = await fileMethods(directory);
    let release: () => void = () => undefined;
    const disk = new Promise<void>((resolve) => (release = resolve));
    const datasync = vi.spyOn(methods, 'datasync').mockImplementation(() => disk);
    try {
      await file.append(Buffer.from('line\n'));
      expect(datasync).not.toHaveBeenCalled();
      let synced = false;
      const syncing = file.sync().then(() => (synced = true));
      await vi.waitUntil(() => datasync.mock.calls.length === 1);
      expect(synced).toBe(false);
      release();
      await syncing;
      datasync.mockRejectedValueOnce(Object.assign(new Error(), { code: 'EIO' }));
      await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' });
    } finally {
      datasync.mockRestore();
      await file.close();
    }
  });
});
