import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';

/** The top of the checkout, found from here whether this runs from the source or from `dist/`. */
export function checkout(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package-lock.json')) && existsSync(join(folder, 'drivers'))) return folder;
    if (folder === dirname(folder)) throw new Error('this must run inside a checkout of Fieldward');
  }
}

/** Below the ports that Linux gives to outgoing connections (32768 to 60999 by default). */
const [FIRST_PORT, PORTS] = [20_000, 12_000];
const TRIES = 100;
/** Of the loopback too (RFC 1122, 3.2.1.3): a listener there reserves the same port of 127.0.0.1. */
const RESERVED_AT = '127.86.86.86';

/**
 * A TCP port of the loopback that was free a moment ago. No outgoing connection takes it meanwhile: also none of a client
 * that keeps trying the very port of a broker that is down, which could otherwise reach itself there. It is reserved until
 * this process ends: programs that run beside each other never get the same, not even while the one's broker is away.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if ((await reserve(port)) && (await isFree(port))) return port;
  }
  throw new Error('no free TCP port was found');
}

/** @returns false: another call or another program has it */
function reserve(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(false));
    server.listen(port, RESERVED_AT, () => resolve(true)).unref();
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Whether somebody takes connections at this port of the loopback. */
export async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
