import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { readArguments } from '../../scripts/fleet-test/arguments.ts';
import { tables } from '../../scripts/fleet-test/table.ts';
import { checkout } from '../../scripts/testbed/place.ts';
import { newFolder } from '../support/folder.ts';
import { tagsOf } from '../support/xml.ts';

/** The program that `./scripts/fleet` runs once it has set up and built; all that it makes lies in the folder. */
function fleet(folder: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, [join(checkout(), 'dist', 'scripts', 'fleet-test', 'main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: folder },
  });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return { child, ended, said };
}

/** Processes that have something of the folder in their arguments: the broker's config, the agents' outboxes. */
function processesOf(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(folder);
      } catch {
        return false;
      }
    });
}

it('a small fleet comes back to its broker with every reading, and is told as JSON, as tables and as a plot', async () => {
  const folder = await newFolder();
  const svg = join(folder, 'fleet.svg');
  const args = ['--agents', '20', '--outage', '3', '--reconnect-max-s', '3', '--svg', svg];
  const { ended, said } = fleet(folder, ...args, '--json');
  const code = await ended;
  expect(said.err).toBe('');
  const told = JSON.parse(said.out);
  // with the verdict, so that a run that ends with another code tells why
  expect({ code, ...told.verdict }).toMatchObject({ code: 0, allBack: true, drained: true, nothingLost: true });
  expect(told).toMatchObject({ agents: 20, outage: 3, processes: 1, readings: { dropped: 0, unseen: 0 } });
  expect(told.attempts.total).toBeGreaterThanOrEqual(20);
  expect(told.backlog.mostHeld).toBeGreaterThan(20);
  expect(told.broker.connectionKiB).toBeGreaterThan(0);
  expect(tables(readArguments(args), told)).toMatch(/^back after +first \d+\.\d s, half \d+\.\d s, all \d+\.\d s$/m);
  expect(tagsOf(await readFile(svg, 'utf8')).filter(({ name }) => name === 'path').length).toBeGreaterThan(3);
});

it('a fleet that is interrupted in the outage leaves nothing behind', async () => {
  const folder = await newFolder();
  const { child, ended, said } = fleet(folder, '--agents', '5', '--outage', '60');
  while (processesOf(folder).length < 2) await wait(50);
  // the broker is killed 5 s after the last connection
  while (processesOf(folder).length === 2) await wait(50);
  child.kill('SIGINT');
  expect([await ended, said.out, said.err]).toEqual([130, '', '']);
  expect(processesOf(folder)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});
