import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEnvelope } from '../../../../agent/command/request/envelope.ts';
import { type SignedRequest, signRequest } from '../../../../agent/command/signature/sign.ts';
import { signCompact, verifyCompact } from '../../../../agent/command/signature/signing.ts';
import { newFolder } from '../../../support/folder.ts';
import { ascii, newPair, REQUEST, signatures, token } from './test-keys.ts';

/** RFC 8037, appendix A.1, A.2 and A.4. */
const RFC_8037 = {
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  header: '{"alg":"EdDSA"}',
  content: 'Example of Ed25519 signing',
  compact:
    'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
};
const okp = (more: object) => ({ key: { kty: 'OKP', crv: 'Ed25519', x: RFC_8037.x, ...more }, format: 'jwk' }) as const;

describe('the example of RFC 8037', () => {
  it('verifies, and is no signed request', async () => {
    const publicKey = createPublicKey(okp({}));
    expect(Buffer.from(await verifyCompact(RFC_8037.compact, publicKey)).toString()).toBe(RFC_8037.content);
    const publicPem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
    const known = await signatures({ ops: { pair: { privateKey: '', publicKey: publicPem } } });
    await expect(known.verify(ascii(RFC_8037.compact))).rejects.toMatchObject({ code: 'command/signature' });
  });

  it('is what these tests sign themselves', () => {
    const privateKey = createPrivateKey(okp({ d: RFC_8037.d }));
    expect(token(RFC_8037.header, RFC_8037.content, privateKey)).toBe(RFC_8037.compact);
  });
});

describe('a request that is signed', () => {
  const pair = newPair();

  it('is a JWS in compact form whose header says algorithm, key and type, and nothing else', async () => {
    const signed = await signRequest(pair.privateKey, 'ops', REQUEST);
    const [header = '', content = '', signature = '', ...more] = signed.split('.');
    expect(more).toEqual([]);
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      alg: 'EdDSA',
      kid: 'ops',
      typ: 'fieldward-command+jws',
    });
    expect(JSON.parse(Buffer.from(content, 'base64url').toString())).toEqual(REQUEST);
    expect(Buffer.from(signature, 'base64url')).toHaveLength(64);
  });

  it('is signed as the algorithm says, without chance: equal requests have equal signatures', async () => {
    const content = new TextEncoder().encode('{}');
    const header = { alg: 'EdDSA', kid: 'ops', typ: 'fieldward-command+jws' };
    const signed = await signCompact(content, 'ops', createPrivateKey(pair.privateKey));
    expect(signed).toBe(token(header, content, pair.privateKey));
  });

  it('comes out of the verification as it went in', async () => {
    const known = await signatures({ ops: { pair } });
    const { payload, ...claims } = await known.verify(ascii(await signRequest(pair.privateKey, 'ops', REQUEST)));
    expect(claims).toEqual({ key: 'ops', gateway: 'gw', device: 'meter-1', command: 'write' });
    expect(readEnvelope(payload, false)).toEqual({
      id: 'a-1',
      request: { id: 'a-1', expiresAt: Date.UTC(2026, 10, 23, 10, 15, 10), args: { relay: true } },
    });
  });

  it('may be for the gateway itself, and without args', async () => {
    const known = await signatures({ ops: { pair } });
    const { device: _device, args: _args, ...rest } = REQUEST;
    const request: SignedRequest = { ...rest, command: 'restart' };
    const signed = await known.verify(ascii(await signRequest(pair.privateKey, 'ops', request)));
    expect(signed).toMatchObject({ gateway: 'gw', device: undefined, command: 'restart' });
    expect(readEnvelope(signed.payload, false).request).toMatchObject({ id: 'a-1', args: {} });
  });

  it('takes the keys that openssl makes', async () => {
    const folder = await newFolder();
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
    openssl('genpkey', '-algorithm', 'ed25519', '-out', 'ops.key');
    openssl('pkey', '-in', 'ops.key', '-pubout', '-out', 'ops.pem');
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    const made = { privateKey: read('ops.key'), publicKey: read('ops.pem') };
    const known = await signatures({ ops: { pair: made } });
    const signed = await signRequest(made.privateKey, 'ops', REQUEST);
    expect(await known.verify(ascii(signed))).toMatchObject({ key: 'ops', command: 'write' });
  });
});

describe('signing is refused', () => {
  const pem = (key: { export(options: { format: 'pem'; type: 'pkcs8' }): string | Buffer }) =>
    key.export({ format: 'pem', type: 'pkcs8' }).toString();
  const pair = newPair();
  const encrypted = createPrivateKey(pair.privateKey)
    .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' })
    .toString();
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

  it.each([
    ['nothing', ''],
    ['no key', 'canary'],
    ['a public key', pair.publicKey],
    ['an encrypted key', encrypted],
    ['a key on P-256', pem(p256)],
    ['a key on P-256 in its own form', p256.export({ format: 'pem', type: 'sec1' }).toString()],
    ['an Ed448 key', pem(generateKeyPairSync('ed448').privateKey)],
    ['an X25519 key', pem(generateKeyPairSync('x25519').privateKey)],
    ['two keys', pair.privateKey + newPair().privateKey],
    ['half a key', pair.privateKey.replace(/[A-Za-z0-9+/=]{20}\n/, '\n')],
  ])('with %s', async (_what, privateKey) => {
    await expect(signRequest(privateKey, 'ops', REQUEST)).rejects.toMatchObject({
      code: 'config/credential',
      message: 'a credential file is missing or unreadable',
    });
  });
});
