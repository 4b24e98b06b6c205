import { execFileSync } from 'node:child_process';
import { chmod, link, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { takeRequest, traceRequestText } from '../../../agent/capture/trace-request.ts';
import { newFolder } from '../../support/folder.ts';

const request = { id: '0123456789abcdef', bus: 'rs485-a', ms: 60_000, bytes: 4_194_304 };
const good = traceRequestText(request);

async function folderWith(make: (path: string, folder: string) => Promise<unknown>) {
  const folder = await newFolder();
  await chmod(folder, 0o755);
  await make(join(folder, 'trace-request'), folder);
  return folder;
}

it('is taken away and read, once', async () => {
  const folder = await folderWith((path) => writeFile(path, good, { mode: 0o600 }));
  expect(await takeRequest(folder)).toEqual({ state: 'asked', request });
  expect(await takeRequest(folder)).toEqual({ state: 'none' });
  expect(await readdir(folder)).toEqual([]);
});

const write = (path: string, text = good) => writeFile(path, text, { mode: 0o600 });

it.each<readonly [string, (path: string, folder: string) => Promise<unknown>]>([
  ['a file that others may write', (path) => write(path).then(() => chmod(path, 0o622))],
  ['a file in a folder where others write', (path, folder) => write(path).then(() => chmod(folder, 0o777))],
  ['a link', (path, folder) => write(join(folder, 'x')).then(() => symlink('x', path))],
  ['a second name of a file', (path, folder) => write(join(folder, 'x')).then(() => link(join(folder, 'x'), path))],
  ['a pipe', async (path) => execFileSync('mkfifo', ['-m', '600', path])],
  ['a file that is too large', (path) => write(path, `${good}${' '.repeat(600)}`)],
  ['an empty file', (path) => write(path, '')],
  ['another form', (path) => write(path, good.replace('"version":1', '"version":2'))],
  ['a name that leads elsewhere', (path) => write(path, good.replace('0123456789abcdef', '../../etc/shadow'))],
  ['a trace of days', (path) => write(path, good.replace('60000', '3600001'))],
  ['a trace of gigabytes', (path) => write(path, good.replace('4194304', '99999999'))],
])('refuses %s, and takes it away', async (_what, make) => {
  const folder = await folderWith(make);
  expect(await takeRequest(folder)).toEqual({ state: 'refused' });
  expect(await readdir(folder)).not.toContain('trace-request');
});

it('refuses what belongs to another user', async () => {
  const folder = await folderWith((path) => writeFile(path, good, { mode: 0o600 }));
  // tests run as root too, whose files count: then only the other user's name can be tried
  const own = process.getuid?.() ?? 0;
  expect(await takeRequest(folder, own + 1)).toEqual(own === 0 ? { state: 'asked', request } : { state: 'refused' });
});
