import { execFile, spawnSync } from 'node:child_process';
import { cp, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { checkout } from '../../scripts/testbed/place.ts';
import { temporaryFolder } from '../support/agent-process.ts';

const execute = promisify(execFile);
const NOT_COPIED = new Set(['node_modules', 'dist', '.cache', '.git', 'coverage']);

/** The source, where something may be changed. */
async function copy(): Promise<string> {
  const folder = join(await temporaryFolder(), 'copy');
  await cp(checkout(), folder, {
    recursive: true,
    filter: (from) => !NOT_COPIED.has(from.slice(checkout().length + 1)),
  });
  await symlink(join(checkout(), 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** The unit tests under these paths pass, and there are some. */
async function tested(folder: string, paths: readonly string[], ...more: readonly string[]): Promise<void> {
  const vitest = [join(folder, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'test/vitest.config.ts'];
  const args = [...vitest, '--project', 'unit*', ...paths.map((path) => `test/${path}`), ...more];
  const env = { ...process.env, NO_COLOR: '1' };
  const ran = await execute(process.execPath, args, { cwd: folder, env, maxBuffer: 1 << 26 }).catch(
    (failed: { stdout: string; stderr: string }) => failed,
  );
  expect(ran, ran.stdout.slice(-6000)).not.toBeInstanceOf(Error);
  for (const path of paths) expect(ran.stdout).toMatch(new RegExp(`✓ .*test/${path}`));
}

it('makes a driver with which all that looks at drivers is green', async () => {
  const folder = await copy();
  const { stdout } = await execute(join(folder, 'scripts/new-driver'), ['made-up']);
  expect(stdout).toContain('made-up is a driver.');
  await tested(folder, ['architecture', 'reference', 'drivers/made-up']);
  // in these each driver has tests of its own, and the others' are as they were
  await tested(folder, ['drivers/readme.test.ts', 'drivers/properties.test.ts'], '--testNamePattern', 'made-up');
  expect(await readFile(join(folder, 'config/REFERENCE.md'), 'utf8')).toContain('## Driver made-up');
});

it.each([
  [['Bad Name'], 64, 'takes one name'],
  [['modbus-rtu'], 73, 'there already'],
  [['port'], 73, 'there already'],
  [[], 64, 'takes one name'],
])('refuses %j', (args, code, words) => {
  const { status, stderr } = spawnSync(join(checkout(), 'scripts/new-driver'), args, { encoding: 'utf8' });
  expect([status, stderr]).toEqual([code, expect.stringContaining(words)]);
});
