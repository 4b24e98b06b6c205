import { execFileSync } from 'node:child_process';
import {
  appendFile,
  chmod,
  cp,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AuditJournal } from '../../../agent/audit/journal.ts';
import { QUEUE_ENTRIES } from '../../../agent/audit/limits.ts';
import { verifyJournal } from '../../../agent/audit/verify.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { newFolder } from '../../support/folder.ts';
import { brokenDisk, bytesOf, change, entry, filesOf, linesOf, never, rig, SMALLEST, written } from './support.ts';

const FIRST = 'audit-000001.jsonl';
const ids = async (folder: string) => (await linesOf(folder)).flatMap(({ id }) => (id === undefined ? [] : [id]));
const idsTo = (count: number) => Array.from({ length: count }, (_, at) => `c${at + 1}`);

describe('the audit journal', () => {
  it('keeps every entry in order, its head on the disk, for nobody else to read', async () => {
    const { journal, folder } = await rig();
    expect(journal.status()).toMatchObject({ entries: 1, durable: true, lost: 0 });
    for (let id = 1; id <= 50; id++) journal.append(entry(id));
    await journal.close(never);
    const { entries, head } = journal.status();
    expect(entries).toBe(51);
    expect(await ids(folder)).toEqual(idsTo(50));
    expect(await verifyJournal(folder, head)).toMatchObject({
      isWhole: true,
      lines: 51,
      first: 1,
      last: { n: 51, hash: head },
    });
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, FIRST))).mode & 0o777).toBe(0o600);
  });

  it('tells no head that is not on the disk', async () => {
    const { journal, folder } = await rig();
    const before = journal.status().head;
    journal.append(entry(1));
    expect(journal.status().head).toBe(before);
    await journal.close(never);
    expect(journal.status().head).toBe((await linesOf(folder)).at(-1)?.hash);
  });

  it('goes on after a restart, also with what came before it was open', async () => {
    const first = await written(3);
    const clock = new FakeClock();
    const journal = new AuditJournal({ directory: first.directory, maxBytes: SMALLEST, clock, log: silentLog });
    journal.append(entry(4));
    await journal.open(never);
    await journal.close(never);
    expect(await ids(first.folder)).toEqual(idsTo(4));
    expect(await verifyJournal(first.folder)).toMatchObject({ isWhole: true, lines: 5, notes: [] });
  });

  it('counts and hashes in memory where there is no folder', async () => {
    const journal = new AuditJournal({
      directory: undefined,
      maxBytes: SMALLEST,
      clock: new FakeClock(),
      log: silentLog,
    });
    await journal.open(never);
    journal.append(entry(1));
    const { head } = journal.status();
    journal.append(entry(2));
    expect(journal.status()).toMatchObject({ entries: 2, durable: false, lost: 0 });
    expect(journal.status().head).not.toBe(head);
    await journal.close(never);
    await journal.close(never);
  });

  it('keeps its bound at every moment, whatever comes', async () => {
    const lengths = fc.array(fc.nat({ max: 250 }), { minLength: 30, maxLength: 60, size: 'max' });
    await fc.assert(
      fc.asyncProperty(lengths, fc.integer({ min: SMALLEST, max: 200_000 }), async (all, maxBytes) => {
        const disk = brokenDisk().disk;
        let most = 0;
        const { open, unlink } = disk;
        const { journal, folder } = await rig({
          maxBytes,
          disk: {
            ...disk,
            open: async (...args) => {
              most = Math.max(most, await bytesOf(folder).catch(() => 0));
              return open(...args);
            },
            unlink: async (path) => {
              most = Math.max(most, await bytesOf(folder));
              return unlink(path);
            },
          },
        });
        for (const [id, length] of all.entries()) {
          const args = Object.fromEntries(
            Array.from({ length: 1 + (length % 64) }, (_, at) => [`p${at}`, '"'.repeat(length)]),
          );
          journal.append(entry(id, { args }));
        }
        await journal.close(never);
        most = Math.max(most, await bytesOf(folder));
        expect(most).toBeLessThanOrEqual(maxBytes);
        const { entries, head } = journal.status();
        expect(await verifyJournal(folder, head)).toMatchObject({ isWhole: true, last: { n: entries } });
        expect((await ids(folder)).at(-1)).toBe(`c${all.length - 1}`);
      }),
      { numRuns: 20 },
    );
  });

  it('lets the oldest file go, and the rest says from where on it is whole', async () => {
    const { folder } = await written(600, 200, { maxBytes: SMALLEST });
    const names = await filesOf(folder);
    expect(names).not.toContain(FIRST);
    expect(names.length).toBeGreaterThan(6);
    const verdict = await verifyJournal(folder);
    expect(verdict.isWhole).toBe(true);
    expect(verdict.first).toBeGreaterThan(1);
    expect(verdict.lines).toBe(verdict.last.n - verdict.first + 1);
  });

  it('keeps a lower bound when the next run has one', async () => {
    const { directory, folder } = await written(200, 200, { maxBytes: SMALLEST });
    const next = await rig({ directory, maxBytes: SMALLEST / 2 });
    next.journal.append(entry(201));
    await next.journal.close(never);
    expect(await bytesOf(folder)).toBeLessThanOrEqual(SMALLEST / 2);
    expect((await verifyJournal(folder)).isWhole).toBe(true);
  });
});

