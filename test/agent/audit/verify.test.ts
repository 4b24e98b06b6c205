import { copyFile, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ChainCheck } from '../../../agent/audit/chain-check.ts';
import { fileName } from '../../../agent/audit/files.ts';
import { chainLine, readJournalLine, START } from '../../../agent/audit/line.ts';
import { verifyJournal } from '../../../agent/audit/verify.ts';
import { newFolder } from '../../support/folder.ts';
import { change, filesOf, written } from './support.ts';

const LIMITS = { maxBytes: 65_536 };

/** A journal in memory, to be damaged and laid down again and again. */
interface Copy {
  readonly files: readonly (readonly [name: string, bytes: Buffer])[];
  readonly head: string;
}

async function take(folder: string, head: string): Promise<Copy> {
  const names = await filesOf(folder);
  return {
    files: await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
    head,
  };
}

async function lay(files: Copy['files']): Promise<string> {
  const folder = await newFolder();
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
  return folder;
}

/** Whether it is found, and the folder gone again. */
async function problemsIn(files: Copy['files'], head?: string) {
  const folder = await lay(files);
  const { problems, isWhole } = await verifyJournal(folder, head);
  await rm(folder, { recursive: true });
  expect(isWhole).toBe(problems.length === 0);
  return problems;
}

const linesIn = (bytes: Buffer): string[] => bytes.toString('latin1').split('\n').slice(0, -1);
const joined = (lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1');

/** One from its beginning, and one whose beginning had to go. */
const copies: Copy[] = [];
beforeAll(async () => {
  for (const count of [60, 400]) {
    const { folder, journal } = await written(count, 100, LIMITS);
    copies.push(await take(folder, journal.status().head));
  }
  expect(copies[0]?.files[0]?.[0]).toBe('audit-000001.jsonl');
  expect(copies[1]?.files[0]?.[0]).not.toBe('audit-000001.jsonl');
});

/** A place in one of the two: which file, and a fraction of what is in it. */
const places = fc.record({
  which: fc.nat({ max: 1 }),
  file: fc.double({ min: 0, max: 0.999, noNaN: true }),
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
});

async function damaged(place: { which: number; file: number; at: number }, how: (bytes: Buffer, at: number) => Buffer) {
  const copy = copies[place.which] as Copy;
  const index = Math.floor(place.file * copy.files.length);
  const [name] = copy.files[index] as readonly [string, Buffer];
  const files = copy.files.map(([each, bytes], at) => [each, at === index ? how(bytes, place.at) : bytes] as const);
  return { problems: await problemsIn(files, copy.head), name };
}

describe('verifying finds', () => {
  it('nothing in a journal that is whole', async () => {
    for (const { files, head } of copies) expect(await problemsIn(files, head)).toEqual([]);
  });

  it('any byte that was changed, with its file and line', async () => {
    await fc.assert(
      fc.asyncProperty(places, fc.integer({ min: 1, max: 255 }), async (place, xor) => {
        let line = 0;
        const { problems, name } = await damaged(place, (bytes, fraction) => {
          const at = Math.floor(fraction * bytes.length);
          line = bytes.subarray(0, at).toString('latin1').split('\n').length;
          const changed = Buffer.from(bytes);
          changed[at] = (changed[at] ?? 0) ^ xor;
          return changed;
        });
        expect(problems).toContainEqual({ file: name, line, kind: expect.any(String) });
      }),
      { numRuns: 150 },
    );
  });

  it('every byte of a line that was changed', async () => {
    const { files } = copies[0] as Copy;
    const [name, bytes] = files[0] as readonly [string, Buffer];
    const from = bytes.indexOf(0x0a) + 1;
    for (let at = from; at <= bytes.indexOf(0x0a, from); at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect((await problemsIn([[name, changed], ...files.slice(1)])).length, `byte ${at}`).toBeGreaterThan(0);
    }
  });

  const edits: Readonly<Record<string, (lines: string[], at: number) => string[]>> = {
    removed: (lines, at) => lines.toSpliced(at, 1),
    repeated: (lines, at) => lines.toSpliced(at, 0, lines[at] ?? ''),
    'moved away': (lines, at) => [...lines.toSpliced(at, 1), lines[at] ?? ''].toReversed(),
    'swapped with its neighbour': (lines, at) => {
      const first = Math.min(at, lines.length - 2);
      return lines.toSpliced(first, 2, lines[first + 1] ?? '', lines[first] ?? '');
    },
    'inserted empty': (lines, at) => lines.toSpliced(at, 0, ''),
    // behind the very last line it would be one that the journal may go on with
    'inserted with a hash of its own': (lines, last) => {
      const at = Math.min(last, lines.length - 2);
      const before = readJournalLine(Buffer.from(lines[at] ?? '', 'latin1'));
      const { bytes } = chainLine(before ?? START, '"at":"2026-11-23T10:15:02.113Z","event":"command"');
      return lines.toSpliced(at + 1, 0, bytes.toString('latin1').trimEnd());
    },
    'rewritten with a hash of its own': (lines, at) => {
      const { n = 1, prev = '' } = readJournalLine(Buffer.from(lines[at] ?? '', 'latin1')) ?? {};
      const { bytes } = chainLine({ n: n - 1, hash: prev }, '"at":"2026-11-23T10:15:02.113Z","event":"command"');
      return lines.toSpliced(at, 1, bytes.toString('latin1').trimEnd());
    },
  };
  it.each(Object.entries(edits))('any line that was %s', async (_name, edit) => {
    await fc.assert(
      fc.asyncProperty(places, async (place) => {
        const { problems } = await damaged(place, (bytes, fraction) => {
          const lines = linesIn(bytes);
          return joined(edit(lines, Math.floor(fraction * lines.length)));
        });
        expect(problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['removed', 'gap', 3],
    ['repeated', 'misplaced', 4],
    ['rewritten with a hash of its own', 'unchained', 4],
  ])('what it is, once: a line that was %s is %s', async (name, kind, line) => {
    const { files } = copies[0] as Copy;
    const [[first, bytes] = ['', Buffer.alloc(0)], ...rest] = files;
    const edited = joined(edits[name]?.(linesIn(bytes), 2) ?? []);
    expect(await problemsIn([[first, edited], ...rest])).toEqual([{ file: first, line, kind }]);
  });

  it('the first line of the first file, where the ones before it had gone for room', async () => {
    const { files } = copies[1] as Copy;
    const [[name, bytes] = ['', Buffer.alloc(0)], ...rest] = files;
    expect(await problemsIn([[name, joined(linesIn(bytes).slice(1))], ...rest])).toEqual([
      { file: name, line: 1, kind: 'beginning' },
    ]);
    expect(await problemsIn(rest)).toEqual([]);
  });

  it('a file that was removed, renamed, emptied, copied or is no file', async () => {
    const { files } = copies[0] as Copy;
    const without = files.filter((_, at) => at !== 1);
    expect((await problemsIn(without)).map(({ kind }) => kind)).toEqual(['missing-file', 'gap']);
    const renamed = without.map(([, bytes], at) => [fileName(at + 1), bytes] as const);
    expect((await problemsIn(renamed)).length).toBeGreaterThan(0);
    expect((await problemsIn(files.slice(1).map(([, bytes], at) => [fileName(at + 1), bytes]))).length).toBeGreaterThan(
      0,
    );
    const folder = await lay(files);
    const next = join(folder, fileName(files.length + 1));
    await copyFile(join(folder, fileName(1)), next);
    expect((await verifyJournal(folder)).isWhole).toBe(false);
    await writeFile(next, '');
    expect((await verifyJournal(folder)).problems).toEqual([
      { file: fileName(files.length + 1), line: 0, kind: 'beginning' },
    ]);
    for (const make of [() => symlink(join(folder, fileName(1)), next), () => mkdir(next)]) {
      await rm(next, { recursive: true });
      await make();
      expect((await verifyJournal(folder)).problems).toEqual([
        { file: fileName(files.length + 1), line: 0, kind: 'unreadable' },
      ]);
    }
  });

  it('that the end was cut off, against the head', async () => {
    const { files, head } = copies[0] as Copy;
    const [name, bytes] = files.at(-1) as readonly [string, Buffer];
    const cut = [...files.slice(0, -1), [name, joined(linesIn(bytes).slice(0, -1))] as const];
    expect(await problemsIn(cut)).toEqual([]);
    expect(await problemsIn(cut, head)).toEqual([{ file: name, line: expect.any(Number), kind: 'head' }]);
    expect(await problemsIn(files.slice(0, -1), head)).toMatchObject([{ kind: 'head' }]);
    const older = readJournalLine(Buffer.from(linesIn(bytes)[0] ?? '', 'latin1'))?.hash;
    expect(await problemsIn(files, older)).toEqual([]);
  });

  it('a line whose end is missing', async () => {
    const { files } = copies[0] as Copy;
    const [name, bytes] = files.at(-1) as readonly [string, Buffer];
    for (const length of [bytes.length - 1, bytes.length - 20]) {
      const problems = await problemsIn([...files.slice(0, -1), [name, bytes.subarray(0, length)]]);
      expect(problems).toEqual([{ file: name, line: linesIn(bytes).length, kind: 'torn' }]);
    }
  });

  it('a member that comes twice', async () => {
    const folder = await newFolder();
    const body = '"at":"2026-11-23T10:15:02.113Z","event":"journal","code":"begins","file":"audit-000001.jsonl","n":7';
    await writeFile(join(folder, fileName(1)), chainLine(START, body).bytes);
    expect((await verifyJournal(folder)).problems).toEqual([{ file: fileName(1), line: 1, kind: 'malformed' }]);
  });

  it('that there is no journal', async () => {
    const folder = await newFolder();
    for (const each of [folder, join(folder, 'nowhere')]) {
      expect(await verifyJournal(each)).toMatchObject({
        isWhole: false,
        lines: 0,
        problems: [{ file: '.', kind: 'empty' }],
      });
    }
  });

  it('noise of any size, in bounded output', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, fileName(1)), Buffer.alloc(1_000_000, 'x'));
    expect((await verifyJournal(folder)).problems).toEqual([{ file: fileName(1), line: 1, kind: 'torn' }]);
    await change(join(folder, fileName(1)), (bytes) => Buffer.concat([bytes, Buffer.from('\n')]));
    expect((await verifyJournal(folder)).problems).toEqual([{ file: fileName(1), line: 1, kind: 'malformed' }]);
    await writeFile(join(folder, fileName(1)), '\n'.repeat(5000));
    const { problems, omitted } = await verifyJournal(folder);
    expect([problems.length, omitted]).toEqual([100, 4900]);
  });
});

it('leaves other files in the folder alone', async () => {
  const { folder } = await written(3);
  for (const name of [
    'audit-1.jsonl',
    'audit-000000.jsonl',
    'audit-0000002.jsonl',
    'audit-000002.jsonl.new',
    'notes',
  ]) {
    await writeFile(join(folder, name), 'x');
  }
  expect(await verifyJournal(folder)).toMatchObject({ isWhole: true, files: 1 });
  await rename(join(folder, 'notes'), join(folder, fileName(2)));
  await truncate(join(folder, fileName(2)), 0);
  expect((await verifyJournal(folder)).isWhole).toBe(false);
});

it('takes for a note only what the journal itself says, not the names of what every object has', async () => {
  const folder = await newFolder();
  const name = fileName(1);
  let link = START;
  const lines = ['begins', 'lost', 'constructor', 'toString', '__proto__'].map((code) => {
    const line = chainLine(link, `"at":"2026-11-23T10:15:00.000Z","event":"journal","code":"${code}","file":"${name}"`);
    ({ link } = line);
    return line.bytes;
  });
  await writeFile(join(folder, name), Buffer.concat(lines));
  const { problems, notes } = await verifyJournal(folder);
  expect(problems).toEqual([]);
  expect(notes.map(({ kind }) => kind)).toEqual(['lost']);
});

it('a mistake of ours while a journal is verified is no verdict on the journal', async () => {
  const { folder } = await written(3);
  const line = vi.spyOn(ChainCheck.prototype, 'line').mockImplementation(() => {
    throw new TypeError('x');
  });
  try {
    await expect(verifyJournal(folder)).rejects.toThrow(TypeError);
  } finally {
    line.mockRestore();
  }
  expect(await verifyJournal(folder)).toMatchObject({ isWhole: true });
});
