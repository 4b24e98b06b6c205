import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { Fault } from '../../../drivers/contract/fault.ts';
import { faultOfSocket } from '../link-faults.ts';
import { openTunnel } from './tunnel.ts';
import type { Way } from './way.ts';
import { openWebSocket } from './web-socket.ts';

/**
 * A connection that carries MQTT. With TLS nothing of ours is written before the broker's certificate has been checked:
 * signed by the authority, in its time, and for this host.
 * @param signal ends the attempt
 * @throws Fault `link/unreachable`, `link/name`, `link/timeout` (the signal), `link/tls`, `link/certificate-…`, `link/proxy…`,
 *   `link/websocket`
 */
export async function openSocket(way: Way, signal: AbortSignal): Promise<Duplex> {
  const { address } = way;
  const socket = await openTransport(way, signal);
  return address.path === undefined ? socket : openWebSocket(socket, address, signal);
}

/** The same without what a WebSocket adds. */
export async function openTransport(way: Way, signal: AbortSignal): Promise<Socket> {
  const { address } = way;
  if (signal.aborted) throw new Fault('link/timeout');
  const tunnel = way.proxy && (await openTunnel(way.proxy, address, way.names, signal));
  const socket = tunnel !== undefined && !address.secure ? tunnel : await opened(way, tunnel, signal);
  way.seen?.(socket);
  return socket.setNoDelay(true);
}

async function opened(way: Way, tunnel: Socket | undefined, signal: AbortSignal): Promise<Socket> {
  const { address } = way;
  const socket = dial(way, tunnel);
  // for as long as the socket lives: an error that nobody listens to would end the process
  socket.on('error', () => {});
  const release: (() => void)[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const cancel = () => reject(new Fault('link/timeout'));
      const fail = (error: unknown) => reject(faultOfSocket(error));
      const end = () => reject(new Fault('link/lost'));
      signal.addEventListener('abort', cancel);
      socket
        .once(address.secure ? 'secureConnect' : 'connect', resolve)
        .once('error', fail)
        .once('close', end);
      release.push(
        () => signal.removeEventListener('abort', cancel),
        () => socket.off('error', fail).off('close', end),
      );
    });
  } catch (fault) {
    socket.destroy();
    throw fault;
  } finally {
    for (const free of release) free();
  }
  return socket;
}

function dial({ address, credentials, names, alpn }: Way, tunnel: Socket | undefined): Socket {
  const { secure, host, port } = address;
  const { lookup } = names;
  const { context } = credentials;
  if (!secure) return connectTcp({ host, port, lookup });
  if (context === undefined) throw new Fault('config/credential');
  // RFC 6066, 3: an address is no server name; the certificate is checked against it all the same
  const servername = isIP(host) === 0 ? host : '';
  // said here, so that no environment variable can switch the check off
  return connectTls({
    ...{ host, port, servername, lookup, secureContext: context, rejectUnauthorized: true },
    ...(tunnel && { socket: tunnel }),
    ...(alpn && { ALPNProtocols: [...alpn] }),
  });
}
