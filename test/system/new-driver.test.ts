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

it('makes a driver with which all that looks at drivers is green', async () => {
  const folder = await copy();
  const { stdout } = await execute(join(folder, 'scripts/new-driver'), ['made-up']);
  expect(stdout).toContain('made-up is a driver.');
  const paths = [
    'architecture',
    'reference',
    'drivers/made-up',
    'drivers/readme.test.ts',
    'drivers/properties.test.ts',
  ];
  const vitest = [join(folder, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'test/vitest.config.ts'];
  const args = [...vitest, '--project', 'unit*', ...paths.map((path) => `test/${path}`)];
  const ran = await execute(process.execPath, args, { cwd: folder, maxBuffer: 1 << 26 }).catch(
    (failed: { stdout: string; stderr: string }) => failed,
  );
  expect(ran, ran.stdout.slice(-6000)).not.toBeInstanceOf(Error);
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
