import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readAgent } from '../../../../agent/cli/apply/agent-view.ts';
import { processStat } from '../../../../agent/files/process-stat.ts';
import { LOCAL_STATUS, LOCAL_STATUS_BYTES } from '../../../../agent/status/local-status.ts';
import { buildStatus } from '../../../../agent/status/status.ts';
import { newFolder, removeFolders } from '../../../support/folder.ts';
import { SNAPSHOTS } from '../../status/snapshots.ts';

afterAll(removeFolders);

const isRoot = process.getuid?.() === 0;
const STATUS = buildStatus(SNAPSHOTS);

interface Told {
  readonly folder: string;
  readonly path: string;
  /** The status that the running agent writes. */
  readonly good: { readonly version: number; readonly pid: number; readonly start: string; readonly status: object };
}

async function told(): Promise<Told> {
  const folder = await newFolder();
  const { pid, start } = await processStat('self');
  const good = { version: 1, pid, start, status: STATUS };
  const path = join(folder, LOCAL_STATUS);
  await writeFile(path, JSON.stringify(good));
  return { folder, path, good };
}

it('an agent that runs is known by its number and its start', async () => {
  const { folder, good } = await told();
  expect(await readAgent(folder)).toEqual({ pid: good.pid, status: STATUS });
});

const write = (content: (good: Told['good']) => unknown) => async (at: Told) =>
  writeFile(at.path, JSON.stringify(content(at.good)) ?? '');

type Hostile = readonly [string, (at: Told) => Promise<unknown>];

const hostile: readonly Hostile[] = [
  ['is gone', ({ path }) => rm(path)],
  ['is empty', ({ path }) => writeFile(path, '')],
  ['is no JSON', ({ path }) => writeFile(path, '{"version":1,"pid":')],
  ['is no text', ({ path }) => writeFile(path, Buffer.from([0xff, 0, 0xfe]))],
  ['is a number', write(() => 7)],
  ['is null', write(() => null)],
  ['is a list', write((good) => [good])],
  ['is nested without end', ({ path }) => writeFile(path, '['.repeat(200_000))],
  ['is of another version', write((good) => ({ ...good, version: 2 }))],
  ['names the start of another process', write((good) => ({ ...good, start: '1' }))],
  ['names the first process', write((good) => ({ ...good, pid: 1 }))],
  ['names all processes', write((good) => ({ ...good, pid: -1 }))],
  ['names its own group', write((good) => ({ ...good, pid: 0 }))],
  ['names a process by a text', write((good) => ({ ...good, pid: String(good.pid) }))],
  ['names a process by a path', write((good) => ({ ...good, pid: `../proc/${good.pid}` }))],
  ['names a fraction of a process', write((good) => ({ ...good, pid: good.pid + 0.5 }))],
  ['has no status', write(({ status: _, ...rest }) => rest)],
  ['has a status of another form', write((good) => ({ ...good, status: { ...good.status, buses: [] } }))],
  [
    'has another prototype',
    ({ path, good }) =>
      writeFile(path, JSON.stringify({ ...good, pid: 0 }).replace('{', `{"__proto__":{"pid":${good.pid}},`)),
  ],
  ['is a folder', ({ path }) => rm(path).then(() => mkdir(path))],
  ['is a link to a good one', ({ path }) => rename(path, `${path}.real`).then(() => symlink(`${path}.real`, path))],
  ['is huge', ({ path }) => truncate(path, LOCAL_STATUS_BYTES + 1)],
  [
    'is a pipe that nobody writes to',
    async ({ path }) => {
      await rm(path);
      execFileSync('mkfifo', [path]);
    },
  ],
  ...(isRoot
    ? ([
        [
          'belongs to another user than the process',
          async ({ folder, path }) => {
            await chown(path, 12_345, 12_345);
            await chown(folder, 12_345, 12_345);
          },
        ],
        ['belongs to neither root nor the owner of the folder', ({ path }) => chown(path, 12_345, 12_345)],
      ] satisfies readonly Hostile[])
    : []),
];

it.each(hostile)('no agent is seen where the status file %s', async (_, lay) => {
  const at = await told();
  await lay(at);
  expect(await readAgent(at.folder)).toBeUndefined();
});

it('a file that an ended agent left behind tells of none', async () => {
  const at = await told();
  const child = spawn('sleep', ['600']);
  const { pid, start } = await processStat(child.pid ?? 0);
  await writeFile(at.path, JSON.stringify({ ...at.good, pid, start }));
  expect(await readAgent(at.folder)).toMatchObject({ pid });
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await readAgent(at.folder)).toBeUndefined();
});
