import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { parseLedger } from '../../../../agent/command/ledger/records.ts';
import { newFolder } from '../../../support/folder.ts';
import { randomForTest } from '../../../support/seed.ts';
import { started } from './ledger-disk.ts';

const KILLS = 30;
const NOT_RECORDED = 'command/not-recorded';

/** Runs until it has said so many lines, or that nothing can be recorded, then kills it. @returns the ids that it said it has recorded */
async function killAfter(lines: number, command: string, args: readonly string[]): Promise<readonly string[]> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const said: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    said.push(line);
    if (said.length === lines || line === NOT_RECORDED) child.kill('SIGKILL');
  }
  const [, signal] = await closed;
  expect(signal, said[0]).toBe('SIGKILL');
  expect(said[0]).toBe('restored');
  return said.slice(1);
}

async function childIn(folder: string): Promise<string> {
  const program = join(folder, 'child.mjs');
  await build({
    ...{ entryPoints: [fileURLToPath(new URL('ledger-child.ts', import.meta.url))], outfile: program },
    ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'error' },
  });
  return program;
}

describe('the ledger of an agent that is killed', () => {
  it('knows every id that was recorded, 30 times in a row', async () => {
    const folder = await newFolder();
    const directory = join(folder, 'commands');
    const program = await childIn(folder);
    const recorded: string[] = [];
    const random = randomForTest();
    const path = join(directory, 'ledger', 'journal');
    let size = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const lines = 2 + Math.floor(random() * 60);
      // little room above what it starts with, so that the file is written anew again and again
      const args = [program, directory, `run-${kill}`, String(size + 3_000)];
      // where a disk holds everything up, the child says that it gave up, and is killed then
      recorded.push(...(await killAfter(lines, execPath, args)).filter((said) => said !== NOT_RECORDED));
      const bytes = await readFile(path);
      size = bytes.length;
      const { records } = parseLedger(bytes);
      const known = new Set(records.map((record) => ('id' in record ? record.id : '')));
      expect(recorded.filter((id) => !known.has(id))).toEqual([]);
    }
    expect(recorded.length).toBeGreaterThan(KILLS);
    const after = await started({ directory, maxAgeMs: 600_000, entries: 100_000 });
    for (const id of recorded) expect(after.ledger.find(id)).toMatchObject({ reply: expect.stringContaining(id) });
  });

  it('leaves no half line where the disk took only part of it', async () => {
    const folder = await newFolder();
    const directory = join(folder, 'commands');
    const program = await childIn(folder);
    // bash counts in KiB; Node ignores the signal, so that the write comes back short and the next one fails (EFBIG)
    const limited = ['-c', 'ulimit -f 10; exec "$0" "$@"', execPath, program, directory, 'full', '1000000'];
    const said = await killAfter(Number.POSITIVE_INFINITY, 'bash', limited);
    expect(said.at(-1)).toBe(NOT_RECORDED);
    const { records, damaged } = parseLedger(await readFile(join(directory, 'ledger', 'journal')));
    expect(damaged).toBe(false);
    const known = new Set(records.map((record) => ('id' in record ? record.id : '')));
    expect(said.slice(0, -1).filter((id) => !known.has(id))).toEqual([]);
  });
});
