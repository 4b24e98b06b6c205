import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NameLookup } from '../../../../agent/link/connection/name-lookup.ts';
import { openTunnel } from '../../../../agent/link/connection/tunnel.ts';
import { httpProxy } from '../../../support/http-proxy.ts';

const never = new AbortController().signal;

/** A server that says this to every client, after it was asked something. */
async function says(text: string): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.once('data', () => socket.write(text));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A server that sends everything back. */
async function echo(): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function tunnel(port: number, target: number, credentials?: string, signal = never): Promise<Socket> {
  const proxy = {
    host: '127.0.0.1',
    port,
    credentials: credentials === undefined ? undefined : Buffer.from(credentials),
  };
  return openTunnel(proxy, { host: '127.0.0.1', port: target }, new NameLookup(), signal);
}

describe('a tunnel through an HTTP proxy', () => {
  it('carries bytes both ways once the proxy has let it through', async () => {
    const proxy = await httpProxy('user:s3cret:with colon');
    const port = await echo();
    const socket = await tunnel(proxy.port, port, 'user:s3cret:with colon');
    socket.write('there and back');
    const [heard] = await new Promise<Buffer[]>((resolve) => socket.once('data', (chunk) => resolve([chunk])));
    expect(String(heard)).toBe('there and back');
    expect(proxy.asked).toEqual([`127.0.0.1:${port}`]);
    socket.destroy();
  });

  it('is refused with other credentials, and says so', async () => {
    const proxy = await httpProxy('user:right');
    const port = await echo();
    await expect(tunnel(proxy.port, port, 'user:wrong')).rejects.toMatchObject({ code: 'link/proxy-credentials' });
    await expect(tunnel(proxy.port, port)).rejects.toMatchObject({ code: 'link/proxy-credentials' });
  });

  it.each([
    ['forbids it', 'HTTP/1.1 403 Forbidden\r\n\r\n'],
    ['can not reach the broker', 'HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n'],
    ['speaks before it is asked', 'HTTP/1.1 200 OK\r\n\r\nhello'],
    ['is none', '220 mail.example ready\r\n'],
    ['has an endless header', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`],
  ])('is none where the proxy %s', async (_, text) => {
    await expect(tunnel(await says(text), 1)).rejects.toMatchObject({ code: 'link/proxy' });
  });

  it('ends with the attempt where the proxy says nothing', async () => {
    const attempt = new AbortController();
    const opening = tunnel(await says(''), 1, undefined, attempt.signal);
    attempt.abort();
    await expect(opening).rejects.toMatchObject({ code: 'link/timeout' });
    await expect(tunnel(await says(''), 1, undefined, attempt.signal)).rejects.toMatchObject({ code: 'link/timeout' });
  });

  it('says that the proxy can not be reached', async () => {
    const port = await echo();
    const proxy = { host: '127.0.0.1', port: 1 };
    await expect(openTunnel(proxy, { host: '127.0.0.1', port }, new NameLookup(), never)).rejects.toMatchObject({
      code: 'link/unreachable',
    });
  });
});
