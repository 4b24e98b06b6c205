import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findCredentials } from '../../config/credentials/credentials.ts';
import { parsePublicKey } from '../../config/credentials/public-keys.ts';
import { newFolder } from '../support/folder.ts';
import { good, minimal, problems, warnings } from './support.ts';

function newKey(): string {
  const { publicKey } = generateKeyPairSync('ed25519');
  return publicKey.export({ format: 'pem', type: 'spki' }).toString();
}

const KEY = newKey();
const FILES = { 'ops.pem': KEY, 'backup.pem': newKey() };

/** A config with these lines under `commands.signing`. */
function signing(lines: string): string {
  return minimal(`commands:\n  signing:\n${lines.replace(/^/gm, '    ')}`);
}

const keys = (...entries: readonly string[]) => `keys:\n${entries.map((entry) => `  - { ${entry} }`).join('\n')}`;
const refused = async (lines: string, files: Readonly<Record<string, string>> = FILES) =>
  (await problems(signing(lines), { files })).map((line) => line.replace(/^c\.yaml:\d+:\d+: /, ''));
const OPS = 'id: ops, publicKeyFile: ops.pem';

test('keys are found beside the config and handed on with their whole path', async () => {
  const lines = `required: [write]\n${keys(`${OPS}, commands: [write], devices: [m], points: [p]`, 'id: b, publicKeyFile: backup.pem')}`;
  const { config, warnings } = await good(signing(lines), { files: FILES });
  expect(config.commands.signing).toEqual({
    required: ['write'],
    keys: [
      {
        id: 'ops',
        publicKeyFile: expect.stringMatching(/^\/.*\/ops\.pem$/),
        commands: ['write'],
        devices: ['m'],
        points: ['p'],
      },
      { id: 'b', publicKeyFile: expect.stringMatching(/^\/.*\/backup\.pem$/) },
    ],
  });
  expect(Object.isFrozen(config.commands.signing.keys[0])).toBe(true);
  expect(warnings).toEqual([]);
});

test('keys are looked for among the credentials first', async () => {
  const [beside, credentials] = [await newFolder(), await newFolder()];
  await mkdir(join(beside, 'folder'));
  for (const folder of [beside, credentials]) await writeFile(join(folder, 'ops.pem'), KEY);
  await writeFile(join(beside, 'own.pem'), KEY);
  const names = ['ops.pem', 'own.pem', 'nowhere', 'folder', 5, undefined];
  const root = { commands: { signing: { keys: names.map((publicKeyFile) => ({ publicKeyFile })) } } };
  const found = await findCredentials(root, join(beside, 'c.yaml'), credentials);
  const none = [undefined, undefined, undefined, undefined];
  expect(found.publicKeyFiles).toEqual([join(credentials, 'ops.pem'), join(beside, 'own.pem'), ...none]);
  expect(found.findings.map(({ path }) => path.join('.'))).toEqual([
    'commands.signing.keys.2.publicKeyFile',
    'commands.signing.keys.3.publicKeyFile',
  ]);
  expect(found.warnings).toEqual([]);
});

test('a key file that everybody may change is warned of; that everybody may read it is as it should be', async () => {
  const beside = await newFolder();
  for (const [name, mode] of [
    ['open.pem', 0o666],
    ['ops.pem', 0o644],
  ] as const) {
    await writeFile(join(beside, name), KEY);
    await chmod(join(beside, name), mode);
  }
  const entries = ['open.pem', 'ops.pem'].map((publicKeyFile) => ({ publicKeyFile }));
  const root = { commands: { signing: { keys: entries } } };
  const { warnings } = await findCredentials(root, join(beside, 'c.yaml'), undefined);
  expect(warnings).toEqual([
    {
      path: ['commands', 'signing', 'keys', 0, 'publicKeyFile'],
      message: 'every user of this machine may change the file: take that right away (chmod 0644)',
    },
  ]);
});

const MISSING = 'must be a readable file, among the credentials or beside the config';
const FORM = 'must hold one Ed25519 public key in PEM (BEGIN PUBLIC KEY)';
const PLAIN = 'must be a plain path: no empty, . or .. segment, no control character';

test.each([
  ['a key without a file', keys('id: ops'), ['keys[0].publicKeyFile: is required']],
  ['a key without an id', keys('publicKeyFile: ops.pem'), ['keys[0].id: is required']],
  ['a key that is not there', keys('id: ops, publicKeyFile: none.pem'), [`keys[0].publicKeyFile: ${MISSING}`]],
  [
    'a path that climbs',
    keys('id: ops, publicKeyFile: ../none.pem'),
    [`keys[0].publicKeyFile: ${PLAIN}`, `keys[0].publicKeyFile: ${MISSING}`],
  ],
  ['two keys of one id', keys(OPS, 'id: ops, publicKeyFile: backup.pem'), ['keys[1].id: another key has this id']],
  [
    'a command that nobody may sign',
    'required: [write]',
    ['required[0]: no key may sign this command: nobody could ever send it'],
  ],
  [
    'a command that only others may sign',
    `required: [read, write]\n${keys(`${OPS}, commands: [read]`)}`,
    ['required[1]: no key may sign this command: nobody could ever send it'],
  ],
  [
    'a device that is not there',
    keys(`${OPS}, devices: [m, meter], points: [p]`),
    ['keys[0].devices[1]: no device has this id'],
  ],
  [
    'a point that is not there',
    keys(`${OPS}, points: [p, q]`),
    ['keys[0].points[1]: no device that the key is for has a point of this name'],
  ],
  [
    'a command that is not there',
    keys(`${OPS}, commands: [operate]`),
    [expect.stringMatching(/keys\[0\]\.commands\[0\]: must be one of ping, /)],
  ],
  ['an empty limit', keys(`${OPS}, devices: []`), ['keys[0].devices: must have 1 to 494 entries']],
  ['another key', keys(`${OPS}, points: [p], pem: x`), [expect.stringMatching(/keys\[0\]\.pem: unknown key/)]],
])('%s is refused, with its place', async (_what, lines, expected) => {
  const found = await refused(lines);
  expect(found.map((line) => line.replace('commands.signing.', ''))).toEqual(expected);
});

