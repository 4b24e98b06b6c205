import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { onTestFinished } from 'vitest';
import { createWebSocketStream, WebSocketServer } from 'ws';
import type { Pair } from './certificates.ts';

/** A web server as it stands before brokers: WebSockets at `/mqtt` over TLS, handed on to a broker's TCP port. @returns its port */
export async function webSocketFront({ cert, key }: Pair, broker: number): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) });
  server.on('connection', (socket: Socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));
  const handleProtocols = (offered: Set<string>) => offered.has('mqtt') && 'mqtt';
  new WebSocketServer({ server, path: '/mqtt', handleProtocols }).on('connection', (webSocket) => {
    const onwards = connect(broker, '127.0.0.1');
    sockets.add(onwards);
    const stream = createWebSocketStream(webSocket);
    pipeline(stream, onwards, stream, () => webSocket.terminate());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
