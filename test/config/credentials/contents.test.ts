import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificates } from '../../support/certificates.ts';
import { good, minimal, problems, warnings } from '../support.ts';

const SECRET = 'hunter2-canary';
const password = (content: string) => ({
  text: minimal().replace("'mqtt://127.0.0.1' }", "'mqtt://127.0.0.1', username: u, passwordFile: pw }"),
  given: { files: { pw: content } },
});

describe('a password file is refused that', () => {
  test.each([
    ['is empty', '', 'is empty'],
    ['holds blanks alone', '  \t\n', 'holds no password'],
    ['holds a line end alone', '\r\n', 'holds no password'],
    [
      'begins with a byte order mark',
      `\ufeff${SECRET}\n`,
      'begins with a byte order mark: save it as plain text without one',
    ],
    ['has two lines', `${SECRET}\nmore\n`, 'has more than one line: it must hold the password alone'],
    ['has two lines of Windows', `${SECRET}\r\nmore\r\n`, 'has more than one line: it must hold the password alone'],
    ['has an empty line after it', `${SECRET}\n\n`, 'has more than one line: it must hold the password alone'],
  ])('%s', async (_, content, message) => {
    const { text, given } = password(content);
    const said = await problems(text, given);
    expect(said).toEqual([`c.yaml:2:61: mqtt.passwordFile: ${message}`]);
    expect(said.join()).not.toContain(SECRET);
  });
});

test.each([SECRET, `${SECRET}\n`, `${SECRET}\r\n`, 'with blanks inside\n'])(
  'a password file may be %j',
  async (content) => {
    const { text, given } = password(content);
    await good(text, given);
    expect((await warnings(text, given)).filter((each) => !each.includes('chmod'))).toEqual([]);
  },
);

test.each([` ${SECRET}\n`, `${SECRET} \n`, `${SECRET}\t`])(
  'a blank at an end of a password is warned of: %j',
  async (content) => {
    const { text, given } = password(content);
    const said = await warnings(text, given);
    expect(said).toContain(
      'c.yaml:2:61: mqtt.passwordFile: begins or ends with a blank, which counts as part of the password',
    );
    expect(said.join()).not.toContain(SECRET);
  },
);

describe('the credentials of a proxy', () => {
  const text = minimal().replace(
    "'mqtt://127.0.0.1' }",
    "'mqtt://127.0.0.1', proxy: 'http://p', proxyCredentialsFile: pw }",
  );

  test.each(['user:password\n', 'user:', 'user:with:colons'])('may be %j', async (content) => {
    await good(text, { files: { pw: content } });
  });

  test.each([
    ['no colon', SECRET, 'must be USER:PASSWORD'],
    ['no user', `:${SECRET}`, 'must be USER:PASSWORD'],
    ['two lines', `user:${SECRET}\nmore\n`, 'has more than one line: it must hold the password alone'],
    ['more than a header holds', `user:${'x'.repeat(2000)}`, 'is longer than 1024 bytes'],
  ])('are refused with %s', async (_, content, message) => {
    const said = await problems(text, { files: { pw: content } });
    expect(said.map((line) => line.replace(/^.*proxyCredentialsFile: /, ''))).toEqual([message]);
    expect(said.join()).not.toContain(SECRET);
  });
});

