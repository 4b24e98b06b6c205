import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { profileNames, readProfile, takesProfiles } from '../../config/profile.ts';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import { asked, catalogueWith, good, minimal, problems, talks, warnings } from './support.ts';

const METER = `maker: Maker
model: M1
sources: [{ kind: vendor, title: M1 register map, version: '1' }]
options: { timeoutMs: 500 }
points:
  - { name: voltage, address: 0, unit: V, deadband: 0.5 }
  - { name: current, address: 6, unit: A }
`;

function device(options: string, points: string): string {
  return `gateway: gw
mqtt: { url: mqtts://b }
buses:
  - { id: a, port: { path: /dev/ttyS0 }, devices: [{ id: m, driver: asked, options: ${options}, points: ${points} }] }
`;
}

test('the file is laid over the profile by name, new points come after', async () => {
  const text = device('{ unit: 1, profile: meter }', '[{ name: new, address: 9 }, { name: voltage, deadband: 2 }]');
  const { config } = await good(text, { profiles: { meter: METER } });
  expect(config.buses[0]?.devices[0]?.options).toEqual({ unit: 1, timeoutMs: 500, profile: 'meter' });
  expect(config.buses[0]?.devices[0]?.points).toEqual([
    { name: 'voltage', address: 0, unit: 'V', deadband: 2 },
    { name: 'current', address: 6, unit: 'A' },
    { name: 'new', address: 9 },
  ]);
});

test('the options of the file go before those of the profile', async () => {
  const { config } = await good(device('{ unit: 1, timeoutMs: 100, profile: meter }', '[]'), {
    profiles: { meter: METER },
  });
  expect(config.buses[0]?.devices[0]?.options).toMatchObject({ timeoutMs: 100 });
});

test('a wrong key over a profile is named where it stands in the file', async () => {
  const text = device(
    '{ unit: 1, profile: meter }',
    '[{ name: voltage, min: 5, max: 1 }, { name: current, addres: 1 }]',
  );
  expect(await problems(text, { profiles: { meter: METER } })).toEqual([
    expect.stringMatching(/^c\.yaml:4:\d+: buses\[0\]\.devices\[0\]\.points\[0\]\.max: must not be below min$/),
    expect.stringContaining('points[1].addres: unknown key; did you mean `address`?'),
  ]);
});

test('a name that comes twice in the file is a mistake, not laid over itself', async () => {
  const text = device('{ unit: 1, profile: meter }', '[{ name: voltage, min: 5 }, { name: voltage, address: 3 }]');
  expect(await problems(text, { profiles: { meter: METER } })).toEqual([
    expect.stringContaining('points[1].name: another point of the device has this name'),
  ]);
});

test('an unknown profile is refused, naming those that there are; its points are judged as far as possible', async () => {
  const text = device('{ unit: 1, profile: metre }', '[{ name: voltage, deadband: -1 }]');
  expect(await problems(text, { profiles: { meter: METER, other: METER } })).toEqual([
    expect.stringContaining('options.profile: must be one of meter, other'),
    expect.stringContaining('points[0].deadband: must be 0 to 100000000000000000000'),
  ]);
});

test.each(['../asked/profiles/meter', 'meter.yaml', '/etc/passwd', '__proto__', 'constructor'])(
  'a profile is never a path: %s',
  async (name) => {
    const found = await problems(device(`{ unit: 1, profile: ${name} }`, '[]'), { profiles: { meter: METER } });
    expect(found).toContainEqual(expect.stringContaining('options.profile: must be meter'));
  },
);

test.each([
  ['no source', METER.replace(/sources.*\n/, '')],
  ['an unknown key', `${METER}extra: 1\n`],
  ['a point that the driver refuses', METER.replace('address: 6', 'address: -6')],
  ['no points', METER.replace(/points:[\s\S]*$/, 'points: []\n')],
  ['broken YAML', 'a: [\n'],
])('a profile with %s is damaged', async (_, profile) => {
  expect(await problems(device('{ unit: 1, profile: meter }', '[]'), { profiles: { meter: profile } })).toEqual([
    expect.stringContaining('options.profile: the profile is damaged: reinstall the package'),
  ]);
});

