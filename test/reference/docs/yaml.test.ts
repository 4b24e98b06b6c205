import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openCatalogue } from '../../../drivers/registry/loader.ts';
import { good, warnings } from '../../config/support.ts';
import { newFolder } from '../../support/folder.ts';
import { blocksOf, shownFilesOf } from './blocks.ts';
import { PAGES, textOf } from './pages.ts';

type Mapping = Readonly<Record<string, unknown>>;

const catalogue = openCatalogue({ integrity: 'source' });
const folder = await newFolder();
const pem = (name: string) => readFileSync(join(folder, name), 'utf8');
// of the name that the pages give their gateway; it stands in for its authority too
execFileSync(
  'openssl',
  'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=plant7-gw01 -days 30 -keyout key -out cert'.split(
    ' ',
  ),
  { cwd: folder, stdio: 'ignore' },
);
const publicKey = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** The content of a file, by the option that names it. */
const CONTENTS: Readonly<Record<string, string>> = {
  caFile: pem('cert'),
  certFile: pem('cert'),
  keyFile: pem('key'),
  publicKeyFile: publicKey,
};

/** Blocks of a config, whole or in part. Rules of Home Assistant and profiles are other YAML. */
const EXAMPLES = PAGES.filter((page) => !page.startsWith('systemd/consumers/')).flatMap((page) => {
  const profiles = shownFilesOf(textOf(page)).filter(({ path }) => path.includes('profiles/'));
  return blocksOf(textOf(page))
    .filter(({ language, line }) => language === 'yaml' && profiles.every((each) => each.line !== line))
    .map(({ text, line }) => ({ page, line, text }));
});

const DEVICE = { id: 'meter', driver: 'modbus-rtu', options: { unit: 1, profile: 'eastron-sdm120' }, pollMs: 5000 };
const BASE: Mapping = {
  gateway: 'plant7-gw01',
  mqtt: { url: 'mqtts://broker.example:8883' },
  buses: [{ id: 'bus', port: { path: '/dev/ttyS0', baudRate: 9600 }, devices: [DEVICE] }],
};

/** A page shows a config, some of its sections, buses, or devices. */
function configOf(shown: unknown): Mapping {
  if (!Array.isArray(shown)) return { ...BASE, ...(shown as Mapping) };
  const buses = shown.map((each: Mapping, at) =>
    'devices' in each ? each : { id: `bus-${at}`, port: { path: `/dev/ttyS${at}`, baudRate: 9600 }, devices: [each] },
  );
  return { ...BASE, buses };
}

function filesOf(config: Mapping): Readonly<Record<string, string>> {
  const named = JSON.stringify(config).matchAll(/"(\w+File)":"([^"]+)"/g);
  return Object.fromEntries(Array.from(named, ([, option = '', name = '']) => [name, CONTENTS[option] ?? 'x\n']));
}

/** The pages run a profile of their own, which lies beside the config of their reader. */
function withoutOwnProfile(config: Mapping, page: string): Mapping {
  const own = shownFilesOf(textOf(page)).flatMap(({ path }) => /profiles\/(.*)\.yaml$/.exec(path)?.[1] ?? []);
  const text = own.reduce(
    (json, name) => json.replaceAll(`"profile":"${name}"`, '"profile":"eastron-sdm120"'),
    JSON.stringify(config),
  );
  return JSON.parse(text) as Mapping;
}

describe('the configs of the pages', () => {
  it('are looked at', () => expect(EXAMPLES.length).toBeGreaterThan(12));

  it.each(EXAMPLES)('$page:$line is what `check` takes without a warning', async ({ page, text }) => {
    const config = withoutOwnProfile(configOf(parse(text)), page);
    const given = { catalogue, files: filesOf(config), fileMode: 0o600 };
    expect(await warnings(JSON.stringify(config), given)).toEqual([]);
    const { devices } = await good(JSON.stringify(config), given);
    for (const device of devices.values()) expect(device.points.length).toBeGreaterThan(0);
  });
});