describe('after a power cut', () => {
  it('a line torn at any byte is cut off, and the journal says so', async () => {
    const { directory, folder } = await written(3);
    const path = join(folder, FIRST);
    const whole = await readFile(path);
    const ends = [...whole.entries()].flatMap(([at, byte]) => (byte === 0x0a ? [at + 1] : []));
    const tornBytes = Array.from({ length: whole.length - (ends.at(-2) ?? 0) }, (_, at) => at + (ends.at(-2) ?? 0));
    for (const length of [1, (ends[0] ?? 0) - 1, ...tornBytes]) {
      await writeFile(path, whole.subarray(0, length));
      const { journal } = await rig({ directory });
      journal.append(entry(9));
      await journal.close(never);
      const { head } = journal.status();
      const verdict = await verifyJournal(folder, head);
      expect(verdict.isWhole, `at byte ${length}`).toBe(true);
      const lines = await linesOf(folder);
      const isCut = !ends.includes(length) && !ends.includes(length + 1);
      expect(verdict.notes.map(({ kind }) => kind)).toEqual(isCut ? ['torn'] : []);
      if (isCut)
        expect(lines).toContainEqual(expect.objectContaining({ code: 'torn', file: FIRST, bytes: expect.any(Number) }));
      expect(lines.at(-1)?.id).toBe('c9');
    }
  });

  it('a tail of zeros is cut off as well', async () => {
    const { directory, folder } = await written(3);
    await appendFile(join(folder, FIRST), Buffer.alloc(60_000));
    const { journal } = await rig({ directory });
    await journal.close(never);
    expect(await verifyJournal(folder)).toMatchObject({ isWhole: true, notes: [{ kind: 'torn' }] });
  });

  it('an empty new file goes on from the one before', async () => {
    const { directory, folder } = await written(3);
    await writeFile(join(folder, 'audit-000002.jsonl'), '');
    const { journal } = await rig({ directory });
    journal.append(entry(4));
    await journal.close(never);
    expect(await verifyJournal(folder)).toMatchObject({ isWhole: true, files: 2, lines: 6, notes: [] });
  });
});

