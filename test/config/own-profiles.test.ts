import { chmod, chown, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AMOUNTS } from '../../config/limits.ts';
import { loadConfig } from '../../config/load.ts';
import { formatProblem } from '../../config/problem.ts';
import { newFolder } from '../support/folder.ts';
import { catalogueWith } from './support.ts';

const OWN = `maker: Maker
model: M1
sources: [{ kind: vendor, title: M1 register map }]
minGapMs: 40
points:
  - { name: voltage, address: 0, unit: V }
`;

const CONFIG = `gateway: gw
mqtt: { url: mqtts://b }
buses:
  - { id: a, port: { path: /dev/ttyS0 }, devices: [{ id: m, driver: asked, options: { unit: 1, profile: mine }, points: [] }] }
`;

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await newFolder();
  await mkdir(join(folder, 'profiles'));
  await writeFile(join(folder, 'c.yaml'), CONFIG);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, 'profiles', name), text);
  return folder;
}

async function loaded(folder: string, shipped: Readonly<Record<string, string>> = {}) {
  const catalogue = await catalogueWith(shipped);
  return loadConfig({ file: join(folder, 'c.yaml'), environment: {}, catalogue });
}

async function problemsOf(folder: string, shipped: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const result = await loaded(folder, shipped);
  return result.ok ? [] : result.problems.map((each) => formatProblem(each).replaceAll(`${folder}/`, ''));
}

const REFUSED = 'c.yaml:4:102: buses[0].devices[0].options.profile: is a profile of your own that is refused';

test('a profile beside the config is named as any other', async () => {
  const result = await loaded(await folderWith({ 'mine.yaml': OWN }));
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  expect(result.config.buses[0]?.devices[0]).toMatchObject({
    minGapMs: 40,
    identity: { maker: 'Maker', model: 'M1' },
    points: [{ name: 'voltage', address: 0, unit: 'V' }],
  });
});

test('what is wrong in it is named with its place in its own file', async () => {
  const folder = await folderWith({
    'mine.yaml': OWN.replace('address: 0', 'adress: 0').replace('minGapMs: 40', 'minGapMs: -1'),
  });
  expect(await problemsOf(folder)).toEqual([
    expect.stringMatching(/^profiles\/mine\.yaml:4:11: minGapMs: must be 0 to/),
    expect.stringContaining(REFUSED.slice(REFUSED.indexOf('buses'))),
  ]);
});

test('a name that is shipped is not taken from beside the config', async () => {
  expect(await problemsOf(await folderWith({ 'mine.yaml': OWN }), { mine: OWN })).toEqual([
    expect.stringContaining('is shipped, and a profile of your own has its name: rename yours'),
  ]);
});

test('a name that no file has is refused with those that there are', async () => {
  expect(await problemsOf(await folderWith({ 'mines.yaml': OWN }))).toEqual([
    expect.stringContaining('options.profile: must be mines'),
  ]);
});

test.each<[string, string, (folder: string) => Promise<unknown>]>([
  [
    'a symbolic link',
    'is a symbolic link',
    async (folder) => {
      await rename(join(folder, 'profiles/mine.yaml'), join(folder, 'elsewhere.yaml'));
      await symlink(join(folder, 'elsewhere.yaml'), join(folder, 'profiles/mine.yaml'));
    },
  ],
  [
    'a link that leads nowhere',
    'is a symbolic link',
    async (folder) => {
      await rename(join(folder, 'profiles/mine.yaml'), join(folder, 'elsewhere.yaml'));
      await symlink('/nonexistent', join(folder, 'profiles/mine.yaml'));
    },
  ],
  [
    'in a linked folder',
    'its folder must be a folder, and no link',
    async (folder) => {
      await rename(join(folder, 'profiles'), join(folder, 'real'));
      await symlink(join(folder, 'real'), join(folder, 'profiles'));
    },
  ],
  [
    'writable by everybody',
    'must not be writable by everybody',
    (folder) => chmod(join(folder, 'profiles/mine.yaml'), 0o666),
  ],
  [
    'in a folder that everybody may write',
    'its folder must not be writable by everybody',
    (folder) => chmod(join(folder, 'profiles'), 0o777),
  ],
  [
    'writable by a group that can not write the config',
    'must not be writable by a group',
    async (folder) => {
      await chmod(join(folder, 'c.yaml'), 0o644);
      await chmod(join(folder, 'profiles/mine.yaml'), 0o664);
    },
  ],
  [
    'too large',
    `is larger than ${AMOUNTS.profileBytes} bytes`,
    (folder) => writeFile(join(folder, 'profiles/mine.yaml'), `${OWN}${'#'.repeat(AMOUNTS.profileBytes)}`),
  ],
  [
    'a folder',
    'is not a file',
    async (folder) => {
      await rename(join(folder, 'profiles/mine.yaml'), join(folder, 'x'));
      await mkdir(join(folder, 'profiles/mine.yaml'));
    },
  ],
  [
    'no text',
    'must be UTF-8 text',
    (folder) => writeFile(join(folder, 'profiles/mine.yaml'), Buffer.from([0xff, 0xfe])),
  ],
])('a file that is %s is refused', async (_, message, change) => {
  const folder = await folderWith({ 'mine.yaml': OWN });
  await chmod(join(folder, 'profiles'), 0o755);
  await chmod(join(folder, 'profiles/mine.yaml'), 0o644);
  await change(folder);
  const found = await problemsOf(folder);
  expect(found).toContainEqual(expect.stringContaining(`profiles/mine.yaml: ${message}`));
});

test.skipIf(process.getuid?.() !== 0)('a file of neither root nor the owner of the config is refused', async () => {
  const folder = await folderWith({ 'mine.yaml': OWN });
  const change = (file: string, owner: number) => chown(join(folder, file), owner, owner);
  await chmod(join(folder, 'profiles/mine.yaml'), 0o644);
  await change('profiles/mine.yaml', 1001);
  expect(await problemsOf(folder)).toContainEqual(
    expect.stringContaining('profiles/mine.yaml: must belong to root or to the owner of the config'),
  );
  await change('c.yaml', 1001);
  expect(await problemsOf(folder)).toEqual([]);
});

test('several devices with one refused profile name its mistakes once', async () => {
  const folder = await folderWith({ 'mine.yaml': OWN.replace('maker: Maker\n', '') });
  const device = '{ id: m, driver: asked, options: { unit: 1, profile: mine }, points: [] }';
  await writeFile(join(folder, 'c.yaml'), CONFIG.replace(device, `${device}, ${device.replace('id: m', 'id: n')}`));
  const found = await problemsOf(folder);
  expect(found.filter((each) => each.includes('maker: is required'))).toHaveLength(1);
  expect(found.filter((each) => each.includes('that is refused'))).toHaveLength(2);
});
