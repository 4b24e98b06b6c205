import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface HttpProxyServer {
  readonly port: number;
  /** The targets that were asked for, in order. */
  readonly asked: readonly string[];
  /** Ends all connections that go through it. */
  cut(): void;
}

/** An HTTP proxy that lets CONNECT through, to clients that name these credentials if there are any. */
export async function httpProxy(credentials?: string): Promise<HttpProxyServer> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connection', (socket) =>
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket))),
  );
  server.on('connect', ({ url = '', headers }, socket, head) => {
    asked.push(url);
    const expected = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
    if (headers['proxy-authorization'] !== expected) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n');
      return;
    }
    const { hostname, port } = new URL(`http://${url}`);
    const onwards = connect(Number(port || 80), hostname.replace(/^\[|\]$/g, ''));
    sockets.add(onwards);
    onwards.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    onwards.once('connect', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onwards.write(head);
      onwards.pipe(socket).pipe(onwards);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, asked, cut };
}
