import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { REQUEST_BYTES, SIGNED_BYTES, SIGNED_HEADER_BYTES } from '../../../../agent/command/limits.ts';
import { admit } from '../../../../agent/command/request/admission.ts';
import { readEnvelope } from '../../../../agent/command/request/envelope.ts';
import { readCompact } from '../../../../agent/command/signature/form.ts';
import { signRequest } from '../../../../agent/command/signature/sign.ts';
import { Signatures } from '../../../../agent/command/signature/signatures.ts';
import { newFolder } from '../../../support/folder.ts';
import { ascii, base64url, HEADER, newPair, REQUEST, signatures, token } from './test-keys.ts';

const pair = newPair();
const CONTENT = JSON.stringify(REQUEST);
const VALID = token(HEADER, CONTENT, pair.privateKey);
const [HEAD = '', BODY = '', SIGNATURE = ''] = VALID.split('.');
const SIGNED = { code: 'command/signature', message: 'the signature does not fit the request' };

let known: Signatures;
beforeAll(async () => {
  known = await signatures({ ops: { pair } });
});

/** `fits`, or the one fault that there is. */
async function verdict(payload: string | Uint8Array): Promise<string> {
  try {
    await known.verify(typeof payload === 'string' ? ascii(payload) : payload);
    return 'fits';
  } catch (thrown) {
    return (thrown as { code?: string }).code ?? 'not a fault';
  }
}

/** Signed as it should be, with this in its header. */
const headed = (header: unknown) => token(header, CONTENT, pair.privateKey);

describe('a signature fits', () => {
  it('what it was made for', async () => {
    expect(await verdict(VALID)).toBe('fits');
  });

  it('under the name that RFC 9864 gives the algorithm, too', async () => {
    expect(await verdict(headed({ ...HEADER, alg: 'Ed25519' }))).toBe('fits');
  });

  it('whatever the order and the spaces in header and request', async () => {
    const header = '{ "typ":"fieldward-command+jws",\n "kid" : "ops", "alg":"EdDSA" }';
    const content = `\n{ "command" : "write","id":"a-1", "device":"meter-1" , "gateway":"gw","expiresAt":"x" }\t`;
    const { payload, ...claims } = await known.verify(ascii(token(header, content, pair.privateKey)));
    expect(claims).toEqual({ key: 'ops', gateway: 'gw', device: 'meter-1', command: 'write' });
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual({ id: 'a-1', expiresAt: 'x' });
  });

  it('a second time: that the request was seen is for the ledger to know, by its id', async () => {
    const seen = [await known.verify(ascii(VALID)), await known.verify(ascii(VALID))];
    expect(seen.map(({ payload }) => readEnvelope(payload, false).id)).toEqual(['a-1', 'a-1']);
  });

  it('after its time: the expiry was signed with it, and is judged as that of every request', async () => {
    const { payload } = await known.verify(ascii(VALID));
    const late = Date.UTC(2026, 10, 23, 10, 15, 10);
    const circumstances = { stopping: false, lockedOut: false, enabled: true, retained: false, maxAgeMs: 30_000 };
    const at = { ...circumstances, clock: 'synchronized' as const, wall: late, mayHaveForgotten: () => false };
    expect(() => admit(readEnvelope(payload, false), at)).toThrow('expired');
    expect(admit(readEnvelope(payload, false), { ...at, wall: late - 1 })).toMatchObject({ id: 'a-1' });
  });

  it('at another gateway or device, where the claims tell that it is for this one', async () => {
    const foreign = await signRequest(pair.privateKey, 'ops', { ...REQUEST, gateway: 'gw-2', device: 'meter-2' });
    expect(await known.verify(ascii(foreign))).toMatchObject({ gateway: 'gw-2', device: 'meter-2' });
  });
});

