import { execFileSync } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AUDIT_DISK, fileName } from '../../../agent/audit/files.ts';
import { JournalFile } from '../../../agent/audit/journal-file.ts';
import { newFolder } from '../../support/folder.ts';

const IN_PLACE: readonly (readonly [string, (path: string) => unknown])[] = [
  ['a link to a file', (path) => writeFile(`${path}.other`, 'line\n').then(() => symlink(`${path}.other`, path))],
  ['a pipe', (path) => execFileSync('mkfifo', [path])],
  ['a folder', (path) => mkdir(path)],
];

it.each(IN_PLACE)(
  'a file of the journal is neither opened nor made through %s that has come in its place',
  async (_, lay) => {
    const folder = await newFolder();
    const path = join(folder, fileName(1));
    await lay(path);
    for (const open of [
      () => JournalFile.open(AUDIT_DISK, folder, 1, 0),
      () => JournalFile.create(AUDIT_DISK, folder, 1),
    ]) {
      await expect(open()).rejects.toMatchObject({ code: expect.any(String) });
    }
    expect(await readFile(`${path}.other`, 'utf8').catch(() => 'line\n')).toBe('line\n');
  },
);
