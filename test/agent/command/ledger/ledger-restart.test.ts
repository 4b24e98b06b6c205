import { chmod, lstat, mkdir, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../support/fake-clock.ts';
import { newFolder } from '../../../support/folder.ts';
import { AGE, replyOf, signal, started } from './ledger-disk.ts';

async function home() {
  const directory = join(await newFolder(), 'commands');
  const folder = join(directory, 'ledger');
  return { directory, folder, path: join(folder, 'journal') };
}

function interruption(id: string, wall: number) {
  const fault = { code: 'command/interrupted', message: 'the agent stopped while the command ran' };
  return { id, outcome: 'unknown', at: new Date(wall).toISOString(), fault };
}

describe('the ledger after a restart', () => {
  it('answers what was settled with the same reply, and is closed twice', async () => {
    const { directory } = await home();
    const before = await started({ directory });
    expect(before.interrupted).toEqual([]);
    await before.begin('a');
    before.end('a');
    // a command that changes nothing may be settled without having been recorded
    before.ledger.open('b', before.clock.wall() + 10_000, before.time());
    before.end('b');
    expect(before.ledger.durable).toBe(true);
    await before.ledger.close(signal);
    await before.ledger.close(signal);
    expect(before.ledger.durable).toBe(false);
    expect(before.clock.pending).toBe(0);
    const after = await started({ directory });
    expect(after.interrupted).toEqual([]);
    expect(after.ledger.find('a')).toEqual({ reply: replyOf('a') });
    expect(after.ledger.find('b')).toEqual({ reply: replyOf('b') });
    expect(after.ledger.open('a', after.clock.wall() + 1, after.time())).toBe(false);
    expect(after.ledger.durable).toBe(true);
    expect(after.events).toEqual([]);
  });

  it('says of what was running that it may have acted, and says so again after the next restart', async () => {
    const { directory } = await home();
    const killed = await started({ directory });
    await killed.begin('a');
    await killed.begin('b');
    killed.end('a');
    await killed.begin('c');
    const after = await started({ directory });
    const wall = after.clock.wall();
    expect(after.interrupted.map(({ id, reply }) => [id, JSON.parse(reply)])).toEqual([
      ['b', interruption('b', wall)],
      ['c', interruption('c', wall)],
    ]);
    expect(after.ledger.find('a')).toEqual({ reply: replyOf('a') });
    expect(after.ledger.find('b')).toEqual({ reply: after.interrupted[0]?.reply });
    after.end('b');
    await after.begin('ops/b');
    const again = await started({ directory, clock: new FakeClock(Date.now() + 5) });
    const [signed, ...others] = again.interrupted;
    expect(others).toEqual([]);
    expect(signed).toMatchObject({ id: 'b', key: 'ops', reply: expect.stringContaining('{"id":"b",') });
    expect(again.ledger.find('ops/b')).toEqual({ reply: signed?.reply });
    expect(again.ledger.find('b')).toEqual({ reply: after.interrupted[0]?.reply });
  });

  it('keeps an id for maxAge from the restart although it had expired, whatever the monotonic clock is now', async () => {
    const { directory } = await home();
    const before = await started({ directory, entries: 1, clock: new FakeClock(Date.now(), 5_000_000) });
    await before.begin('a');
    before.end('a');
    await before.ledger.close(signal);
    const after = await started({ directory, entries: 1, clock: new FakeClock(Date.now() + 3_600_000, 0) });
    await after.clock.advance(AGE - 1);
    expect(after.ledger.open('b', after.clock.wall() + 1, after.time())).toBe(false);
    await after.clock.advance(1);
    expect(after.ledger.open('b', after.clock.wall() + 1, after.time())).toBe(true);
  });

  it('still knows up to when it may have forgotten ids, so that a clock that is set back makes none valid', async () => {
    const { directory } = await home();
    const before = await started({ directory, entries: 1 });
    const expiresAt = before.clock.wall() + 10_000;
    await before.begin('a', expiresAt);
    before.end('a');
    await before.clock.advance(AGE);
    await before.begin('b');
    before.end('b');
    await before.ledger.close(signal);
    for (let i = 0; i < 2; i++) {
      // the first start reads both ids, and has room for one; the second reads the mark
      const after = await started({ directory, entries: 1 });
      expect(after.ledger.find('a')).toBeUndefined();
      expect(after.ledger.mayHaveForgotten(expiresAt)).toBe(true);
      expect(after.ledger.mayHaveForgotten(expiresAt + 1)).toBe(false);
      expect(after.ledger.find('b')).toEqual({ reply: replyOf('b') });
      await after.ledger.close(signal);
    }
  });

  it('keeps expired whatever was refused as expired, although the clock is set back', async () => {
    const { directory } = await home();
    const before = await started({ directory });
    const expiresAt = before.clock.wall() - 5000;
    before.ledger.refusedAsExpired(expiresAt);
    expect(before.ledger.mayHaveForgotten(expiresAt)).toBe(true);
    expect(before.ledger.mayHaveForgotten(expiresAt + 1)).toBe(false);
    // the next line waits a second, and the end does not
    before.ledger.refusedAsExpired(expiresAt + 2);
    await before.ledger.close(signal);
    expect(before.clock.pending).toBe(0);
    for (let i = 0; i < 2; i++) {
      const after = await started({ directory, clock: new FakeClock(expiresAt - 60_000) });
      expect(after.ledger.mayHaveForgotten(expiresAt + 2)).toBe(true);
      expect(after.ledger.mayHaveForgotten(expiresAt + 3)).toBe(false);
      await after.ledger.close(signal);
    }
  });

  it('has the first refusal for age on disk at once, and of a flood one line a second', async () => {
    const { directory, path } = await home();
    const bench = await started({ directory });
    const lines = async () => (await readFile(path, 'utf8')).split(' forgotten ').length - 1;
    for (let age = 1000; age > 0; age--) bench.ledger.refusedAsExpired(bench.clock.wall() - age);
    await expect.poll(lines).toBe(1);
    await bench.clock.advance(1000);
    await expect.poll(lines).toBe(2);
    await bench.clock.advance(10_000);
    expect(await lines()).toBe(2);
  });

  it('knows an id that came again, after it was forgotten, by what it did then', async () => {
    const { directory } = await home();
    const before = await started({ directory, entries: 1 });
    await before.begin('a');
    before.end('a');
    await before.clock.advance(AGE);
    await before.begin('x');
    before.end('x');
    await before.clock.advance(AGE);
    await before.begin('a');
    const after = await started({ directory, clock: before.clock });
    expect(after.interrupted.map(({ id }) => id)).toEqual(['a']);
  });

  it('keeps refused the requests that were valid when they were refused', async () => {
    const { directory } = await home();
    const before = await started({ directory });
    const { now } = before.time();
    before.refusals.add('a', 'command/lockout', 10_000, now);
    before.refusals.add('late', 'command/expires-too-late', 100_000, now);
    before.refusals.add('bad', 'command/malformed', 0, now);
    before.refusals.add('old', 'command/expired', -1, now);
    await before.ledger.close(signal);
    for (let i = 0; i < 2; i++) {
      const after = await started({ directory, clock: new FakeClock(before.clock.wall(), 0) });
      expect(after.refusals.size).toBe(2);
      expect(after.refusals.find('a', AGE - 1)).toBe('command/lockout');
      expect(after.refusals.find('a', AGE)).toBeUndefined();
      expect(after.refusals.find('late', 99_999)).toBe('command/expires-too-late');
      expect(after.refusals.find('late', 100_000)).toBeUndefined();
      await after.ledger.close(signal);
    }
  });

  it('lies in folders and files that only the agent can read', async () => {
    const { directory, folder, path } = await home();
    await started({ directory });
    for (const each of [directory, folder]) expect((await stat(each)).mode & 0o777).toBe(0o700);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['journal']);
  });
});