describe('certificates and keys', () => {
  let folder: string;
  let files: Record<string, string>;
  let der: Buffer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fieldward-contents-'));
    const { ca, client, server } = makeCertificates(folder);
    const text = (path: string) => readFileSync(path, 'utf8');
    files = { ca: text(ca), cert: text(client.cert), key: text(client.key), otherKey: text(server.key) };
    files.request = text(join(folder, 'client.csr'));
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
    openssl('pkcs8', '-topk8', '-in', 'client.key', '-out', 'locked.key', '-passout', 'pass:x');
    files.locked = text(join(folder, 'locked.key'));
    openssl('x509', '-in', 'ca.pem', '-outform', 'der', '-out', 'ca.der');
    der = readFileSync(join(folder, 'ca.der'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const text = (gateway = 'client') =>
    minimal()
      .replace('gateway: gw', `gateway: ${gateway}`)
      .replace("'mqtt://127.0.0.1' }", "'mqtts://b', caFile: ca, certFile: cert, keyFile: key }");
  const given = (changes: Record<string, string> = {}) => {
    const { ca = '', cert = '', key = '' } = files;
    return { files: { ca, cert, key, ...changes } };
  };

  test('are taken where they fit', async () => {
    await good(text(), given());
    await good(text(), given({ ca: `# a bundle\n${files.ca}\n${files.cert}`, cert: `${files.cert}${files.ca}` }));
  });

  test.each([
    ['an empty authority', { ca: '' }, 'mqtt.caFile: is empty'],
    ['an authority that is no certificate', { ca: 'x' }, 'mqtt.caFile: holds no certificate (BEGIN CERTIFICATE)'],
    ['a key in the place of the authority', { ca: 'key' }, 'mqtt.caFile: holds a private key and no certificate'],
    ['a binary authority', { ca: 'der' }, 'mqtt.caFile: is binary (DER): turn it into PEM'],
    ['an authority that is cut off', { ca: 'cut' }, 'mqtt.caFile: holds a certificate that is cut off'],
    ['a spoilt second authority', { ca: 'spoilt' }, 'mqtt.caFile: its certificate number 2 can not be read'],
    ['an empty certificate', { cert: '' }, 'mqtt.certFile: is empty'],
    ['a request', { cert: 'request' }, 'mqtt.certFile: holds a request, not the certificate that was made from it'],
    ['an empty key', { key: '' }, 'mqtt.keyFile: is empty'],
    ['a certificate in the place of the key', { key: 'cert' }, 'mqtt.keyFile: holds a certificate and no private key'],
    ['what is no key', { key: 'x' }, 'mqtt.keyFile: holds no private key in PEM (BEGIN PRIVATE KEY)'],
    ['a spoilt key', { key: 'spoilt key' }, 'mqtt.keyFile: holds a private key that can not be read'],
    [
      'a locked key',
      { key: 'locked' },
      'mqtt.keyFile: is locked by a passphrase, which nobody can type in: store it without one',
    ],
    [
      'the key of another certificate',
      { key: 'otherKey' },
      'mqtt.keyFile: does not belong to the certificate in certFile, the first one where that holds several',
    ],
    [
      'a chain in the wrong order',
      { cert: 'backwards' },
      'mqtt.keyFile: does not belong to the certificate in certFile, the first one where that holds several',
    ],
  ])('are refused: %s', async (_, changes: Record<string, string>, message) => {
    const ca = files.ca ?? '';
    const made: Record<string, string> = {
      ...files,
      cut: ca.slice(0, 200),
      spoilt: `${ca}${ca.replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAAAAAAAAAAAAAAAAAA')}`,
      'spoilt key': (files.key ?? '').replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAAAAAAAAAAAAAAAAAA'),
      backwards: `${ca}${files.cert}`,
    };
    const [[name = '', what = ''] = []] = Object.entries(changes);
    const content = given({ [name]: made[what] ?? what });
    if (what === 'der') writeDer(content.files);
    const said = await problems(text(), content);
    expect(said.map((line) => line.replace(/^c\.yaml:\d+:\d+: /, ''))).toEqual([message]);
  });

  /** Files of the tests are text; this one is bytes. */
  const writeDer = (into: Record<string, string>) => {
    const path = join(folder, 'as-bytes');
    writeFileSync(path, der);
    Object.assign(into, { ca: readFileSync(path) as unknown as string });
  };

  test('a certificate of another name than the gateway’s is warned of', async () => {
    const said = (await warnings(text('plant7-gw01'), given())).filter((each) => each.includes('certFile'));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('its common name (CN) is not the name of the gateway');
    expect((await warnings(text('client'), given())).filter((each) => each.includes('certFile'))).toEqual([]);
  });
});

test.each([
  ['outbox', 'outbox: { directory: /dev/null }', '3:22'],
  ['outbox', 'outbox: { directory: /dev/null/below }', '3:22'],
  ['commands', 'commands: { directory: /etc/passwd }', '3:24'],
])('a folder of %s that is none is refused: %s', async (section, line, place) => {
  expect(await problems(minimal(line))).toEqual([
    `c.yaml:${place}: ${section}.directory: must be a folder, and is a file or a device`,
  ]);
});

test('a folder that is missing is none of the config’s mistakes', async () => {
  await good(minimal('outbox: { directory: /nowhere/outbox }'));
});
