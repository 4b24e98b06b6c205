import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A way to a broker that can be cut: connections end at once and new ones are refused, while the broker runs on. */
export interface Passage {
  readonly url: string;
  cut(): Promise<void>;
  open(): Promise<void>;
}

/** On a free port of the loopback that it keeps; open at first. */
export async function passageTo(brokerPort: number): Promise<Passage> {
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let port = 0;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  };
  const passage = {
    url: '',
    async cut() {
      const last = server;
      server = undefined;
      last?.close();
      for (const socket of sockets) socket.resetAndDestroy();
      if (last?.listening) await once(last, 'close');
    },
    async open() {
      if (server !== undefined) return;
      server = createServer((near) => {
        const far = connect(brokerPort, '127.0.0.1');
        keep(near);
        keep(far);
        near.pipe(far).once('close', () => near.destroy());
        far.pipe(near).once('close', () => far.destroy());
      });
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      port = (server.address() as AddressInfo).port;
    },
  };
  await passage.open();
  passage.url = `mqtt://127.0.0.1:${port}`;
  onTestFinished(() => passage.cut());
  return passage;
}