test('only drivers whose options name a profile take one', () => {
  expect(takesProfiles(asked)).toBe(true);
  expect(takesProfiles(talks)).toBe(false);
});

test('names that no option could hold are not listed', async () => {
  const { folder } = await catalogueWith({ good: METER, 'Not-Good': METER });
  expect(await profileNames(folder, 'asked')).toEqual(['good']);
  expect(await profileNames(folder, 'talks')).toEqual([]);
});

test('a config without a profile has no options of one', async () => {
  const { config } = await good(minimal(), { profiles: { meter: METER } });
  expect(config.buses[0]?.devices[0]?.options).toEqual({ unit: 1 });
});

test('every profile that is shipped is whole, fits its driver, and makes a device with the options that it brings', async () => {
  const catalogue = openCatalogue();
  const files = await readdir(new URL('../../drivers/modbus/profiles/', import.meta.url));
  const driver = await catalogue.load('modbus-rtu');
  const names = await profileNames(catalogue.folder, 'modbus-rtu');
  expect(names.map((name) => `${name}.yaml`).sort()).toEqual(files.sort());
  expect(names.length).toBeGreaterThanOrEqual(3);
  for (const name of names) {
    const profile = await readProfile(catalogue.folder, driver, name);
    expect(profile, name).toBeDefined();
    const text = device(`{ unit: 1, profile: ${name} }`, '[]')
      .replace('asked', 'modbus-rtu')
      .replace('[] }', '[], pollMs: 0 }');
    const loaded = await good(text, { catalogue });
    expect(loaded.devices.get('m')?.points.length, name).toBe(profile?.points.length);
    expect(loaded.warnings, name).toEqual([]);
  }
});

test('the rest that a model needs comes from its profile, unless the file says another', async () => {
  const profiles = { meter: METER.replace('points:', 'minGapMs: 100\npoints:') };
  const gapOf = async (more: string) => {
    const text = device('{ unit: 1, profile: meter }', `[]${more}`);
    return (await good(text, { profiles })).config.buses[0]?.devices[0]?.minGapMs;
  };
  expect(await gapOf('')).toBe(100);
  expect(await gapOf(', minGapMs: 0')).toBe(0);
  expect(await gapOf(', minGapMs: 250')).toBe(250);
  const damaged = { meter: METER.replace('points:', 'minGapMs: 10001\npoints:') };
  expect(await problems(device('{ unit: 1, profile: meter }', '[]'), { profiles: damaged })).toEqual([
    expect.stringContaining('the profile is damaged'),
  ]);
});

test('a pace beyond what the profile recommends is warned of, and taken', async () => {
  const profiles = { meter: METER.replace('points:', 'minGapMs: 100\npoints:') };
  const of = (options: string, more: string) =>
    warnings(device(`{ unit: 1, ${options}profile: meter }`, `[]${more}`), { profiles });
  expect(await of('', '')).toEqual([]);
  expect(await of('timeoutMs: 500, ', ', minGapMs: 100')).toEqual([]);
  expect(await of('timeoutMs: 499, ', ', minGapMs: 99')).toEqual([
    expect.stringContaining(
      'devices[0].options.timeoutMs: the model needs at least 500, by its profile: the device may not keep up',
    ),
    expect.stringContaining(
      'devices[0].minGapMs: the model needs at least 100, by its profile: the device may not keep up',
    ),
  ]);
});

test('a meter that restarts when it is asked too soon is shipped with its rest', async () => {
  const catalogue = openCatalogue();
  const driver = await catalogue.load('modbus-rtu');
  for (const name of ['eastron-sdm72d', 'eastron-sdm72d-v2']) {
    expect((await readProfile(catalogue.folder, driver, name))?.minGapMs).toBe(100);
  }
});
