import { execFileSync } from 'node:child_process';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCredentials } from '../../../../agent/link/connection/credentials.ts';
import { newFolder } from '../../../support/folder.ts';

const DAMAGES: readonly [string, (path: string) => unknown][] = [
  ['missing', () => undefined],
  ['empty', (path) => writeFile(path, '')],
  ['a folder', (path) => mkdir(path)],
  ['a device', (path) => symlink('/dev/zero', path)],
  // it would hold the attempt, and one of four threads, until somebody writes into it
  ['a pipe', (path) => execFileSync('mkfifo', [path])],
  ['longer than MQTT carries', (path) => writeFile(path, 'x').then(() => truncate(path, 65_536))],
];

describe('a password file', () => {
  it.each(DAMAGES)('that is %s is a fault of the credentials', async (_, damage) => {
    const passwordFile = join(await newFolder(), 'password');
    await damage(passwordFile);
    await expect(readCredentials({ passwordFile }, false)).rejects.toMatchObject({ code: 'config/credential' });
  });

  it('is read without the newline of an editor, and anew each time', async () => {
    const passwordFile = join(await newFolder(), 'password');
    for (const [content, password] of [
      ['secret', 'secret'],
      ['secret\n', 'secret'],
      ['secret\r\n', 'secret'],
      ['secret\n\n', 'secret\n'],
    ] as const) {
      await writeFile(passwordFile, content);
      expect((await readCredentials({ passwordFile }, false)).password?.toString()).toBe(password);
    }
    await writeFile(passwordFile, 'x'.repeat(65_535));
    expect((await readCredentials({ passwordFile }, false)).password).toHaveLength(65_535);
  });
});

describe('a file of the authority', () => {
  it.each([...DAMAGES.slice(0, -1), ['no certificate', (path: string) => writeFile(path, 'x')] as const])(
    'that is %s is a fault of the credentials, and never stands for the public authorities',
    async (_, damage) => {
      const caFile = join(await newFolder(), 'ca.pem');
      await damage(caFile);
      await expect(readCredentials({ caFile }, true)).rejects.toMatchObject({ code: 'config/credential' });
    },
  );
});
