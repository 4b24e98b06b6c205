import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import * as z from 'zod';
import type { Driver } from '../../../drivers/contract/driver.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { folderOf } from '../../../drivers/registry/folders.ts';
import { createDevice, openCatalogue } from '../../../drivers/registry/loader.ts';
import { DRIVERS, type DriverTable } from '../../../drivers/registry/table.ts';
import { builtTree } from './support.ts';

const FOLDER = fileURLToPath(new URL('../../../drivers', import.meta.url));
const line = { baudRate: 10_000, characterMs: 1 };

function driverNamed(name: string, changes: Partial<Record<keyof Driver, unknown>> = {}): Driver {
  return {
    contract: 1,
    name,
    summary: 'for tests',
    options: z.strictObject({ unit: z.int().min(1) }),
    point: z.strictObject({ name: z.string() }),
    create: () => ({ kind: 'poll', points: [], plan: () => [], write: () => [] }),
    ...changes,
  } as Driver;
}

function catalogueOf(table: Readonly<Record<string, () => Promise<unknown>>>) {
  return openCatalogue({ table: table as DriverTable, integrity: 'source' });
}

test('a driver of the table is loaded once and kept', async () => {
  const load = vi.fn(async () => ({ driver: driverNamed('sound') }));
  const catalogue = catalogueOf({ sound: load });
  const [first, second] = await Promise.all([catalogue.load('sound'), catalogue.load('sound')]);
  expect(first).toBe(second);
  expect(first.name).toBe('sound');
  expect(load).toHaveBeenCalledTimes(1);
});

test.each(['', 'Sound', '../sound', 'a/b', 'sound\n', 'sound.js', '__proto__', 'a'.repeat(33), '-a', '1a'])(
  'a name that no driver can have is refused before the table is asked: %j',
  async (name) => {
    await expect(catalogueOf({ [name]: async () => ({ driver: driverNamed(name) }) }).load(name)).rejects.toMatchObject(
      {
        code: 'driver/name',
      },
    );
  },
);

test.each(['unknown', 'constructor', 'tostring', 'valueof'])(
  'a name that is not in the table is unknown: %s',
  async (name) => {
    await expect(catalogueOf({}).load(name)).rejects.toMatchObject({ code: 'driver/unknown' });
  },
);

test('names that every object inherits are not in a table that has a prototype either', async () => {
  const table = Object.create({ inherited: async () => ({ driver: driverNamed('inherited') }) });
  await expect(catalogueOf(table).load('inherited')).rejects.toMatchObject({ code: 'driver/unknown' });
});

test('no name whatever gets past the table', async () => {
  const catalogue = catalogueOf({ sound: async () => ({ driver: driverNamed('sound') }) });
  await fc.assert(
    fc.asyncProperty(fc.anything(), async (name) => {
      fc.pre(name !== 'sound');
      const code = await catalogue.load(name as string).catch((thrown: Fault) => thrown.code);
      return code === 'driver/name' || code === 'driver/unknown';
    }),
  );
});

test.each([
  ['rejects', () => Promise.reject(new Error('secret'))],
  ['rejects with nothing', () => Promise.reject(undefined)],
  [
    'throws at once',
    () => {
      throw new TypeError('secret');
    },
  ],
  ['is no module', async () => undefined],
])('a module that %s is an import fault with nothing of the error in it', async (_, load) => {
  const fault: Fault = await catalogueOf({ broken: load })
    .load('broken')
    .then(
      () => expect.unreachable(),
      (thrown) => thrown,
    );
  expect(fault.code).toBe('driver/import');
  expect(fault.message).not.toContain('secret');
});

test.each([
  ['nothing', undefined],
  ['another contract', driverNamed('odd', { contract: 2 })],
  ['another name', driverNamed('even')],
  ['no summary', driverNamed('odd', { summary: undefined })],
  ['no options schema', driverNamed('odd', { options: {} })],
  ['no point schema', driverNamed('odd', { point: null })],
  ['no create', driverNamed('odd', { create: 'x' })],
])('a module that exports %s has the wrong shape', async (_, driver) => {
  await expect(catalogueOf({ odd: async () => ({ driver }) }).load('odd')).rejects.toMatchObject({
    code: 'driver/shape',
  });
});

