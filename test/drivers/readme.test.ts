import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import { DRIVERS } from '../../drivers/registry/table.ts';
import { good, load, warnings } from '../config/support.ts';

const FOLDER = fileURLToPath(new URL('../../drivers', import.meta.url));
const catalogue = openCatalogue({ integrity: 'source' });

type Mapping = Readonly<Record<string, unknown>>;

interface Example {
  /** Under the folder of the drivers. */
  readonly page: string;
  readonly number: number;
  readonly buses: readonly Mapping[];
}

/** Where the example leaves it out: each device has a line of its own. */
const portOf = (at: number) => ({ path: `/dev/ttyS${at}`, baudRate: 9600 });

/** Everything that a driver's page shows as YAML: buses, devices, or the points of a device. */
function examplesOf(page: string): readonly Example[] {
  const text = readFileSync(join(FOLDER, page), 'utf8');
  const driver = /^# (\S+)$/m.exec(text)?.[1];
  return Array.from(text.matchAll(/^```yaml\n(.*?)^```$/gms), ([, yaml = ''], number) => ({
    ...{ page, number: number + 1 },
    buses: busesOf(parse(yaml), driver),
  }));
}

function busesOf(shown: unknown, driver: string | undefined): readonly Mapping[] {
  if (Array.isArray(shown)) {
    return shown.map((each: Mapping, at) =>
      'devices' in each ? each : { id: `bus-${at}`, port: portOf(at), devices: [each] },
    );
  }
  const whole = shown as Mapping;
  if (Array.isArray(whole.buses)) return whole.buses;
  return [{ id: 'bus', port: portOf(0), devices: [{ id: 'device', driver, ...whole }] }];
}

/** A file of 32 hexadecimal digits for each option that names one. */
function filesOf(example: Example): Readonly<Record<string, string>> {
  const names = JSON.stringify(example.buses).matchAll(/"[A-Za-z]+File":"([^"]+)"/g);
  return Object.fromEntries(Array.from(names, ([, name = '']) => [name, '000102030405060708090A0B0C0D0E0F\n']));
}

/** JSON is YAML. */
function configOf({ buses }: Example): string {
  return JSON.stringify({ gateway: 'gw', mqtt: { url: 'mqtt://127.0.0.1' }, buses });
}

const PAGES = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((path) => /.\/README\.md$/.test(path));
const EXAMPLES = PAGES.flatMap(examplesOf);

describe('the pages of the drivers', () => {
  it('show a whole device for each driver of the table', () => {
    const shown = EXAMPLES.flatMap(({ buses }) => buses.flatMap(({ devices }) => devices as readonly Mapping[]));
    const named = new Set(shown.map(({ driver }) => driver));
    expect(Object.keys(DRIVERS).filter((name) => !named.has(name))).toEqual([]);
  });

  it.each(EXAMPLES)('show what `check` takes as it stands: $page, example $number', async (example) => {
    const given = { catalogue, files: filesOf(example), fileMode: 0o600 };
    expect(await warnings(configOf(example), given)).toEqual([]);
    const { devices } = await good(configOf(example), given);
    for (const device of devices.values()) expect(device.points.length).toBeGreaterThan(0);
  });

  it('would be found out by this test if they showed what `check` refuses', async () => {
    const [example] = examplesOf('sdi12/README.md');
    if (example === undefined) throw new Error('there is no example');
    const wrong = configOf(example).replace('"crc":true', '"crc":"yes"');
    expect((await load(wrong, { catalogue })).ok).toBe(false);
  });
});
