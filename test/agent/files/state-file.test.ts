import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replaceFile } from '../../../agent/files/replace-file.ts';
import { readStateFile } from '../../../agent/files/state-file.ts';
import { temporaryFolder } from '../../support/agent-process.ts';

const isRoot = process.getuid?.() === 0;

describe('a state file', () => {
  it('is read whole up to its bound', async () => {
    const path = join(await temporaryFolder(), 'state');
    writeFileSync(path, 'abcd');
    expect((await readStateFile(path, 4)).toString()).toBe('abcd');
    await expect(readStateFile(path, 3)).rejects.toMatchObject({ code: 'EINVAL' });
  });

  it('is refused where it grows while it is read, and not cut off', async () => {
    // the kernel says 0 bytes of it, and there are more
    await expect(readStateFile('/proc/thread-self/status', 100_000)).rejects.toMatchObject({ code: 'EINVAL' });
  });

  it('is never waited for where it is a pipe', async () => {
    const path = join(await temporaryFolder(), 'state');
    execFileSync('mkfifo', [path]);
    await expect(readStateFile(path, 4)).rejects.toMatchObject({ code: 'EINVAL' });
  });

  it('is never read through a link, and so never from a device', async () => {
    const path = join(await temporaryFolder(), 'state');
    symlinkSync('/dev/zero', path);
    await expect(readStateFile(path, 4)).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(readStateFile('/dev/zero', 4)).rejects.toMatchObject({ code: 'EINVAL' });
  });

  it.skipIf(!isRoot)('is not believed where it belongs to another user than its folder', async () => {
    const path = join(await temporaryFolder(), 'state');
    writeFileSync(path, 'abcd');
    chownSync(path, 12_345, 12_345);
    await expect(readStateFile(path, 4)).rejects.toMatchObject({ code: 'EINVAL' });
  });
});

describe('replacing a state file', () => {
  it('writes nothing through a link in the place of the new file', async () => {
    const folder = await temporaryFolder();
    const target = join(folder, 'target');
    writeFileSync(target, 'untouched');
    symlinkSync(target, join(folder, 'state.new'));
    await replaceFile(folder, 'state', 'new');
    expect(readFileSync(target, 'utf8')).toBe('untouched');
    expect(readFileSync(join(folder, 'state'), 'utf8')).toBe('new');
    expect(existsSync(join(folder, 'state.new'))).toBe(false);
  });

  it('does not wait for a pipe in the place of the new file, nor of the old one', async () => {
    const folder = await temporaryFolder();
    for (const name of ['state', 'state.new']) execFileSync('mkfifo', [join(folder, name)]);
    await replaceFile(folder, 'state', 'new');
    expect(readFileSync(join(folder, 'state'), 'utf8')).toBe('new');
  });
});
