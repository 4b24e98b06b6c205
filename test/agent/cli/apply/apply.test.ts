import { execFileSync } from 'node:child_process';
import { link, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { apply } from '../../../../agent/cli/apply/apply.ts';
import { withApplyLock } from '../../../../agent/cli/apply/apply-lock.ts';
import { ConfigPlace, lockFile } from '../../../../agent/cli/apply/config-place.ts';
import { EXIT } from '../../../../agent/cli/io.ts';
import { newFolder, removeFolders } from '../../../support/folder.ts';
import { cliProcess } from '../cli-process.ts';

afterAll(removeFolders);

const OLD = `gateway: gw
mqtt: { url: 'mqtt://127.0.0.1' }
buses: [{ id: a, port: { path: /dev/ttyS0 }, devices: [{ id: m, driver: nmea0183 }] }]
`;

async function gateway() {
  const folder = await newFolder();
  const [file, offered, state, run] = ['fieldward.yaml', 'offered.yaml', 'state', 'run'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  await Promise.all([mkdir(state), mkdir(run), writeFile(file, OLD, { mode: 0o640 }), writeFile(offered, OLD)]);
  const call = async (...args: readonly string[]) => {
    const io = cliProcess({ STATE_DIRECTORY: state, RUNTIME_DIRECTORY: run });
    return { code: await apply([...args, '--config', file], io), said: io.told.join('\n') };
  };
  return { folder, file, offered, state, run: call };
}

describe('of two commands at once', () => {
  it('the second one is told and changes nothing, whatever it is asked', async () => {
    const { folder, file, offered, state, run } = await gateway();
    const place = new ConfigPlace(file, process.getuid?.() ?? 0);
    await withApplyLock(place, async () => {
      const before = await readdir(folder);
      for (const action of [[offered], ['prepare', offered], ['set'], ['verify'], ['rollback']]) {
        expect(await run(...action), action.join(' ')).toEqual({
          code: EXIT.unavailable,
          said: 'fieldward: nothing was changed: another apply is at work',
        });
      }
      expect(await readdir(folder)).toEqual(before);
      expect(await readdir(state)).toEqual([]);
      expect(await readFile(file, 'utf8')).toBe(OLD);
    });
    // and once it is over, the next one works
    expect((await run('prepare', offered)).code).toBe(EXIT.ok);
  });

  it('one alone works, also of many that begin in the same instant', async () => {
    const { file } = await gateway();
    const place = new ConfigPlace(file, process.getuid?.() ?? 0);
    let [inside, most, worked] = [0, 0, 0];
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await readFile(file);
      inside -= 1;
      worked += 1;
    };
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => withApplyLock(place, work)));
    expect(most).toBe(1);
    expect(worked).toBeGreaterThan(0);
    const refused = all.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(refused.length).toBe(20 - worked);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'outbox/in-use' });
  });

  it('a dead one holds nothing', async () => {
    const { file, offered, run } = await gateway();
    await writeFile(lockFile(file), `${'0'.repeat(32)} 1 1 ${'0'.repeat(36)}\n`);
    expect((await run('prepare', offered)).code).toBe(EXIT.ok);
  });
});

it('names a new config that is not there, and speaks of no command that would make one', async () => {
  const { folder, run } = await gateway();
  const absent = join(folder, 'absent.yaml');
  const { code, said } = await run('prepare', absent);
  expect(code).toBe(EXIT.config);
  expect(said).toContain(absent);
  expect(said).not.toContain('init');
});

type Lay = (path: string) => Promise<unknown>;
const pipe: Lay = async (path) => {
  await rm(path, { force: true });
  execFileSync('mkfifo', [path]);
};
const folder: Lay = async (path) => {
  await rm(path, { force: true });
  await mkdir(path);
};
const symbolic: Lay = async (path) => {
  await writeFile(`${path}.real`, OLD);
  await rm(path, { force: true });
  await symlink(`${path}.real`, path);
};

describe('nothing is changed, and nothing waited for', () => {
  it.each([
    ['a pipe', pipe, /is not a file/],
    ['a folder', folder, /is not a file/],
    ['gone', (path: string) => rm(path), /does not exist/],
    ['huge', (path: string) => writeFile(path, '#'.repeat(1_048_577)), /is larger than 1048576 bytes/],
    ['no text', (path: string) => writeFile(path, Buffer.from([0xff, 0xfe])), /must be UTF-8 text/],
  ] as const)('where FILE is %s', async (_, lay, why) => {
    const { file, offered, run } = await gateway();
    await lay(offered);
    expect(await run(offered)).toEqual({ code: EXIT.config, said: expect.stringMatching(why) });
    expect(await readFile(file, 'utf8')).toBe(OLD);
  });

  it.each([
    ['by its own name', (file: string) => Promise.resolve(file)],
    ['by a link', (file: string) => symlink(file, `${file}.link`).then(() => `${file}.link`)],
    ['by a second name', (file: string) => link(file, `${file}.second`).then(() => `${file}.second`)],
  ] as const)('where FILE is the config in place, %s', async (_, named) => {
    const { file, run } = await gateway();
    expect(await run(await named(file))).toEqual({
      code: EXIT.config,
      said: expect.stringContaining('is the config in place'),
    });
  });

  it.each([
    ['a pipe', pipe, /is not a file/],
    ['a folder', folder, /is not a file/],
    ['a link', symbolic, /is a symbolic link/],
    ['gone', (path: string) => rm(path), /does not exist/],
  ] as const)('where the config in place is %s', async (_, lay, why) => {
    const { file, offered, run } = await gateway();
    await lay(file);
    expect(await run(offered)).toEqual({ code: EXIT.config, said: expect.stringMatching(why) });
  });

  it.each([
    ['a pipe', pipe],
    ['a folder', folder],
    ['a link', symbolic],
  ] as const)('where the lock is %s', async (_, lay) => {
    const { file, offered, run } = await gateway();
    await lay(lockFile(file));
    expect(await run(offered)).toEqual({ code: EXIT.output, said: expect.stringContaining('nothing was changed') });
    expect(await readFile(file, 'utf8')).toBe(OLD);
  });
});

it('what lies where the new config is laid goes, and is neither opened nor followed', async () => {
  for (const lay of [pipe, symbolic]) {
    const { file, offered, run } = await gateway();
    await lay(`${file}.trial`);
    const target = await readFile(`${file}.trial.real`, 'utf8').catch(() => undefined);
    await writeFile(offered, `${OLD}# new\n`);
    expect((await run('prepare', offered)).code).toBe(EXIT.ok);
    expect(await readFile(`${file}.trial`, 'utf8')).toBe(`${OLD}# new\n`);
    expect(await readFile(`${file}.trial.real`, 'utf8').catch(() => undefined)).toBe(target);
    // and a file that is changed afterwards is not the checked one
    await rename(`${file}.trial`, `${file}.other`);
    await symlink(`${file}.other`, `${file}.trial`);
    expect(await run('set')).toEqual({ code: EXIT.unavailable, said: expect.stringContaining('nothing is prepared') });
  }
});