describe('a journal that was tampered with while nobody wrote', () => {
  const hostile: readonly (readonly [string, (folder: string) => Promise<unknown>])[] = [
    ['an altered last line', (folder) => change(join(folder, FIRST), (all) => all.toString().replace('c3', 'c4'))],
    ['foreign lines at the end', (folder) => appendFile(join(folder, FIRST), 'hello\n{}\n')],
    ['a huge line at the end', (folder) => appendFile(join(folder, FIRST), Buffer.alloc(400_000, 'x'))],
    ['nothing but noise', (folder) => writeFile(join(folder, FIRST), Buffer.alloc(300_000, '\n\0'))],
    ['a link', (folder) => symlink('/etc/passwd', join(folder, 'audit-000002.jsonl'))],
    ['a link to nowhere', (folder) => symlink('/nowhere', join(folder, 'audit-000002.jsonl'))],
    ['a folder', (folder) => mkdir(join(folder, 'audit-000002.jsonl'))],
    ['a pipe', async (folder) => execFileSync('mkfifo', [join(folder, 'audit-000002.jsonl')])],
    [
      'a later file that is empty, and nothing else',
      async (folder) => {
        await rename(join(folder, FIRST), join(folder, 'audit-000002.jsonl'));
        await truncate(join(folder, 'audit-000002.jsonl'), 0);
      },
    ],
    ['an empty file out of order', (folder) => writeFile(join(folder, 'audit-000009.jsonl'), '')],
  ];
  it.each(hostile)('goes on beside %s, which stays to be found', async (_name, tamper) => {
    const { directory, folder } = await written(3);
    await tamper(folder);
    const before = await bytesOf(folder);
    const { journal } = await rig({ directory });
    journal.append(entry(4));
    await journal.close(never);
    expect(journal.status()).toMatchObject({ durable: true });
    expect((await verifyJournal(folder)).isWhole).toBe(false);
    expect(await bytesOf(folder)).toBeGreaterThan(before);
    const last = await rig({ directory });
    last.journal.append(entry(5));
    await last.journal.close(never);
    const newest = (await filesOf(folder)).at(-1) ?? '';
    expect(await readFile(join(folder, newest), 'utf8')).toMatch(/"c4".*\n.*"c5".*\n$/s);
  });

  it('closes modes that others opened', async () => {
    const { directory, folder } = await written(1);
    await chmod(folder, 0o777);
    await chmod(join(folder, FIRST), 0o666);
    const { journal } = await rig({ directory });
    await journal.close(never);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, FIRST))).mode & 0o777).toBe(0o600);
  });

  it('does not write through a linked folder', async () => {
    const [directory, elsewhere] = [await newFolder(), await newFolder()];
    await symlink(elsewhere, join(directory, 'audit'));
    const { journal } = await rig({ directory });
    journal.append(entry(1));
    await journal.close(never);
    expect(journal.status()).toMatchObject({ durable: false, entries: 0 });
    expect(await filesOf(elsewhere)).toEqual([]);
  });
});

/** Lets the loop of the journal come to its wait, then time pass. */
async function until(clock: FakeClock, holds: () => boolean): Promise<void> {
  await expect.poll(() => clock.pending > 0 || holds()).toBe(true);
  for (let tries = 0; tries < 200 && !holds(); tries++) {
    await clock.advance(60_000);
    await expect.poll(() => clock.pending > 0 || holds()).toBe(true);
  }
  expect(holds()).toBe(true);
}