describe('a ledger whose file is damaged', () => {
  const DAMAGES: [string, (path: string, folder: string) => Promise<void>][] = [
    ['cut within a line', async (path) => writeFile(path, (await readFile(path)).subarray(0, -3))],
    ['cut to nothing', (path) => writeFile(path, '')],
    ['zeroed', async (path) => writeFile(path, Buffer.alloc((await readFile(path)).length))],
    ['removed', (path) => rm(path)],
    ['a link', (path) => rm(path).then(() => symlink('/dev/zero', path))],
    ['a link to what it was', (path) => rename(path, `${path}.real`).then(() => symlink('journal.real', path))],
    ['a folder', (path) => rm(path).then(() => mkdir(path))],
    [
      'longer than any that was written',
      async (path) => writeFile(path, Buffer.alloc(5_000_000, await readFile(path))),
    ],
    [
      'of a newer version',
      (path) => {
        const header = 'fieldward-ledger 2 30000';
        return writeFile(path, `${crc32(header).toString(16).padStart(8, '0')} ${header}\n`);
      },
    ],
  ];
  it.each(DAMAGES)(
    'because it is %s takes every request that may have been in it for expired, for maxAge',
    async (what, damage) => {
      const { directory, folder, path } = await home();
      const before = await started({ directory });
      const expiresAt = before.clock.wall() + AGE;
      await before.begin('a', expiresAt);
      await damage(path, folder);
      const after = await started({ directory });
      const known = after.ledger.find('a') !== undefined;
      expect(known || after.ledger.mayHaveForgotten(expiresAt)).toBe(true);
      expect(after.ledger.mayHaveForgotten(after.clock.wall() + AGE)).toBe(true);
      expect(after.ledger.mayHaveForgotten(after.clock.wall() + AGE + 5_000)).toBe(false);
      expect(after.events[0]).toContain('damaged');
      if (what === 'a folder') {
        expect(after.ledger.durable, 'not replaced: it is not ours').toBe(false);
        return;
      }
      expect(after.ledger.durable).toBe(true);
      expect((await lstat(path)).isFile()).toBe(true);
      await after.ledger.close(signal);
      const healed = await started({ directory });
      expect(healed.events, 'said once').toEqual([]);
      expect(healed.ledger.mayHaveForgotten(expiresAt), 'but still known').toBe(true);
    },
  );

  it('goes by the file’s own time where the clock starts in the past, and by the longer of both ages', async () => {
    const { directory, path } = await home();
    const before = await started({ directory, maxAgeMs: 600_000 });
    const expiresAt = before.clock.wall() + 600_000;
    await before.begin('a', expiresAt);
    await writeFile(path, (await readFile(path)).subarray(0, -1));
    await utimes(path, before.clock.wall() / 1000, before.clock.wall() / 1000);
    const after = await started({ directory, clock: new FakeClock(Date.UTC(2020, 0)) });
    expect(after.ledger.find('a')).toBeUndefined();
    expect(after.ledger.mayHaveForgotten(expiresAt)).toBe(true);
    expect(after.events).toContain('ledger is ahead of the clock');
    expect(after.ledger.clockBehind).toBe(true);
    const later = await started({ directory, clock: new FakeClock(expiresAt) });
    expect(later.ledger.clockBehind, 'while the clock is right').toBe(false);
  });

  it('that holds more than there is room for, makes what must go count as expired', async () => {
    const { directory } = await home();
    const before = await started({ directory });
    const wall = before.clock.wall();
    for (let i = 0; i < 10; i++) {
      await before.begin(`id-${i}`, wall + i);
      before.end(`id-${i}`);
      before.refusals.add(`no-${i}`, 'command/rate', 1000, before.clock.now());
    }
    await before.ledger.close(signal);
    const after = await started({ directory, entries: 4, refusals: 4 });
    expect(after.ledger.size).toBe(4);
    expect(after.refusals.size).toBe(4);
    for (let i = 0; i < 10; i++) {
      expect(after.ledger.find(`id-${i}`) !== undefined).toBe(i >= 6);
      expect(after.ledger.mayHaveForgotten(wall + i)).toBe(i < 6);
    }
  });
});

