import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AMOUNTS } from '../../config/limits.ts';
import { profileNames, readProfile } from '../../config/profile.ts';
import { formatMade, madeFile, readMade } from '../../config/profiles/made.ts';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import { asked, catalogueWith } from './support.ts';

const METER = `maker: Maker
model: M1
sources: [{ kind: vendor, title: M1 register map, version: '1' }]
points:
  - { name: voltage, address: 0, unit: V }
`;

async function shipped() {
  const { folder } = await catalogueWith({ meter: METER });
  const examined = await readProfile(folder, asked, 'meter');
  if (examined === undefined) throw new Error('the profile is good');
  const put = async (text: string) => {
    const file = madeFile(join(folder, 'asked/profiles'), 'meter');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  };
  return { examined, put, read: () => readProfile(folder, asked, 'meter') };
}

describe('what the build made of a profile', () => {
  test('is taken in place of the profile, and frozen as it', async () => {
    const { examined, put, read } = await shipped();
    await put(formatMade({ ...examined, model: 'as it was built' }));
    const made = await read();
    expect(made).toEqual({ ...examined, model: 'as it was built' });
    expect(Object.isFrozen(made?.points[0])).toBe(true);
  });

  test.each([
    ['is cut', (text: string) => text.slice(0, text.length / 2)],
    ['is too large', (text: string) => text.padEnd(AMOUNTS.fileBytes + 1)],
  ])('counts as damaged where it %s', async (_, spoil) => {
    const { examined, put, read } = await shipped();
    await put(spoil(formatMade(examined)));
    expect(await read()).toBeUndefined();
  });

  test('says the same as each profile that is shipped', async () => {
    const { folder, load } = openCatalogue();
    const driver = await load('modbus-rtu');
    const names = await profileNames(folder, driver.name);
    expect(names.length).toBeGreaterThan(50);
    for (const name of names) {
      const profile = await readProfile(folder, driver, name);
      if (profile === undefined) throw new Error(name);
      expect(JSON.parse(formatMade(profile)), name).toEqual(profile);
    }
  });

  test('can not hold a number that JSON would change', async () => {
    const { examined } = await shipped();
    expect(() => formatMade({ ...examined, options: { large: 2n ** 63n } })).toThrow();
  });

  test('is absent where nothing was built', async () => {
    expect(await readMade('/nonexistent/profiles', 'meter')).toBe('absent');
  });
});