test('one driver that can not be loaded does not stop another', async () => {
  const catalogue = catalogueOf({
    broken: () => Promise.reject(new Error()),
    sound: async () => ({ driver: driverNamed('sound') }),
  });
  await expect(catalogue.load('broken')).rejects.toBeInstanceOf(Fault);
  await expect(catalogue.load('sound')).resolves.toMatchObject({ name: 'sound' });
});

test('a built driver is verified before its code is run', async () => {
  const { root } = await builtTree();
  const load = vi.fn(async () => ({ driver: driverNamed('sound') }));
  const table = { sound: load } as DriverTable;
  await writeFile(join(root, 'drivers/sound/driver.js'), 'changed');
  const altered = openCatalogue({ table, folder: join(root, 'drivers'), integrity: 'verify' });
  await expect(altered.load('sound')).rejects.toMatchObject({ code: 'driver/altered' });
  await writeFile(join(root, 'drivers/manifest.json'), '{');
  const damaged = openCatalogue({ table, folder: join(root, 'drivers'), integrity: 'verify' });
  await expect(damaged.load('sound')).rejects.toMatchObject({ code: 'driver/manifest' });
  expect(load).not.toHaveBeenCalled();
});

test('damage to one driver leaves the others loadable', async () => {
  const { root } = await builtTree();
  await writeFile(join(root, 'drivers/other/driver.js'), 'changed');
  const table = {
    sound: async () => ({ driver: driverNamed('sound') }),
    other: async () => ({ driver: driverNamed('other') }),
  } as DriverTable;
  const catalogue = openCatalogue({ table, folder: join(root, 'drivers'), integrity: 'verify' });
  await expect(catalogue.load('other')).rejects.toMatchObject({ code: 'driver/altered' });
  await expect(catalogue.load('sound')).resolves.toMatchObject({ name: 'sound' });
});

test('options and points are checked by the driver itself', () => {
  const driver = driverNamed('sound');
  expect(createDevice(driver, { options: { unit: 1 }, points: [{ name: 'a' }], line })).toMatchObject({ kind: 'poll' });
  const refused = { code: 'driver/options' };
  expect(() => createDevice(driver, { options: { unit: 0 }, points: [], line })).toThrow(
    expect.objectContaining(refused),
  );
  expect(() => createDevice(driver, { options: { unit: 1 }, points: [{}], line })).toThrow(
    expect.objectContaining(refused),
  );
  const throwing = driverNamed('sound', {
    options: {
      safeParse() {
        throw new Error('secret');
      },
    },
  });
  expect(() => createDevice(throwing, { options: {}, points: [], line })).toThrow(expect.objectContaining(refused));
});

test('what create throws becomes a fault; its own faults stay as they are', () => {
  const setup = { options: { unit: 1 }, points: [], line };
  const throwing = (thrown: unknown) =>
    driverNamed('sound', {
      create() {
        throw thrown;
      },
    });
  const created = expect.objectContaining({ code: 'driver/create' });
  expect(() => createDevice(throwing(new Error('secret')), setup)).toThrow(created);
  expect(() => createDevice(throwing(new Fault('command/value')), setup)).toThrow(
    expect.objectContaining({ code: 'command/value' }),
  );
  for (const device of [undefined, {}, { kind: 'poll', points: [] }, { kind: 'stream', points: [], framer() {} }]) {
    expect(() => createDevice(driverNamed('sound', { create: () => device }), setup)).toThrow(created);
  }
});

test('the table is frozen, has no prototype and holds every driver that there is, at its place', () => {
  expect(Object.isFrozen(DRIVERS)).toBe(true);
  expect(Object.getPrototypeOf(DRIVERS)).toBeNull();
  const folders = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\bdriver\.ts$/.test(path),
  );
  const found = folders.filter((path) => !path.startsWith('contract/')).map((path) => dirname(path));
  expect(Object.keys(DRIVERS).map(folderOf).sort()).toEqual(found.sort());
});

test('every driver of the table loads from source', async () => {
  const catalogue = openCatalogue();
  for (const name of catalogue.names) await expect(catalogue.load(name)).resolves.toMatchObject({ name });
});
