import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { audit } from '../../../agent/cli/audit.ts';
import { written } from '../audit/support.ts';

async function say(args: readonly string[], environment: Record<string, string> = {}) {
  const said = { out: '', err: '' };
  const code = await audit(args, {
    out: (text) => {
      said.out += `${text}\n`;
    },
    err: (text) => {
      said.err += `${text}\n`;
    },
    environment,
    isTerminal: false,
  });
  return { code, ...said };
}

describe('fieldward audit verify', () => {
  it('says that a journal is whole, and its head', async () => {
    const { folder, journal } = await written(3);
    const { head } = journal.status();
    const told = { code: 0, out: `The journal is whole: 4 lines in 1 file.\nIts head is line 4, ${head}.\n`, err: '' };
    expect(await say(['verify', folder])).toEqual(told);
    expect(await say(['verify', folder, '--head', head])).toEqual(told);
  });

  it('says from where on it is whole when the beginning had to go', async () => {
    const { folder } = await written(600, 200, { maxBytes: 65_536 });
    expect((await say(['verify', folder])).out).toMatch(
      /^It begins with line [0-9]+: the [0-9]+ before it went for room\.$/m,
    );
  });

  it('looks in the state directory', async () => {
    const { directory, folder } = await written(1);
    expect(folder).toBe(join(directory, 'audit'));
    const state = directory.replace(/\/commands$/, '');
    expect((await say(['verify'], { STATE_DIRECTORY: `${state}:/elsewhere` })).code).toBe(0);
    expect((await say(['verify'], { STATE_DIRECTORY: `${state}/nowhere` })).code).toBe(65);
  });

  it('names what is broken and where, and nothing of what stands there, and ends with 65', async () => {
    const { folder } = await written(3);
    await appendFile(join(folder, 'audit-000001.jsonl'), 'hunter2\n');
    const { code, out, err } = await say(['verify', folder]);
    expect(code).toBe(65);
    expect(err).toBe('audit-000001.jsonl:5: the line is none of this journal\n');
    expect(out).toMatch(/^The journal is broken, 1 problem: 4 lines in 1 file\.\n/);
    expect((await say(['verify', folder, '--head', 'f'.repeat(64)])).err).toContain(
      'does not hold the line of that head',
    );
  });

  it('prints JSON for programs', async () => {
    const { folder, journal } = await written(2);
    const last = { n: 3, hash: journal.status().head };
    const whole = { files: 1, lines: 3, first: 1, last, problems: [], problemsOmitted: 0, notes: [] };
    expect(JSON.parse((await say(['verify', folder, '--json'])).out)).toEqual({ whole: true, ...whole });
    const path = join(folder, 'audit-000001.jsonl');
    await appendFile(path, (await readFile(path)).subarray(0, 5));
    const { code, out, err } = await say(['verify', folder, '--json']);
    expect([code, err]).toEqual([65, '']);
    expect(JSON.parse(out)).toMatchObject({
      whole: false,
      problems: [{ file: 'audit-000001.jsonl', line: 4, kind: 'torn', message: expect.any(String) }],
    });
  });

  it.each([
    [[]],
    [['show']],
    [['verify', 'a', 'b']],
    [['verify', '--head']],
    [['verify', '--head', 'hunter2']],
    [['verify', '--head', 'F'.repeat(64)]],
  ])('refuses wrong usage without repeating it: %j', async (args) => {
    const { code, out, err } = await say(args);
    expect([code, out]).toEqual([64, '']);
    expect(err).toContain('Usage: fieldward audit verify');
    expect(err).not.toContain('hunter2');
  });
});