describe('a signature does not fit', () => {
  it('when any bit of any character is another', async () => {
    const fitting: string[] = [];
    for (let i = 0; i < VALID.length; i++) {
      for (let bit = 1; bit < 256; bit <<= 1) {
        const altered = ascii(VALID);
        altered[i] = (altered[i] ?? 0) ^ bit;
        if ((await verdict(altered)) !== 'command/signature') fitting.push(`${i} ^ ${bit}`);
      }
    }
    expect(fitting).toEqual([]);
  });

  it('when any byte of header, request or signature is another', async () => {
    const fitting: string[] = [];
    for (const part of [0, 1, 2]) {
      const parts = [HEAD, BODY, SIGNATURE];
      const bytes = Buffer.from(parts[part] ?? '', 'base64url');
      for (let i = 0; i < bytes.length; i++) {
        const altered = Buffer.from(bytes);
        altered[i] = (altered[i] ?? 0) ^ (1 << (i % 8));
        const whole = parts.with(part, base64url(altered)).join('.');
        if ((await verdict(whole)) !== 'command/signature') fitting.push(`${part}: ${i}`);
      }
    }
    expect(fitting).toEqual([]);
  });

  it('when it is cut anywhere', async () => {
    for (let length = 0; length < VALID.length; length++) {
      expect(await verdict(VALID.slice(0, length))).toBe('command/signature');
    }
  });

  it('whatever else is done to it', async () => {
    const place = fc.nat(VALID.length);
    const piece = fc.oneof(
      fc.string({ maxLength: 4 }),
      fc.constantFrom('.', '=', 'A', '\n', ' ', '\ufeff', '\u0000', HEAD),
    );
    const change = fc.record({ from: place, to: place, piece });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        let altered = VALID;
        for (const { from, to, piece } of changes) {
          const [start, end] = [Math.min(from, to), Math.max(from, to)];
          altered = altered.slice(0, start) + piece + altered.slice(end - start > 8 ? start + 1 : end);
        }
        fc.pre(altered !== VALID);
        expect(await verdict(Buffer.from(altered))).toBe('command/signature');
      }),
      { numRuns: 1_000 },
    );
  });

  it('in the fifteen other spellings of its last character', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const same = [...alphabet].filter((last) => {
      const spelling = SIGNATURE.slice(0, -1) + last;
      return Buffer.from(spelling, 'base64url').equals(Buffer.from(SIGNATURE, 'base64url'));
    });
    expect(same).toHaveLength(16);
    const verdicts = await Promise.all(same.map((last) => verdict(VALID.slice(0, -1) + last)));
    expect(verdicts.filter((each) => each === 'fits')).toHaveLength(1);
  });

  it('in another spelling of header or request, even if that was signed', async () => {
    // one byte more than a multiple of three leaves four bits over
    const content = CONTENT.padEnd(Math.ceil(CONTENT.length / 3) * 3 + 1, ' ');
    const good = base64url(content);
    const other = good.slice(0, -1) + String.fromCharCode(good.charCodeAt(good.length - 1) + 1);
    expect(Buffer.from(other, 'base64url').toString()).toBe(content);
    const signed = (encoded: string) => {
      const input = `${HEAD}.${encoded}`;
      return `${input}.${base64url(sign(null, Buffer.from(input), pair.privateKey))}`;
    };
    expect(await verdict(signed(good))).toBe('fits');
    expect(await verdict(signed(other))).toBe('command/signature');
    expect(await verdict(signed(`${good}A`))).toBe('command/signature');
  });

  it('when its second half has grown by the order of the curve: the other number that is the same (RFC 8032, 8.4)', async () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const bytes = Buffer.from(SIGNATURE, 'base64url');
    const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString('hex')}`) + order;
    Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse().copy(bytes, 32);
    expect(await verdict(`${HEAD}.${BODY}.${base64url(bytes)}`)).toBe('command/signature');
  });

  it.each([
    ['spaces before', ` ${VALID}`],
    ['a byte order mark before', `\xef\xbb\xbf${VALID}`],
    ['a line end', `${VALID}\n`],
    ['a zero byte', `${VALID}\0`],
    ['bytes after it', `${VALID}AAAA`],
    ['padding', `${VALID}==`],
    ['a line end within', `${HEAD}\n.${BODY}.${SIGNATURE}`],
    ['a fourth part', `${VALID}.`],
    ['an empty first part', `.${VALID}`],
    ['no request', `${HEAD}..${SIGNATURE}`],
    ['no signature', `${HEAD}.${BODY}.`],
    ['the other base64', VALID.replaceAll('-', '+').replaceAll('_', '/').concat('=')],
    ['letters beyond ASCII', VALID.replace('e', '\xe9')],
    ['the JSON serialization', JSON.stringify({ protected: HEAD, payload: BODY, signature: SIGNATURE })],
    ['nothing', ''],
  ])('with %s', async (_what, payload) => {
    expect(await verdict(payload)).toBe('command/signature');
  });
});

describe('a header is refused, though it was signed,', () => {
  const { alg, kid, typ } = HEADER;
  it.each([
    ['with crit', { ...HEADER, crit: ['exp'] }],
    ['with an empty crit', { ...HEADER, crit: [] }],
    ['with b64', { ...HEADER, b64: true }],
    ['with b64 and crit', { ...HEADER, b64: false, crit: ['b64'] }],
    ['with a key of its own', { ...HEADER, jwk: createPublicKey(pair.publicKey).export({ format: 'jwk' }) }],
    ['with jku', { ...HEADER, jku: 'https://keys.example' }],
    ['with x5u', { ...HEADER, x5u: 'https://keys.example' }],
    ['with x5c', { ...HEADER, x5c: [] }],
    ['with zip', { ...HEADER, zip: 'DEF' }],
    ['with cty', { ...HEADER, cty: 'json' }],
    ['with the type of a token', { ...HEADER, typ: 'JWT' }],
    ['with the type in capitals', { ...HEADER, typ: typ.toUpperCase() }],
    ['with the long form of the type', { ...HEADER, typ: `application/${typ}` }],
    ['without a type', { alg, kid }],
    ['without a key', { alg, typ }],
    ['with a key that nobody knows', { ...HEADER, kid: 'nobody' }],
    ['with a number for the key', { ...HEADER, kid: 1 }],
    ['with a list for the key', { ...HEADER, kid: ['ops'] }],
    ['with the key of every object', { ...HEADER, kid: '__proto__' }],
    ['with the maker of every object', { ...HEADER, kid: 'constructor' }],
    ['with a key with spaces', { ...HEADER, kid: ' ops' }],
    ['without an algorithm', { kid, typ }],
    ['with no algorithm', { ...HEADER, alg: 'none' }],
    ['with No algorithm', { ...HEADER, alg: 'nOnE' }],
    ['with an algorithm in small letters', { ...HEADER, alg: 'eddsa' }],
    ['with the algorithm in a list', { ...HEADER, alg: ['EdDSA'] }],
    ['with Ed448', { ...HEADER, alg: 'Ed448' }],
    ['with HS256', { ...HEADER, alg: 'HS256' }],
    ['with ES256', { ...HEADER, alg: 'ES256' }],
    ['with a name twice', `{"alg":"EdDSA","alg":"EdDSA","kid":"ops","typ":"${typ}"}`],
    ['with two keys', `{"alg":"EdDSA","kid":"nobody","kid":"ops","typ":"${typ}"}`],
    ['with two keys, one in escapes', `{"alg":"EdDSA","k\\u0069d":"nobody","kid":"ops","typ":"${typ}"}`],
    ['with a prototype', `{"__proto__":{},"alg":"EdDSA","kid":"ops","typ":"${typ}"}`],
    ['that is a list', [HEADER]],
    ['that is a text', '"EdDSA"'],
    ['that is null', 'null'],
    ['that is no JSON', JSON.stringify(HEADER).slice(0, -1)],
    ['with a byte order mark', `\ufeff${JSON.stringify(HEADER)}`],
  ])('%s', async (_what, header) => {
    expect(await verdict(headed(header))).toBe('command/signature');
  });

  it('with another algorithm, before any key is looked at', () => {
    expect(readCompact(ascii(VALID))).toEqual({ text: VALID, keyId: 'ops' });
    for (const other of ['none', 'ES256', 'HS256', 'RS256', 'Ed448']) {
      expect(readCompact(ascii(headed({ ...HEADER, alg: other })))).toBeUndefined();
    }
  });

  it('that is no UTF-8', async () => {
    const bytes = Buffer.from(JSON.stringify(HEADER));
    bytes[bytes.indexOf('ops')] = 0xc0;
    const input = `${base64url(bytes)}.${BODY}`;
    expect(await verdict(`${input}.${base64url(sign(null, Buffer.from(input), pair.privateKey))}`)).toBe(
      'command/signature',
    );
  });

  it(`that is longer than ${SIGNED_HEADER_BYTES} bytes, though it says nothing more`, async () => {
    const padded = (length: number) => JSON.stringify(HEADER).padEnd(length, ' ');
    expect(await verdict(headed(padded(SIGNED_HEADER_BYTES)))).toBe('fits');
    expect(await verdict(headed(padded(SIGNED_HEADER_BYTES + 1)))).toBe('command/signature');
    expect(await verdict(headed(padded(60_000)))).toBe('command/signature');
  });
});

describe('a key of another kind', () => {
  const with_ = (alg: string, signer: (input: Buffer) => Buffer) => {
    const input = `${base64url(JSON.stringify({ ...HEADER, alg }))}.${BODY}`;
    return `${input}.${base64url(signer(Buffer.from(input)))}`;
  };
  const publicKey = createPublicKey(pair.publicKey);
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');

  it('is none: not the public one as a secret, in whatever form', async () => {
    for (const secret of [
      pair.publicKey,
      pair.publicKey.trim(),
      publicKey.export({ format: 'der', type: 'spki' }),
      raw,
    ]) {
      for (const hash of ['sha256', 'sha512']) {
        const alg = `HS${hash.slice(3)}`;
        expect(await verdict(with_(alg, (input) => createHmac(hash, secret).update(input).digest()))).toBe(
          'command/signature',
        );
      }
    }
  });

  it('is none: not on P-256, whose signatures are as long, nor RSA, nor Ed448', async () => {
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const ed448 = generateKeyPairSync('ed448').privateKey;
    const ieee = (input: Buffer) => sign('sha256', input, { key: p256, dsaEncoding: 'ieee-p1363' });
    for (const alg of ['ES256', 'EdDSA']) expect(await verdict(with_(alg, ieee))).toBe('command/signature');
    for (const alg of ['RS256', 'EdDSA']) {
      expect(await verdict(with_(alg, (input) => sign('sha256', input, rsa)))).toBe('command/signature');
    }
    for (const alg of ['Ed448', 'EdDSA']) {
      expect(await verdict(with_(alg, (input) => sign(null, input, ed448)))).toBe('command/signature');
    }
  });

  it('is none: nothing at all in the place of a signature', async () => {
    for (const alg of ['none', 'EdDSA']) {
      for (const length of [0, 64]) {
        expect(await verdict(with_(alg, () => Buffer.alloc(length)))).toBe('command/signature');
      }
    }
  });

  it('is none: not another Ed25519 key under the same id', async () => {
    expect(await verdict(token(HEADER, CONTENT, newPair().privateKey))).toBe('command/signature');
  });

  it('is none: not another key of the config under this id', async () => {
    const other = newPair();
    const two = await signatures({ ops: { pair }, backup: { pair: other } });
    const swapped = token({ ...HEADER, kid: 'backup' }, CONTENT, pair.privateKey);
    await expect(two.verify(ascii(swapped))).rejects.toMatchObject(SIGNED);
    await expect(two.verify(ascii(token(HEADER, CONTENT, other.privateKey)))).rejects.toMatchObject(SIGNED);
  });
});

describe('what was signed is refused', () => {
  const { gateway: _gateway, ...withoutGateway } = REQUEST;
  const { command: _command, ...withoutCommand } = REQUEST;
  it.each([
    ['when it is no JSON', CONTENT.slice(0, -1)],
    ['when it is a list', `[${CONTENT}]`],
    ['when it is null', 'null'],
    ['when it is a text', JSON.stringify(CONTENT)],
    ['when it is signed itself', VALID],
    ['when it is signed itself, as a JSON text', JSON.stringify(VALID)],
    ['without the gateway', JSON.stringify(withoutGateway)],
    ['without the command', JSON.stringify(withoutCommand)],
    ['with a number for the gateway', JSON.stringify({ ...REQUEST, gateway: 1 })],
    ['with a list for the command', JSON.stringify({ ...REQUEST, command: ['write'] })],
    ['with null for the device', JSON.stringify({ ...REQUEST, device: null })],
    ['with two gateways', CONTENT.replace('{', '{"gateway":"gw-2",')],
    ['with two devices, one in escapes', CONTENT.replace('{', '{"\\u0064evice":"meter-2",')],
    ['with the command twice, though it is the same', CONTENT.replace('{', '{"command":"write",')],
    ['with claims that a prototype has', '{"__proto__":{"gateway":"gw","command":"write"}}'],
    ['with claims further down', JSON.stringify({ args: REQUEST })],
    ['with a byte order mark', `\ufeff${CONTENT}`],
  ])('%s', async (_what, content) => {
    expect(await verdict(token(HEADER, content, pair.privateKey))).toBe('command/signature');
  });

  it('when it is no UTF-8', async () => {
    const bytes = Buffer.from(CONTENT);
    bytes[bytes.indexOf('a-1')] = 0xff;
    expect(await verdict(token(HEADER, bytes, pair.privateKey))).toBe('command/signature');
  });

  it('when it is larger than an unsigned request may be', async () => {
    const largest = token(
      JSON.stringify(HEADER).padEnd(SIGNED_HEADER_BYTES),
      CONTENT.padEnd(REQUEST_BYTES),
      pair.privateKey,
    );
    expect(largest.length).toBeLessThanOrEqual(SIGNED_BYTES);
    expect(largest.length).toBeGreaterThan(SIGNED_BYTES - 4);
    expect(await verdict(largest)).toBe('fits');
    expect(await verdict(token(HEADER, CONTENT.padEnd(REQUEST_BYTES + 1), pair.privateKey))).toBe('command/signature');
  });
});

describe('what was signed is what is judged', () => {
  const judged = async (content: string) => {
    const { payload } = await known.verify(ascii(token(HEADER, content, pair.privateKey)));
    return { text: Buffer.from(payload).toString(), envelope: readEnvelope(payload, false) };
  };

  it.each([
    ['an arg twice', '{"relay":false,"relay":true}'],
    ['an arg twice, once in escapes', '{"relay":false,"rel\\u0061y":true}'],
    ['a prototype', '{"__proto__":{"relay":true}}'],
    ['half a character', '{"label":"\\ud800"}'],
  ])('%s is malformed, and answered under its id', async (_what, args) => {
    const { envelope } = await judged(CONTENT.replace('{"relay":true}', args));
    expect(envelope).toEqual({ id: 'a-1', fault: 'command/malformed' });
  });

  it('an id twice is malformed', async () => {
    const { envelope } = await judged(CONTENT.replace('{', '{"id":"a-0",'));
    expect(envelope).toMatchObject({ fault: 'command/malformed' });
  });

  it('numbers, texts and spaces stay as they were written', async () => {
    const args = '{ "a": -0, "b":1e400, "c":0.1000,"d":"},{\\"gateway\\":\\"x\\\\", "gateway":"y" }';
    const { text } = await judged(CONTENT.replace('{"relay":true}', args));
    expect(text).toBe(`{"id":"a-1","expiresAt":"2026-11-23T10:15:10Z","args":${args}}`);
  });

  it('for every request: without the claims it is the same, wherever they stood', async () => {
    const member = fc.tuple(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 3 }));
    const members = fc.uniqueArray(member, { maxLength: 5, selector: ([name]) => name });
    await fc.assert(
      fc.asyncProperty(members, fc.array(fc.nat(8), { minLength: 3, maxLength: 3 }), async (others, places) => {
        fc.pre(others.every(([name]) => !['gateway', 'device', 'command'].includes(name)));
        const all = [...others];
        const claims = [
          ['gateway', 'gw'],
          ['device', 'm'],
          ['command', 'write'],
        ] as const;
        for (const [i, claim] of claims.entries()) all.splice(places[i] ?? 0, 0, [...claim]);
        const write = (each: typeof others) =>
          `{${each.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
        const { text } = await judged(write(all));
        expect(text).toBe(write(others));
      }),
      { numRuns: 200 },
    );
  });
});