describe('a disk that does not take it', () => {
  it.each(['ENOSPC', 'EROFS', 'EIO'])('keeps entries in memory and writes them once it can: %s', async (code) => {
    const broken = brokenDisk();
    const { journal, folder, clock } = await rig({ disk: broken.disk });
    journal.append(entry(1));
    await expect.poll(() => journal.status().entries).toBe(2);
    broken.fails = code;
    for (let id = 2; id <= 40; id++) journal.append(entry(id));
    await expect.poll(() => clock.pending).toBe(1);
    expect(journal.status()).toMatchObject({ entries: 2, durable: false, lost: 0 });
    await clock.advance(10_000);
    broken.fails = undefined;
    await until(clock, () => journal.status().durable);
    await journal.close(never);
    expect(await ids(folder)).toEqual(idsTo(40));
    expect(await verifyJournal(folder, journal.status().head)).toMatchObject({ isWhole: true, lines: 41, notes: [] });
  });

  it('overwrites what it took of a write that failed', async () => {
    const broken = brokenDisk();
    const { journal, folder, clock } = await rig({ disk: broken.disk });
    for (const takes of [1, 100, 5000]) {
      broken.takes = takes;
      for (let id = 1; id <= 30; id++) journal.append(entry(id));
      await expect.poll(() => clock.pending).toBe(1);
      broken.takes = Number.POSITIVE_INFINITY;
      await until(clock, () => journal.status().durable);
    }
    await journal.close(never);
    expect(await ids(folder)).toHaveLength(90);
    expect(await verifyJournal(folder)).toMatchObject({ isWhole: true, notes: [] });
  });

  it('leaves what was altered meanwhile, and says so', async () => {
    const broken = brokenDisk();
    const { journal, folder, clock } = await rig({ disk: broken.disk });
    journal.append(entry(1));
    await expect.poll(() => journal.status().entries).toBe(2);
    broken.fails = 'EIO';
    journal.append(entry(2));
    await expect.poll(() => clock.pending).toBe(1);
    await change(join(folder, FIRST), (all) => all.toString().replace('"c1"', '"c9"'));
    broken.fails = undefined;
    await until(clock, () => journal.status().durable);
    await journal.close(never);
    expect(await ids(folder)).toEqual(['c9', 'c2']);
    const { problems, notes } = await verifyJournal(folder);
    expect(problems).toEqual([{ file: FIRST, line: 2, kind: 'altered' }]);
    expect(notes).toMatchObject([{ kind: 'broken' }]);
  });

  it('bounds the bytes that wait as well', async () => {
    const broken = brokenDisk();
    const { journal, clock } = await rig({ disk: broken.disk });
    broken.fails = 'ENOSPC';
    const args = Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`p${at}`, 'x'.repeat(256)]));
    for (let id = 1; id <= 100; id++) journal.append(entry(id, { args }));
    await expect.poll(() => clock.pending).toBe(1);
    expect(journal.status().lost).toBeGreaterThan(30);
    await journal.close(never);
  });

  it('opens later what could not be opened at the start', async () => {
    const broken = brokenDisk();
    broken.fails = 'EIO';
    const { journal, folder, clock } = await rig({ disk: broken.disk });
    journal.append(entry(1));
    expect(journal.status()).toMatchObject({ entries: 0, durable: false });
    broken.fails = undefined;
    await until(clock, () => journal.status().durable);
    await journal.close(never);
    expect(await ids(folder)).toEqual(['c1']);
  });

  it('counts what finds no room, and says so in the journal', async () => {
    const broken = brokenDisk();
    const { journal, folder, clock } = await rig({ disk: broken.disk, maxBytes: 10_000_000 });
    broken.fails = 'ENOSPC';
    for (let id = 1; id <= QUEUE_ENTRIES + 7; id++) journal.append(entry(id));
    await expect.poll(() => clock.pending).toBe(1);
    expect(journal.status().lost).toBeGreaterThanOrEqual(7);
    const { lost } = journal.status();
    broken.fails = undefined;
    await until(clock, () => journal.status().durable);
    await journal.close(never);
    expect(journal.status().lost).toBe(lost);
    expect(await linesOf(folder)).toContainEqual(
      expect.objectContaining({ event: 'journal', code: 'lost', count: lost }),
    );
    expect(await ids(folder)).toEqual(idsTo(QUEUE_ENTRIES + 7 - lost));
    expect((await verifyJournal(folder)).notes).toMatchObject([{ kind: 'lost' }]);
  });

  it.each([
    ['removed', (folder: string) => rm(folder, { recursive: true }), 'missing'],
    ['moved', (folder: string) => rename(folder, `${folder}-old`), 'missing'],
    ['emptied', (folder: string) => rm(join(folder, FIRST)), 'missing'],
    ['cut', (folder: string) => truncate(join(folder, FIRST), 100), 'broken'],
    ['written by another', (folder: string) => appendFile(join(folder, FIRST), 'x\n'), 'broken'],
    // as long as it will be with the line that is written to the file that it took the place of
    [
      'replaced',
      (folder: string) =>
        change(`${folder}-copy/${FIRST}`, (all) => Buffer.concat([all, all.subarray(all.lastIndexOf('{"n":2'))])),
      'broken',
    ],
  ])('goes on with the chain, and says so, when what it writes is %s', async (how, tamper, code) => {
    const { journal, folder, clock } = await rig();
    journal.append(entry(1));
    await expect.poll(() => journal.status().entries).toBe(2);
    if (how === 'replaced') {
      await cp(folder, `${folder}-copy`, { recursive: true });
      await rename(folder, `${folder}-old`);
    }
    await tamper(folder);
    if (how === 'replaced') await rename(`${folder}-copy`, folder);
    journal.append(entry(2));
    await until(clock, () => journal.status().entries === 5);
    await journal.close(never);
    const text = await readFile(join(folder, 'audit-000002.jsonl'), 'utf8');
    expect(text).toMatch(new RegExp(`^{"n":3,.*"begins".*\n{"n":4,.*"${code}".*\n{"n":5,.*"c2".*\n$`));
  });

  it('does not make what is not mounted', async () => {
    const directory = join(await newFolder(), 'not-mounted', 'commands');
    const { journal } = await rig({ directory });
    expect(journal.status().durable).toBe(false);
    await journal.close(never);
    await expect(stat(directory)).rejects.toThrow();
  });

  it.each(['audit-%.jsonl', 'foreign-%'])(
    'starts without a durable journal, and says so, among too many files (%s)',
    async (form) => {
      const directory = join(await newFolder(), 'commands');
      await mkdir(join(directory, 'audit'), { recursive: true });
      for (let number = 1; number <= 1025; number++) {
        await writeFile(join(directory, 'audit', form.replace('%', String(number).padStart(6, '0'))), '');
      }
      const told: string[] = [];
      const { journal } = await rig({ directory, log: { ...silentLog, warn: (event) => void told.push(event) } });
      expect(journal.status().durable).toBe(false);
      expect(told).toEqual(['audit journal not written']);
      await journal.close(never);
    },
  );

  it('holds neither the start nor the stop', async () => {
    const hung = brokenDisk();
    const never2 = new Promise<never>(() => {});
    const clock = new FakeClock();
    const disk = { ...hung.disk, opendir: (() => never2) as never };
    const journal = new AuditJournal({ directory: await newFolder(), maxBytes: SMALLEST, clock, log: silentLog, disk });
    const start = new AbortController();
    const opened = journal.open(start.signal);
    journal.append(entry(1));
    start.abort();
    await opened;
    const stop = new AbortController();
    const closed = journal.close(stop.signal);
    stop.abort();
    await closed;
    journal.append(entry(2));
    expect(journal.status()).toMatchObject({ durable: false, lost: 1 });
  });

  it('never throws, whatever it is given', async () => {
    const { journal, clock } = await rig();
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    journal.append(entry(1, { args: { cyclic } }));
    clock.setWall(Number.NaN);
    journal.append(entry(2));
    expect(journal.status().lost).toBe(2);
    clock.setWall(0);
    await journal.close(never);
  });
});

function mounted(path: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

it('a disk that is really full is written again once there is room', async ({ skip }) => {
  const directory = await newFolder();
  if (!mounted(directory)) skip();
  try {
    const { journal, folder, clock } = await rig({ directory, maxBytes: 10_000_000 });
    for (let id = 1; id <= 100; id++) journal.append(entry(id, { args: { text: 'x'.repeat(250) } }));
    await expect.poll(() => journal.status().entries).toBe(101);
    await writeFile(join(directory, 'ballast'), Buffer.alloc(8192)).catch(() => undefined);
    for (let id = 101; id <= 180; id++) journal.append(entry(id, { args: { text: 'x'.repeat(250) } }));
    await expect.poll(() => journal.status().durable).toBe(false);
    await expect.poll(() => clock.pending).toBe(1);
    execFileSync('mount', ['-o', 'remount,size=1m', directory]);
    await until(clock, () => journal.status().durable);
    await journal.close(never);
    expect(await ids(folder)).toEqual(idsTo(180));
    expect(await verifyJournal(folder, journal.status().head)).toMatchObject({ isWhole: true, notes: [] });
  } finally {
    execFileSync('umount', [directory]);
  }
});