describe('a ledger in a place that can’t be written', () => {
  const record = (bench: Awaited<ReturnType<typeof started>>, id: string) =>
    bench.begin(id).then(() => 'on disk', toCode);
  const toCode = (thrown: unknown) => (thrown as { code?: unknown }).code;

  it('records nothing, says so, and goes on by itself once it can be', async () => {
    const { directory } = await home();
    await writeFile(directory, 'in the way');
    const bench = await started({ directory });
    expect(bench.ledger.durable).toBe(false);
    expect(await record(bench, 'a')).toBe('command/not-recorded');
    bench.end('a', replyOf('a'));
    expect(bench.ledger.find('a')).toEqual({ reply: replyOf('a') });
    await rm(directory);
    await bench.clock.advance(1000);
    await expect.poll(() => bench.ledger.durable).toBe(true);
    expect(await record(bench, 'b')).toBe('on disk');
    expect(bench.events).toEqual(['ledger can not be written', 'ledger can not be read', 'ledger is on disk again']);
    const after = await started({ directory });
    expect(after.ledger.find('a'), 'what was refused meanwhile, too').toEqual({ reply: replyOf('a') });
    expect(after.interrupted.map(({ id }) => id)).toEqual(['b']);
  });

  it('does not make what the directory lies in', async () => {
    const directory = join(await newFolder(), 'not-mounted', 'commands');
    const bench = await started({ directory });
    expect(bench.ledger.durable).toBe(false);
    expect(bench.ledger.mayHaveForgotten(bench.clock.wall())).toBe(false);
  });

  it('does not follow a link in place of its folder', async () => {
    const { directory, folder } = await home();
    const elsewhere = await newFolder();
    await mkdir(directory);
    await symlink(elsewhere, folder);
    const bench = await started({ directory });
    expect(bench.ledger.durable).toBe(false);
    expect(await readdir(elsewhere)).toEqual([]);
  });

  it('notices that its folder was removed while it ran, and makes it anew', async () => {
    const { directory, path } = await home();
    const bench = await started({ directory });
    await bench.begin('a');
    await rm(directory, { recursive: true });
    expect(await record(bench, 'b')).toBe('command/not-recorded');
    bench.end('b');
    expect(bench.ledger.durable).toBe(false);
    expect(await record(bench, 'c')).toBe('command/not-recorded');
    await bench.clock.advance(1000);
    await expect.poll(() => bench.ledger.durable).toBe(true);
    expect(await readFile(path, 'utf8')).toContain(' started a ');
    expect(await record(bench, 'd')).toBe('on disk');
  });

  it.each([
    ['moved away', (folder: string) => rename(folder, `${folder}.old`)],
    ['replaced', (folder: string) => rm(join(folder, 'journal')).then(() => writeFile(join(folder, 'journal'), ''))],
  ])('notices that its file was %s while it ran: nothing acts that the next start would not know', async (_, act) => {
    const { directory, folder } = await home();
    const bench = await started({ directory });
    await bench.begin('a');
    await act(folder);
    expect(await record(bench, 'b')).toBe('command/not-recorded');
    expect(bench.ledger.durable).toBe(false);
  });

  it('clears away what a start before has left beside the file', async () => {
    const { directory, folder } = await home();
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'journal.new'), 'half');
    await chmod(join(folder, 'journal.new'), 0o400);
    await started({ directory });
    expect(await readdir(folder)).toEqual(['journal']);
  });
});
