import { execFileSync } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { newFolder, removeFolders } from '../../support/folder.ts';

afterAll(removeFolders);

const HOOKS = join(import.meta.dirname, '..', '..', '..', 'systemd', 'apply');

interface Ran {
  readonly code: number;
  readonly out: string;
  /** The arguments of the call of `fieldward`. */
  readonly asked: string;
}

/** Runs a hook where `fieldward` and `chroot` note how they are called. @param code of `fieldward` */
async function run(hook: string, args: readonly string[], env: object = {}, code = 0): Promise<Ran> {
  const folder = await newFolder();
  const note = join(folder, 'asked');
  await writeFile(note, '');
  for (const name of ['fieldward', 'chroot']) {
    await writeFile(join(folder, name), `#!/bin/sh\necho "$@" >>'${note}'\nexit ${code}\n`);
    await chmod(join(folder, name), 0o755);
  }
  try {
    const options = { encoding: 'utf8', env: { PATH: `${folder}:/usr/bin:/bin`, ...env }, stdio: 'pipe' } as const;
    const out = execFileSync('/bin/sh', [join(HOOKS, hook), ...args], options);
    return { code: 0, out, asked: await readFile(note, 'utf8') };
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string };
    return { code: status, out: stdout, asked: await readFile(note, 'utf8') };
  }
}

describe('the config plugin of thin-edge.io', () => {
  const [type, work] = ['fieldward.yaml', ['--work-dir', '/tmp/w']];
  it.each([
    [['get', type], 'apply get\n'],
    [['prepare', type, '/tmp/new', ...work], 'apply prepare /tmp/new\n'],
    [['set', type, '/tmp/new', ...work], 'apply set --confirm 5m\n'],
    [['set', type, '/tmp/new'], 'apply /tmp/new --confirm 5m\n'],
    [['verify', type, ...work], 'apply verify\n'],
    [['rollback', type, ...work], 'apply rollback\n'],
  ])('%j', async (args, asked) => {
    expect(await run('thin-edge-fieldward', args)).toMatchObject({ code: 0, asked });
    expect((await run('thin-edge-fieldward', args, {}, 74)).code).toBe(74);
  });

  it('has one config, and knows no other words', async () => {
    expect(await run('thin-edge-fieldward', ['list'])).toEqual({ code: 0, out: `${type}\n`, asked: '' });
    expect(await run('thin-edge-fieldward', ['remove', type])).toEqual({ code: 64, out: '', asked: '' });
  });
});

describe('the state script of Mender', () => {
  it('applies what the artifact brought, and fails with it', async () => {
    const env = { FIELDWARD_NEW: join(await newFolder(), 'new.yaml') };
    const hook = 'mender-ArtifactInstall_Leave_50_fieldward';
    expect(await run(hook, [], env)).toEqual({ code: 0, out: '', asked: '' });
    await writeFile(env.FIELDWARD_NEW, 'gateway: g');
    expect(await run(hook, [], env, 74)).toMatchObject({ code: 1 });
    expect(await run(hook, [], env)).toMatchObject({ code: 0, asked: `apply ${env.FIELDWARD_NEW} --confirm 5m\n` });
    await expect(readFile(env.FIELDWARD_NEW)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the slot hook of RAUC', () => {
  it('does nothing for other hooks, and needs the slot', async () => {
    expect(await run('rauc-hook', ['slot-pre-install'])).toEqual({ code: 0, out: '', asked: '' });
    const slot = await newFolder();
    await writeFile(join(slot, 'etc'), 'in the way');
    expect((await run('rauc-hook', ['slot-post-install'], { RAUC_SLOT_MOUNT_POINT: slot })).code).toBe(1);
  });
});

it('the play of Ansible applies what it laid down, one gateway at a time', async () => {
  const [play] = parse(await readFile(join(HOOKS, 'ansible.yaml'), 'utf8'));
  const [lay, take] = play.tasks;
  const { dest } = lay['ansible.builtin.template'];
  expect(play.serial).toBe(1);
  expect(take['ansible.builtin.command']).toBe(`fieldward apply ${dest} --confirm 5m --json`);
});
