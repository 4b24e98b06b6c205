import { chmod, lchown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectFiles } from '../../../../agent/cli/security/files.ts';
import type { SecurityFinding } from '../../../../agent/cli/security/finding.ts';
import { inspectFolders, judgeFolder } from '../../../../agent/cli/security/folders.ts';
import type { LoadedConfig } from '../../../../config/load.ts';
import { newFolder } from '../../../support/folder.ts';

const SELF = userInfo().uid;
const OWNERS = { self: SELF, agents: new Set([62_589]) };
const isRoot = SELF === 0;

const told = (findings: readonly SecurityFinding[]) =>
  findings.filter(({ state }) => state !== 'good').map(({ name, state }) => `${state} ${name}`);

/** A secret that only its owner may read, in a folder of this mode below one of that. */
async function secretIn(mode = 0o700, above = 0o700) {
  const outer = await newFolder();
  const folder = join(outer, 'secrets');
  const path = join(folder, 'password');
  await mkdir(folder);
  await writeFile(path, 'x', { mode: 0o400 });
  await chmod(folder, mode);
  await chmod(outer, above);
  return { outer, folder, path, look: (at = path) => inspectFolders('mqtt.passwordFile', at, 'root', OWNERS) };
}

describe('a folder that leads to a file', () => {
  it.each([
    [0o755, 0, 0, 'good'],
    [0o700, 62_589, 62_589, 'weak'],
    [0o700, 1001, 0, 'bad'],
    [0o777, 0, 0, 'bad'],
    [0o757, 0, 0, 'bad'],
    [0o775, 0, 20, 'weak'],
    [0o775, 0, 0, 'good'],
    [0o1777, 0, 0, 'good'],
    [0o1777, 1001, 0, 'bad'],
    [0o777, 62_589, 0, 'bad'],
  ] as const)('with mode %o of user %i and group %i is %s', (mode, uid, gid, state) => {
    const folder = { kind: 'folder', mode: 0o040_000 | mode, uid, gid } as const;
    expect(judgeFolder('f', 'root', folder, { self: 0, agents: new Set([62_589]) }).state).toBe(state);
  });

  it('may be the agent’s where the agent writes', () => {
    const folder = { kind: 'folder', mode: 0o040_700, uid: 62_589, gid: 62_589 } as const;
    expect(judgeFolder('f', 'agent', folder, { self: 0, agents: new Set([62_589]) }).state).toBe('good');
  });
});

describe('a secret', () => {
  it('is safe where only its owner may write on the whole way to it', async () => {
    const { look } = await secretIn();
    expect(await look()).toEqual([{ name: 'mqtt.passwordFile: folders', state: 'good', advice: '' }]);
  });

  it('is not safe in a folder that every user may write, whatever its own mode', async () => {
    const { look, outer } = await secretIn(0o777);
    expect(await look()).toEqual([
      {
        name: 'mqtt.passwordFile: its folder',
        state: 'bad',
        advice: 'every user of this machine may put another file in its place: take that away (chmod o-w)',
      },
    ]);
    expect(JSON.stringify(await look())).not.toContain(outer);
  });

  it('is not safe below such a folder either', async () => {
    const { look } = await secretIn(0o700, 0o777);
    expect(told(await look())).toEqual(['bad mqtt.passwordFile: the folder 2 levels above it']);
  });

  it.skipIf(!isRoot)('is weak in a folder that its group may write', async () => {
    const { look, folder } = await secretIn(0o770);
    expect(told(await look())).toEqual([]);
    await lchown(folder, 0, 20);
    expect(told(await look())).toEqual(['weak mqtt.passwordFile: its folder']);
  });

  it.skipIf(!isRoot)('is not safe in a folder of another user', async () => {
    const { look, folder } = await secretIn();
    await lchown(folder, 1001, 1001);
    expect(told(await look())).toEqual(['bad mqtt.passwordFile: its folder']);
  });

  it('is not safe behind a link into a folder that every user may write', async () => {
    const { path, look } = await secretIn(0o777);
    const link = join(await newFolder(), 'password');
    await symlink(path, link);
    expect(told(await look(link))).toEqual(['bad mqtt.passwordFile: its folder']);
  });

  it('is not safe where every user may write the folder that the link is in, or one that a relative link goes through', async () => {
    const { outer, look } = await secretIn();
    const open = join(outer, 'open');
    await mkdir(open);
    await chmod(open, 0o777);
    await symlink('../secrets/password', join(open, 'password'));
    expect(told(await look(join(open, 'password')))).toEqual([
      'bad mqtt.passwordFile: a folder with a link on the way to it',
    ]);
    await symlink('open/../secrets', join(outer, 'link'));
    expect(told(await look(join(outer, 'link', 'password')))).toEqual([
      'bad mqtt.passwordFile: a folder with a link on the way to it',
    ]);
  });

  it('is looked for where the kernel finds it: behind a link, .. is above where the link leads', async () => {
    const { outer, look } = await secretIn();
    const open = join(outer, 'open');
    await mkdir(join(open, 'sub'), { recursive: true });
    await chmod(open, 0o777);
    await writeFile(join(open, 'password'), 'x', { mode: 0o400 });
    await symlink('open/sub', join(outer, 'way'));
    expect(told(await look(`${outer}/way/../password`))).toEqual(['bad mqtt.passwordFile: its folder']);
  });

  it.skipIf(!isRoot)('is not safe behind a link of another user', async () => {
    const { path, look } = await secretIn();
    const link = join(await newFolder(), 'password');
    await symlink(path, link);
    await lchown(link, 1001, 1001);
    expect(told(await look(link))).toEqual(['bad mqtt.passwordFile: a link on the way to it']);
  });

  it('is unknown where the way to it can not be followed', async () => {
    const { outer, look } = await secretIn();
    await symlink('loop', join(outer, 'loop'));
    for (const way of ['loop', 'gone']) {
      expect(told(await look(join(outer, way)))).toEqual(['unknown mqtt.passwordFile: folders']);
    }
  });
});

