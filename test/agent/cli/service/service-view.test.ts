import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { check } from '../../../../agent/cli/check.ts';
import type { CliIo } from '../../../../agent/cli/io.ts';
import { findService, serviceOf } from '../../../../agent/cli/service/service-view.ts';
import { parseUnitFile } from '../../../../agent/cli/service/unit-file.ts';
import { formatProblem } from '../../../../config/problem.ts';
import { catalogueWith, minimal } from '../../../config/support.ts';
import { newFolder } from '../../../support/folder.ts';

/** A gateway's config that names a password, and its folder of credentials. */
async function gateway(files: Readonly<Record<string, string>> = {}) {
  const [beside, folder] = [await newFolder(), await newFolder()];
  const config = join(beside, 'fieldward.yaml');
  await writeFile(
    config,
    minimal().replace(
      "mqtt: { url: 'mqtt://127.0.0.1' }",
      "mqtt: { url: 'mqtt://127.0.0.1', username: u, passwordFile: pw }",
    ),
  );
  await chmod(config, 0o644);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content, { mode: 0o600 });
  return { beside, folder, config };
}

const unitOf = (lines: string) =>
  parseUnitFile(`[Service]\nDynamicUser=yes\nGroup=nogroup\nStateDirectory=fieldward\n${lines}\n`);

/** The words of `check` on a config whose service has this unit. */
async function checked(given: { folder: string; config: string }, lines: string, isStale = false) {
  const said: string[] = [];
  const io: CliIo = {
    out: (text) => said.push(text),
    err: (text) => said.push(text),
    environment: {},
    isTerminal: false,
  };
  const find = async (file: string) => ({ ...(await serviceOf(unitOf(lines), file, given.folder)), isStale });
  const code = await check([given.config], io, await catalogueWith(), undefined, find);
  return { code, said: said.join('\n') };
}

test('a credential that the folder of the unit hands over is good, and the outbox lies on disk', async () => {
  const given = await gateway({ pw: 'x' });
  const { code, said } = await checked(given, `LoadCredential=credentials:${given.folder}`);
  expect(code).toBe(0);
  expect(said).toContain('outbox on disk');
});

test('a unit that systemd has not read again is warned of', async () => {
  const given = await gateway({ pw: 'x' });
  const unit = `LoadCredential=credentials:${given.folder}`;
  expect((await checked(given, unit, true)).said).toContain('warning: the unit was changed since systemd read it');
  expect((await checked(given, unit)).said).not.toContain('daemon-reload');
});

test('a credential that the unit names alone is good', async () => {
  const given = await gateway({ pw: 'x' });
  expect((await checked(given, `LoadCredential=pw:${given.folder}/pw`)).code).toBe(0);
});

test('a forgotten LoadCredential= is refused, and named', async () => {
  const given = await gateway({ pw: 'x' });
  const { code, said } = await checked(given, '');
  expect(code).toBe(78);
  expect(said).toMatch(
    /mqtt\.passwordFile: lies among the credentials, but the unit does not hand it to the service: its LoadCredential= is missing/,
  );
});

test('a link in the folder is refused: systemd does not follow it', async () => {
  const given = await gateway({});
  await writeFile(join(given.beside, 'elsewhere'), 'x');
  await symlink(join(given.beside, 'elsewhere'), join(given.folder, 'pw'));
  const { code, said } = await checked(given, `LoadCredential=credentials:${given.folder}`);
  expect(code).toBe(78);
  expect(said).toContain('mqtt.passwordFile: is a link among the credentials');
  expect((await checked(given, `LoadCredential=pw:${given.folder}/pw`)).code).toBe(0);
});

test('a credential that is nowhere is refused, with the places that count', async () => {
  const given = await gateway();
  const { code, said } = await checked(given, `LoadCredential=credentials:${given.folder}`);
  expect(code).toBe(78);
  expect(said).toContain('mqtt.passwordFile: must be a readable file, among the credentials or beside the config');
  expect(said).toContain('A service has the files in /etc/fieldward/credentials and those that LoadCredential=');
});

test.each([
  ['LoadCredentialEncrypted=pw:/etc/credstore.encrypted/pw'],
  ['SetCredential=pw:word'],
  ['ImportCredential=p*'],
])('a credential that nobody else can look into counts as there: %s', async (line) => {
  expect((await checked(await gateway(), line)).code).toBe(0);
});

test('a unit that names what is not there, or what systemd refuses, is refused: the service would end with 243', async () => {
  const given = await gateway({ pw: 'x' });
  const missing = await checked(
    given,
    `LoadCredential=credentials:${given.folder}\nLoadCredential=ca.pem:/nowhere/ca.pem`,
  );
  expect(missing.code).toBe(78);
  expect(missing.said).toContain(
    'fieldward.service LoadCredential=ca.pem: names a file that is not there: the service would end with 243/CREDENTIALS',
  );
  await writeFile(join(given.folder, 'a:b'), 'x');
  const refused = await checked(given, `LoadCredential=credentials:${given.folder}`);
  expect(refused.code).toBe(78);
  expect(refused.said).toContain('its folder holds a name with other than ASCII, or a colon');
});

test('what lies beside the config must be readable by the service, and so must the config', async () => {
  const given = await gateway();
  const unit = `LoadCredential=credentials:${given.folder}`;
  const secret = join(given.beside, 'pw');
  await writeFile(secret, 'x', { mode: 0o600 });
  const { code, said } = await checked(given, unit);
  expect(code).toBe(78);
  expect(said).toContain('mqtt.passwordFile: may not be read by the service: put it among its credentials');
  await chmod(secret, 0o644);
  expect((await checked(given, unit)).code).toBe(0);
  // a service that runs as root reads everything
  await chmod(secret, 0o600);
  expect((await checked(given, `${unit}\nDynamicUser=no`)).code).toBe(0);
  await chmod(given.config, 0o600);
  expect((await checked(given, unit)).said).toContain(
    `${given.config}: may not be read by the service: chown root:dialout, chmod 0640`,
  );
});

test('variables of the unit and of its files count', async () => {
  const given = await gateway({ pw: 'x' });
  const file = join(given.beside, 'environment');
  await writeFile(file, '# comment\nFIELDWARD_LOG__LEVEL="loud"\nOTHER=1\n');
  const handed = `LoadCredential=credentials:${given.folder}`;
  const { said } = await checked(given, `${handed}\nEnvironment=FIELDWARD_MQTT_URL=x\nEnvironmentFile=-${file}`);
  expect(said).toContain('environment FIELDWARD_MQTT_URL: unknown variable');
  expect(said).toContain('environment FIELDWARD_LOG__LEVEL: must be one of');
});

test('hidden files and folders are not handed over, as systemd passes over them', async () => {
  const given = await gateway({ '.pw.swp': 'x' });
  await mkdir(join(given.folder, 'pw'));
  const { view, problems } = await serviceOf(unitOf(`LoadCredential=c:${given.folder}`), given.config, given.folder);
  expect(problems.map(formatProblem)).toEqual([]);
  expect(view.credential('c_.pw.swp')).toBeUndefined();
  expect(view.credential('c_pw')).toBeUndefined();
});

test('a config that is not the one of the service, and the service itself, have no such view', async () => {
  expect(await findService('/tmp/other.yaml', {})).toBeUndefined();
  const inService = { CREDENTIALS_DIRECTORY: '/run/credentials/fieldward.service' };
  expect(await findService('/etc/fieldward/fieldward.yaml', inService)).toBeUndefined();
});
