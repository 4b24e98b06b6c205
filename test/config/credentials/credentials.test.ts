import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { findCredentials } from '../../../config/credentials/credentials.ts';
import { newFolder } from '../../support/folder.ts';

async function places() {
  const [beside, credentials] = [await newFolder(), await newFolder()];
  return { beside, credentials, config: join(beside, 'fieldward.yaml') };
}

test('a relative path is looked up among the credentials first, then beside the config', async () => {
  const { beside, credentials, config } = await places();
  await writeFile(join(beside, 'ca.pem'), 'x');
  await writeFile(join(beside, 'pw'), 'x');
  await writeFile(join(credentials, 'pw'), 'x');
  const root = { mqtt: { caFile: 'ca.pem', passwordFile: 'pw' } };
  const found = await findCredentials(root, config, credentials);
  expect(found.files).toEqual({ caFile: join(beside, 'ca.pem'), passwordFile: join(credentials, 'pw') });
  expect(found.findings).toEqual([]);
  const without = await findCredentials(root, config, undefined);
  expect(without.files).toMatchObject({ passwordFile: join(beside, 'pw') });
});

test('a file that systemd hands over with its whole folder is found by its own name', async () => {
  const { beside, credentials, config } = await places();
  await writeFile(join(credentials, 'credentials_pw'), 'x');
  await writeFile(join(credentials, 'credentials_ca.pem'), 'x');
  await writeFile(join(credentials, 'ca.pem'), 'x');
  await writeFile(join(beside, 'pw'), 'x');
  const { files, findings } = await findCredentials(
    { mqtt: { caFile: 'ca.pem', passwordFile: 'pw' } },
    config,
    credentials,
  );
  expect(files).toEqual({ caFile: join(credentials, 'ca.pem'), passwordFile: join(credentials, 'credentials_pw') });
  expect(findings).toEqual([]);
});

test('an absolute path is taken as it is', async () => {
  const { beside, credentials, config } = await places();
  await writeFile(join(beside, 'pw'), 'x');
  const root = { mqtt: { passwordFile: join(beside, 'pw') } };
  expect((await findCredentials(root, config, credentials)).files).toEqual({ passwordFile: join(beside, 'pw') });
});

test('a file that is missing, or none, is a finding; a folder of systemd that is relative is not looked into', async () => {
  const { beside, credentials, config } = await places();
  await mkdir(join(beside, 'pw'));
  await writeFile(join(credentials, 'key'), 'x');
  const root = { mqtt: { passwordFile: 'pw', keyFile: 'key', caFile: 'nowhere' } };
  const { files, findings } = await findCredentials(root, config, relative(process.cwd(), credentials));
  expect(files).toEqual({});
  expect(findings.map(({ path }) => path.join('.'))).toEqual(['mqtt.passwordFile', 'mqtt.keyFile', 'mqtt.caFile']);
  expect(findings[0]?.message).toBe('must be a readable file, among the credentials or beside the config');
});

test('a secret that everybody may read is warned of; a certificate is none', async () => {
  const { beside, config } = await places();
  for (const name of ['pw', 'key', 'ca.pem']) await writeFile(join(beside, name), 'x');
  await chmod(join(beside, 'pw'), 0o644);
  await chmod(join(beside, 'key'), 0o440);
  await chmod(join(beside, 'ca.pem'), 0o644);
  const root = { mqtt: { passwordFile: 'pw', keyFile: 'key', caFile: 'ca.pem' } };
  const { warnings } = await findCredentials(root, config, undefined);
  expect(warnings.map(({ path }) => path.join('.'))).toEqual(['mqtt.passwordFile']);
});
