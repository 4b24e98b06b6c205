import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { removeTextfile, writeTextfile } from '../../../agent/metrics/textfile.ts';
import { newFolder } from '../../support/folder.ts';

describe('the metrics file', () => {
  it('is replaced whole, may be read by everybody whatever the umask is, and leaves nothing beside it', async () => {
    const folder = await newFolder();
    const path = join(folder, 'fieldward.prom');
    const umask = process.umask(0o077);
    try {
      await writeTextfile(path, 'first\n');
      const { ino } = await stat(path);
      await writeTextfile(path, 'second\n');
      expect((await stat(path)).ino).not.toBe(ino);
    } finally {
      process.umask(umask);
    }
    expect(await readFile(path, 'utf8')).toBe('second\n');
    expect((await stat(path)).mode & 0o777).toBe(0o644);
    expect(await readdir(folder)).toEqual(['fieldward.prom']);
    await removeTextfile(path);
    expect(await readdir(folder)).toEqual([]);
    await removeTextfile(path);
  });

  it.each<[string, (path: string, folder: string) => unknown]>([
    ['a link', (path, folder) => symlink(join(folder, 'target'), path)],
    ['a pipe', (path) => execFileSync('mkfifo', [path])],
    ['a folder', (path) => mkdir(path)],
  ])('is not written, and nothing is removed, where %s lies', async (_, lay) => {
    const folder = await newFolder();
    const path = join(folder, 'fieldward.prom');
    await writeFile(join(folder, 'target'), 'kept');
    await lay(path, folder);
    await expect(writeTextfile(path, 'x')).rejects.toMatchObject({ code: 'metrics/place' });
    await removeTextfile(path);
    expect((await readdir(folder)).sort()).toEqual(['fieldward.prom', 'target']);
    expect(await readFile(join(folder, 'target'), 'utf8')).toBe('kept');
  });

  it('follows no link that lies in the place of the new file', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, 'target'), 'kept');
    await symlink(join(folder, 'target'), join(folder, 'fieldward.prom.new'));
    await writeTextfile(join(folder, 'fieldward.prom'), 'x');
    expect(await readFile(join(folder, 'target'), 'utf8')).toBe('kept');
  });

  it('is a fault where its folder is missing', async () => {
    const path = join(await newFolder(), 'missing', 'fieldward.prom');
    await expect(writeTextfile(path, 'x')).rejects.toMatchObject({ code: 'metrics/not-written' });
    await removeTextfile(path);
  });
});