test('more than 32 keys are refused, and only as many are looked for', async () => {
  const many = Array.from({ length: 40 }, (_, k) => `id: k${k}, publicKeyFile: none.pem`);
  const found = await refused(keys(...many));
  expect(found.filter((line) => line.includes(MISSING))).toHaveLength(32);
  expect(found).toContain('commands.signing.keys: must have at most 32 entries');
});

test('a point may be that of one device of the key only', async () => {
  const other = '{ id: n, driver: asked, options: { unit: 2 }, points: [{ name: q, address: 0 }] }';
  const text = signing(keys(`${OPS}, devices: [m], points: [q]`)).replace(/( +- )({ id: m,.*)/, `$1$2\n$1${other}`);
  expect((await problems(text, { files: FILES })).join()).toContain('keys[0].points[0]: no device that the key is for');
  const both = text.replace('devices: [m]', 'devices: [m, n]').replace('points: [q]', 'points: [p, q]');
  expect(await problems(both, { files: FILES })).toEqual([]);
});

test('points of a device whose driver can not be loaded are not judged: all other devices run', async () => {
  const text = signing(keys(`${OPS}, points: [q]`)).replace('driver: asked', 'driver: broken');
  expect(await problems(text, { files: FILES })).toEqual([]);
});

test('one key under two ids is warned of, in whatever file; and keys that nothing asks for', async () => {
  const files = { ...FILES, 'copy.pem': `\n${KEY.replaceAll('\n', '\r\n')}` };
  const twice = signing(
    `required: [write]\n${keys(OPS, 'id: b, publicKeyFile: backup.pem', 'id: c, publicKeyFile: copy.pem')}`,
  );
  expect((await warnings(twice, { files })).join('\n')).toMatch(
    /keys\[2\]\.publicKeyFile: another id has the same key: what both may do adds up$/,
  );
  const unasked = await warnings(signing(keys(OPS)), { files });
  expect(unasked.join('\n')).toMatch(/required: names no command: all of them are taken unsigned too$/);
});

describe('a key file', () => {
  const pem = (type: 'ed448' | 'x25519') =>
    generateKeyPairSync(type as 'ed448')
      .publicKey.export({ format: 'pem', type: 'spki' })
      .toString();
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ed = generateKeyPairSync('ed25519');
  const privateKey = ed.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const PRIVATE = 'holds a private key: it belongs to who signs';
  const body = KEY.split('\n')[1] ?? '';

  test.each([
    ['nothing', '', FORM],
    ['something else', 'canary', FORM],
    ['a private key', privateKey, PRIVATE],
    ['both keys', KEY + privateKey, PRIVATE],
    ['an encrypted private key', '-----BEGIN ENCRYPTED PRIVATE KEY-----', PRIVATE],
    ['two public keys', KEY + newKey(), FORM],
    ['an Ed448 key', pem('ed448'), FORM],
    ['an X25519 key', pem('x25519'), FORM],
    ['an RSA key', rsa.publicKey.export({ format: 'pem', type: 'spki' }).toString(), FORM],
    ['an RSA key in its own form', rsa.publicKey.export({ format: 'pem', type: 'pkcs1' }).toString(), FORM],
    ['a key on P-256', ec.publicKey.export({ format: 'pem', type: 'spki' }).toString(), FORM],
    ['a key that was cut', KEY.replace(body, body.slice(0, 40)), FORM],
    [
      'a key with bytes after it',
      KEY.replace(body, Buffer.from(`${Buffer.from(body, 'base64').toString('latin1')}x`, 'latin1').toString('base64')),
      FORM,
    ],
    ['the key without its lines', body, FORM],
    ['the key of OpenSSH', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ', FORM],
    ['a certificate', KEY.replaceAll('PUBLIC KEY', 'CERTIFICATE'), FORM],
    ['far too much', `${KEY}${' '.repeat(4_096)}`, 'is larger than 4096 bytes'],
  ])('that holds %s is refused, and nothing of it is shown', async (_what, content, message) => {
    expect(await refused(keys(OPS), { 'ops.pem': content })).toEqual([
      `commands.signing.keys[0].publicKeyFile: ${message}`,
    ]);
  });

  test('may end its lines as it likes', () => {
    for (const text of [KEY, KEY.trim(), `\n${KEY}\n\n`, KEY.replaceAll('\n', '\r\n')]) {
      expect(parsePublicKey(text)).toMatchObject({ ok: true, key: { asymmetricKeyType: 'ed25519', type: 'public' } });
    }
  });
});