describe('a payload', () => {
  it('means to be signed when no JSON can begin like it', () => {
    expect(known.isSigned(ascii(VALID))).toBe(true);
    expect(known.isSigned(ascii(headed('{\n}')))).toBe(true);
    expect(known.isSigned(new Uint8Array())).toBe(false);
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(known.isSigned(Buffer.from(text))).toBe(false);
      }),
    );
  });

  it('may be a part of a larger buffer', async () => {
    const buffer = Buffer.from(`xx${VALID}xx`);
    expect(await verdict(buffer.subarray(2, -2))).toBe('fits');
  });
});

describe('keys', () => {
  it('are changed by two at a time: the old one is refused once it is gone', async () => {
    const fresh = newPair();
    const [old, next] = [VALID, token({ ...HEADER, kid: 'ops-2027' }, CONTENT, fresh.privateKey)];
    const both = await signatures({ ops: { pair }, 'ops-2027': { pair: fresh } });
    expect((await both.verify(ascii(old))).key).toBe('ops');
    expect((await both.verify(ascii(next))).key).toBe('ops-2027');
    const after = await signatures({ 'ops-2027': { pair: fresh } });
    expect((await after.verify(ascii(next))).key).toBe('ops-2027');
    await expect(after.verify(ascii(old))).rejects.toMatchObject(SIGNED);
    expect(after.permits('ops', { command: 'ping' }, {})).toBe(false);
  });

  it('need not be there: then nothing is signed well', async () => {
    const none = await signatures({});
    await expect(none.verify(ascii(VALID))).rejects.toMatchObject(SIGNED);
  });

  it('that have gone since the config was read are a fault of the credentials', async () => {
    const publicKeyFile = join(await newFolder(), 'ops.pem');
    await unlink(publicKeyFile).catch(() => undefined);
    await expect(Signatures.load({ required: [], keys: [{ id: 'ops', publicKeyFile }] })).rejects.toMatchObject({
      code: 'config/credential',
    });
  });
});