describe('check --security looks at owners and folders', () => {
  const loaded = (folder: string, passwordFile: string) => {
    const config = {
      mqtt: { passwordFile },
      buses: [],
      outbox: { directory: folder },
      commands: { directory: folder, signing: { keys: [] } },
    };
    return { config, drivers: new Map() } as unknown as LoadedConfig;
  };

  it('of every file that the config names', async () => {
    const { outer, path } = await secretIn(0o777);
    const own = await newFolder();
    const file = join(own, 'fieldward.yaml');
    await writeFile(file, '', { mode: 0o600 });
    const found = await inspectFiles(loaded(own, path), file, OWNERS);
    expect(told(found)).toEqual(['bad mqtt.passwordFile: its folder']);
    expect(found.map(({ name }) => name)).toContain('config file: owner');
    await chmod(outer, 0o777);
    expect(told(await inspectFiles(loaded(outer, file), file, OWNERS))).toContain('bad outbox.directory');
  });

  it('of the configs beside it and of the marker that a trial leaves, where there are any', async () => {
    const { path } = await secretIn(0o700);
    const own = await newFolder();
    const [file, state] = [join(own, 'fieldward.yaml'), join(own, 'commands')];
    const names = async () => (await inspectFiles(loaded(state, path), file, OWNERS)).map(({ name }) => name);
    await writeFile(file, '', { mode: 0o600 });
    expect((await names()).join()).not.toMatch(/trial|before/);
    for (const each of ['fieldward.yaml.trial', 'fieldward.yaml.previous', 'config-trial']) {
      await writeFile(join(own, each), '', { mode: 0o666 });
      await chmod(join(own, each), 0o666);
    }
    expect(told(await inspectFiles(loaded(state, path), file, OWNERS))).toEqual(
      expect.arrayContaining(['bad config on trial', 'bad config from before', 'bad marker of a trial']),
    );
  });

  it('also of the credentials of a proxy and of Sparkplug’s broker', async () => {
    const { path } = await secretIn(0o777);
    const own = await newFolder();
    const file = join(own, 'fieldward.yaml');
    await writeFile(file, '', { mode: 0o600 });
    const { config, drivers } = loaded(own, file);
    const mqtt = { proxyCredentialsFile: path };
    const sparkplug = { passwordFile: path, keyFile: path };
    const found = await inspectFiles(
      { config: { ...config, mqtt, sparkplug }, drivers } as unknown as LoadedConfig,
      file,
      OWNERS,
    );
    expect(told(found)).toEqual([
      'bad mqtt.proxyCredentialsFile: its folder',
      'bad sparkplug.passwordFile: its folder',
      'bad sparkplug.keyFile: its folder',
    ]);
  });

  it.skipIf(!isRoot)('and finds a config and a secret of another user', async () => {
    const { path } = await secretIn();
    const own = await newFolder();
    const file = join(own, 'fieldward.yaml');
    await writeFile(file, '', { mode: 0o600 });
    for (const each of [path, file]) await lchown(each, 1001, 1001);
    expect(told(await inspectFiles(loaded(own, path), file, OWNERS))).toEqual([
      'bad config file: owner',
      'bad mqtt.passwordFile: owner',
    ]);
    await lchown(own, 62_589, 62_589);
    await lchown(file, 0, 0);
    await lchown(path, 62_589, 0);
    expect(told(await inspectFiles(loaded(own, path), file, OWNERS))).toEqual([
      'weak config file: its folder',
      'weak folder of the config: owner',
      'weak mqtt.passwordFile: owner',
    ]);
  });
});
