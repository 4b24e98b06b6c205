import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { check } from '../../../agent/cli/check.ts';
import { drivers } from '../../../agent/cli/drivers.ts';
import type { CliIo } from '../../../agent/cli/io.ts';
import { profiles } from '../../../agent/cli/profiles.ts';
import { schema } from '../../../agent/cli/schema.ts';
import { openCatalogue } from '../../../drivers/registry/loader.ts';
import { DRIVERS } from '../../../drivers/registry/table.ts';
import { catalogueWith, minimal } from '../../config/support.ts';
import { newFolder } from '../../support/folder.ts';

interface Captured extends CliIo {
  readonly printed: string[];
  readonly said: string[];
}

function capture(environment: Record<string, string> = {}): Captured {
  const [printed, said]: [string[], string[]] = [[], []];
  return {
    printed,
    said,
    out: (text) => printed.push(text),
    err: (text) => said.push(text),
    environment,
    isTerminal: false,
  };
}

async function file(text: string): Promise<string> {
  const path = join(await newFolder(), 'c.yaml');
  await writeFile(path, text);
  return path;
}

test('check says that a good config is good, and what is in it', async () => {
  const io = capture();
  const path = await file(minimal());
  expect(await check([path], io, await catalogueWith())).toBe(0);
  expect(io.said).toEqual([]);
  expect(io.printed.join('\n')).toContain('The config of gateway gw is good.');
  expect(io.printed.join('\n')).toContain('bus a: m');
});

test('check says what the outbox is, also where a folder is configured', async () => {
  const io = capture();
  const path = await file(minimal('outbox: { directory: /var/lib/fieldward/outbox }\n'));
  expect(await check([path], io, await catalogueWith())).toBe(0);
  expect(io.printed.join('\n')).toContain('1 device, outbox on disk');
  const without = capture();
  expect(await check([await file(minimal())], without, await catalogueWith())).toBe(0);
  expect(without.printed.join('\n')).toContain('1 device, outbox in memory only');
});

test('check says that a recorder without a state directory is off', async () => {
  const text = minimal().replace('port: {', 'recorder: {}\n    port: {');
  const without = capture();
  expect(await check([await file(text)], without, await catalogueWith())).toBe(0);
  expect(without.said).toEqual([
    'warning: bus a: its recorder is off without a state directory: the service has one, else set STATE_DIRECTORY',
  ]);
  const io = capture({ STATE_DIRECTORY: '/var/lib/fieldward' });
  expect(await check([await file(text)], io, await catalogueWith())).toBe(0);
  expect(io.said).toEqual([]);
});

test('check names every problem on standard error and ends with 78', async () => {
  const io = capture({ FIELDWARD_LOG__LEVEL: 'loud' });
  const path = await file(minimal().replace('gateway: gw', 'gateway: GW'));
  expect(await check(['--config', path], io, await catalogueWith())).toBe(78);
  expect(io.printed).toEqual([]);
  expect(io.said.join('\n').split('\n')).toEqual([
    'environment FIELDWARD_LOG__LEVEL: must be one of error, warn, info, debug',
    `${path}:1:10: gateway: must be 1 to 63 of a-z, 0-9 and -, and not begin with -`,
    'The config is refused: 2 problems.',
  ]);
});

test('check --json prints the problems as JSON on standard output', async () => {
  const io = capture();
  const path = await file(minimal().replace('gateway: gw', 'gateway: 5'));
  expect(await check([path, '--json'], io, await catalogueWith())).toBe(78);
  expect(JSON.parse(io.printed.join(''))).toEqual([
    { file: path, line: 1, column: 10, path: 'gateway', message: 'must be text: put the number in quotes' },
  ]);
  expect(io.said).toEqual([]);
  const fine = capture();
  expect(await check([await file(minimal()), '--json'], fine, await catalogueWith())).toBe(0);
  expect(JSON.parse(fine.printed.join(''))).toEqual([]);
});

test('a warning does not refuse', async () => {
  const io = capture();
  const path = await file(`${minimal()}  - { id: b, port: { path: /dev/ttyS1 } }\n`);
  expect(await check([path], io, await catalogueWith())).toBe(0);
  expect(io.said).toEqual([`warning: ${path}:9:5: buses[1].devices: the bus has no devices`]);
});

