import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { post } from '../../../agent/metrics/post.ts';
import { type Certificates, makeCertificates, type Pair } from '../../support/certificates.ts';
import { newFolder } from '../../support/folder.ts';

const made = makeCertificates(await newFolder());
// other files run in this process too
afterEach(() => void vi.unstubAllEnvs());

/** A collector with TLS, and the bodies that it got. */
async function collector({ cert, key }: Pair) {
  const heard: string[] = [];
  const [certificate, secret] = await Promise.all([readFile(cert), readFile(key)]);
  const server = createServer({ cert: certificate, key: secret }, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      body += part;
    });
    request.on('end', () => {
      heard.push(body);
      response.end('{}');
    });
  });
  server.on('tlsClientError', () => undefined);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return { heard, url: `https://localhost:${(server.address() as AddressInfo).port}/v1/metrics` };
}

const sent = async (url: string, ca: keyof Pick<Certificates, 'ca' | 'otherCa'> = 'ca') =>
  post({ url, headers: {}, body: '{"n":1}', ca: await readFile(made[ca]) }, AbortSignal.timeout(60_000));

describe('a push with TLS', () => {
  it('reaches a collector whose certificate the authority of the config signed', async () => {
    const { heard, url } = await collector(made.server);
    expect(await sent(url)).toMatchObject({ status: 200, body: '{}' });
    expect(heard).toEqual(['{"n":1}']);
  });

  it.each(['', '0'])('says nothing to any other, also with NODE_TLS_REJECT_UNAUTHORIZED=%s', async (value) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', value);
    const good = await collector(made.server);
    await expect(sent(good.url, 'otherCa')).rejects.toMatchObject({ code: 'metrics/tls' });
    const others = await Promise.all([made.expired, made.wrongName].map((pair) => collector(pair)));
    for (const { url } of others) await expect(sent(url)).rejects.toMatchObject({ code: 'metrics/tls' });
    expect([good, ...others].flatMap(({ heard }) => heard)).toEqual([]);
  });
});
