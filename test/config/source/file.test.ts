import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTextFile } from '../../../config/source/file.ts';
import { newFolder } from '../../support/folder.ts';

test.each([
  ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
  ['a device', (path: string) => symlink('/dev/null', path)],
  ['a device that never ends', (path: string) => symlink('/dev/zero', path)],
  ['a folder', (path: string) => mkdir(path)],
])('%s in the place of a file is no file, and nobody waits for it', async (_, make) => {
  const path = join(await newFolder(), 'fieldward.yaml');
  await make(path);
  expect(await readTextFile(path, 100)).toEqual({ ok: false, message: 'is not a file' });
});

test('a file is read up to its limit', async () => {
  const path = join(await newFolder(), 'fieldward.yaml');
  await writeFile(path, 'x'.repeat(100));
  expect(await readTextFile(path, 100)).toMatchObject({ ok: true, text: 'x'.repeat(100) });
  expect(await readTextFile(path, 99)).toEqual({ ok: false, message: 'is larger than 99 bytes' });
});

test('a file that grows between the look at its size and the read is refused, and not cut off', async () => {
  // the kernel says 0 bytes of it, and there are more
  expect(await readTextFile('/proc/self/status', 100_000)).toEqual({
    ok: false,
    message: 'was changed while it was read, or is no file of a fixed size',
  });
});
