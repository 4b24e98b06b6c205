import { createServer, type Socket } from 'node:net';
import { Aedes } from 'aedes';

export interface DemoBroker {
  readonly url: string;
  close(): Promise<void>;
}

/** A broker inside this process, on a free port of the loopback. It tells of everything that clients publish. */
export async function startBroker(published: (topic: string, payload: string) => void): Promise<DemoBroker> {
  const aedes = await Aedes.createBroker();
  // The broker publishes about itself under $SYS.
  aedes.on('publish', ({ topic, payload }) => {
    if (!topic.startsWith('$SYS')) published(topic, payload.toString());
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    aedes.handle(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address !== 'object') throw new Error('the broker has no port');
  return {
    url: `mqtt://127.0.0.1:${address.port}`,
    async close() {
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
