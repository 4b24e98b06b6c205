import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { openWebSocket } from '../../../../agent/link/connection/web-socket.ts';

const never = new AbortController().signal;

async function listening(server: ReturnType<typeof createTcpServer>): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A broker's WebSocket at /mqtt that speaks these protocols. */
async function broker(protocols: readonly string[], met: (socket: WebSocket) => void = () => {}): Promise<number> {
  const server = createServer();
  const handleProtocols = (offered: Set<string>) => protocols.find((each) => offered.has(each)) ?? false;
  new WebSocketServer({ server, path: '/mqtt', handleProtocols }).on('connection', met);
  return listening(server);
}

async function opened(port: number, path = '/mqtt', signal = never) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  onTestFinished(() => void socket.destroy());
  return openWebSocket(socket, { secure: false, host: '127.0.0.1', port, path }, signal);
}

describe('a WebSocket to a broker', () => {
  it('carries bytes both ways as a stream', async () => {
    const port = await broker(['mqtt'], (socket) => socket.on('message', (data) => socket.send(data)));
    const stream = await opened(port);
    const heard: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => heard.push(chunk));
    stream.write(Buffer.from('there '));
    stream.write(Buffer.from('and back'));
    await expect.poll(() => Buffer.concat(heard).toString()).toBe('there and back');
    stream.destroy();
  });

  it('closes when the broker goes', async () => {
    const port = await broker(['mqtt'], (socket) => socket.terminate());
    const stream = await opened(port);
    stream.resume();
    await expect.poll(() => stream.destroyed).toBe(true);
  });

  it('ends at a frame that is larger than any message that is taken', async () => {
    const port = await broker(['mqtt'], (socket) => socket.send(Buffer.alloc(2_000_000)));
    const stream = await opened(port);
    stream.resume();
    await expect.poll(() => stream.destroyed).toBe(true);
  });

  it('is none at another path, or where MQTT is not spoken', async () => {
    await expect(opened(await broker(['mqtt']), '/other')).rejects.toMatchObject({ code: 'link/websocket' });
    await expect(opened(await broker(['chat']))).rejects.toMatchObject({ code: 'link/websocket' });
  });

  it('is none at a server that speaks no HTTP', async () => {
    const port = await listening(createTcpServer((socket) => socket.once('data', () => socket.write('220 hello\r\n'))));
    await expect(opened(port)).rejects.toMatchObject({ code: 'link/websocket' });
  });

  it('ends with the attempt where nothing answers', async () => {
    const port = await listening(createTcpServer(() => {}));
    const attempt = new AbortController();
    const opening = opened(port, '/mqtt', attempt.signal);
    setImmediate(() => attempt.abort());
    await expect(opening).rejects.toMatchObject({ code: 'link/timeout' });
  });
});