test('the example that is shipped is good as it is', async () => {
  const io = capture();
  expect(await check([fileURLToPath(new URL('../../../config/example.yaml', import.meta.url))], io)).toBe(0);
  expect(io.printed.join('\n')).toContain('The config of gateway plant7-gw01 is good.');
  expect(io.said).toEqual([]);
});

test('a config that is not there is refused', async () => {
  const io = capture();
  expect(await check(['/nowhere/hidden.yaml'], io, await catalogueWith())).toBe(78);
  expect(io.said.join('\n')).toContain('/nowhere/hidden.yaml: does not exist');
  expect(io.said.join('\n')).toContain('`fieldward init` makes a config');
});

test.each([[['a', 'b']], [['a', '--config', 'b']], [['--jsn']], [['--config']], [['--json=hunter2']]])(
  'wrong usage ends with 64 and shows the help, not the argument: %j',
  async (args) => {
    const io = capture();
    expect(await check(args, io, await catalogueWith())).toBe(64);
    expect(io.said.join('\n')).toContain('Usage: fieldward check');
    expect(io.said.join('\n')).not.toContain('hunter2');
  },
);

test('every command has its help on standard output', async () => {
  for (const [name, command] of Object.entries({ check, schema, drivers, profiles })) {
    const io = capture();
    expect(await command(['--help'], io)).toBe(0);
    expect(io.printed.join('\n')).toContain(`Usage: fieldward ${name}`);
    expect(await command(['--unknown'], capture())).toBe(64);
  }
});

test('schema prints a JSON Schema with the drivers in it', async () => {
  const io = capture();
  expect(await schema([], io)).toBe(0);
  const printed = JSON.parse(io.printed.join('')) as Record<string, unknown>;
  expect(printed.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  for (const name of Object.keys(DRIVERS)) expect(io.printed.join('')).toContain(`"const": "${name}"`);
});

test('schema goes on without a driver that can not be loaded, and says so', async () => {
  const io = capture();
  expect(await schema([], io, await catalogueWith())).toBe(0);
  expect(io.said).toEqual(['warning: driver broken is left out: the driver could not be loaded (driver/import)']);
  expect(io.printed.join('')).toContain('"const": "asked"');
});

test('drivers lists what can be loaded, and says what can not', async () => {
  const io = capture();
  expect(await drivers([], io, await catalogueWith())).toBe(70);
  expect(io.printed).toEqual(['asked  a device that is asked\ntalks  a device that talks by itself']);
  expect(io.said).toEqual(['broken: the driver could not be loaded (driver/import)']);
  const all = capture();
  expect(await drivers(['--json'], all)).toBe(0);
  const listed = JSON.parse(all.printed.join('')) as { name: string; fault: string | null }[];
  expect(listed.map(({ name }) => name)).toEqual(Object.keys(DRIVERS).sort());
  expect(listed.every(({ fault }) => fault === null)).toBe(true);
});

test('profiles lists the profiles of this build with their sources', async () => {
  const io = capture();
  expect(await profiles(['--json'], io)).toBe(0);
  const listed = JSON.parse(io.printed.join('')) as { name: string; sources: { title: string }[]; points: unknown[] }[];
  // each once, with any number of drivers that take it
  expect(listed.filter(({ name }) => name === 'eastron-sdm630')).toMatchObject([{ driver: 'modbus' }]);
  for (const { sources, points } of listed) {
    for (const { title } of sources) expect(title.length).toBeGreaterThan(5);
    expect(points.length).toBeGreaterThan(0);
  }
  const table = capture();
  expect(await profiles([], table)).toBe(0);
  expect(table.printed.join('').split('\n')).toHaveLength(listed.length + 1);
});

test('a damaged profile is said, and the others are listed', async () => {
  const io = capture();
  const parts = await catalogueWith({
    bad: 'x',
    fine: 'maker: M\nmodel: X\nsources: [{ kind: vendor, title: S }]\npoints: [{ name: q, address: 1 }]\n',
  });
  const sound = openCatalogue({
    table: { asked: async () => ({ driver: await parts.load('asked') }) },
    folder: parts.folder,
    integrity: 'source',
  });
  expect(await profiles([], io, sound)).toBe(70);
  expect(io.printed.join('')).toContain('fine');
  expect(io.said).toEqual(['profile bad of asked is damaged: reinstall the package']);
});
