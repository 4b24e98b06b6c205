import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import tls, { createServer, type TlsOptions } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { readCredentials } from '../../../../agent/link/connection/credentials.ts';
import { NameLookup } from '../../../../agent/link/connection/name-lookup.ts';
import { openSocket, openTransport } from '../../../../agent/link/connection/socket.ts';
import type { BrokerAddress } from '../../../../agent/link/failover/broker-address.ts';
import { type Certificates, makeCertificates, type Pair } from '../../../support/certificates.ts';
import { newFolder } from '../../../support/folder.ts';

let certificates: Certificates;
beforeAll(async () => {
  certificates = makeCertificates(await newFolder());
});
afterEach(() => vi.unstubAllEnvs());

/** A broker's socket with this certificate, and the bytes that it heard after the handshake. */
async function server(pair: Pair, more: TlsOptions = {}) {
  const sockets = new Set<Socket>();
  const heard: Buffer[] = [];
  const key = { cert: readFileSync(pair.cert), key: readFileSync(pair.key) };
  const made = createServer({ ...key, ...more }, (socket) => socket.on('data', (chunk) => heard.push(chunk)));
  made.on('connection', (socket) => sockets.add(socket));
  made.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    made.close();
  });
  const { port } = made.address() as AddressInfo;
  return { address: { secure: true, host: '127.0.0.1', port } as BrokerAddress, heard };
}

async function opened(address: BrokerAddress, caFile = certificates.ca, signal = new AbortController().signal) {
  const credentials = await readCredentials({ caFile }, true);
  const socket = await openSocket({ address, credentials, names: new NameLookup() }, signal);
  socket.destroy();
  return 'open';
}

describe('a socket with TLS', () => {
  it('offers the protocols of the config, and takes a broker that knows none of them', async () => {
    const { address } = await server(certificates.server, { ALPNProtocols: ['other', 'x-amzn-mqtt-ca'] });
    const credentials = await readCredentials({ caFile: certificates.ca }, true);
    const way = { address, credentials, names: new NameLookup() };
    const never = new AbortController().signal;
    const chosen = async (alpn?: string[]) => {
      const socket = (await openTransport({ ...way, alpn }, never)) as tls.TLSSocket;
      socket.destroy();
      return socket.alpnProtocol;
    };
    expect(await chosen(['mqtt', 'x-amzn-mqtt-ca'])).toBe('x-amzn-mqtt-ca');
    expect(await chosen()).toBe(false);
    const deaf = await server(certificates.server);
    const socket = await openTransport({ ...way, address: deaf.address, alpn: ['mqtt'] }, never);
    socket.destroy();
  });

  it('opens to a broker that the authority vouches for', async () => {
    const { address } = await server(certificates.server);
    expect(await opened(address)).toBe('open');
  });

  it.each(['', '0'])('never opens to any other broker, also with NODE_TLS_REJECT_UNAUTHORIZED=%s', async (value) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', value);
    const good = await server(certificates.server);
    await expect(opened(good.address, certificates.otherCa)).rejects.toMatchObject({
      code: 'link/certificate-untrusted',
    });
    for (const [pair, code] of [
      [certificates.expired, 'link/certificate-expired'],
      [certificates.wrongName, 'link/certificate-name'],
    ] as const) {
      const { address, heard } = await server(pair);
      await expect(opened(address)).rejects.toMatchObject({ code });
      expect(heard).toEqual([]);
    }
  });

  it('takes no older protocol than TLS 1.2, whatever the process allows', async () => {
    const before = { min: tls.DEFAULT_MIN_VERSION, ciphers: tls.DEFAULT_CIPHERS };
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
    const { address } = await server(certificates.server, old);
    tls.DEFAULT_MIN_VERSION = 'TLSv1';
    tls.DEFAULT_CIPHERS = 'ALL:@SECLEVEL=0';
    try {
      await expect(opened(address)).rejects.toMatchObject({ code: 'link/tls' });
    } finally {
      tls.DEFAULT_MIN_VERSION = before.min;
      tls.DEFAULT_CIPHERS = before.ciphers;
    }
  });

  it('ends with the signal, also in the middle of a handshake that the broker lets wait', async () => {
    const silent = createTcpServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const attempt = new AbortController();
    const accepted = new Promise<Socket>((resolve) => silent.once('connection', resolve));
    const { port } = silent.address() as AddressInfo;
    const end = opened({ secure: true, host: '127.0.0.1', port }, certificates.ca, attempt.signal);
    const socket = await accepted;
    attempt.abort();
    await expect(end).rejects.toMatchObject({ code: 'link/timeout' });
    socket.destroy();
  });

  it('leaves nothing on the signal of the attempt, whatever came of it', async () => {
    const { address } = await server(certificates.server);
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    await opened(address, certificates.ca, signal);
    await expect(opened(address, certificates.otherCa, signal)).rejects.toMatchObject({ code: expect.any(String) });
    expect(added).toHaveBeenCalledTimes(2);
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
      added.mock.calls.map(([, listener]) => listener),
    );
  });
});
