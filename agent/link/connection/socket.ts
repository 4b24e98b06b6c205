import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { BrokerAddress } from '../failover/broker-address.ts';
import { faultOfSocket } from '../link-faults.ts';
import type { Credentials } from './credentials.ts';
import type { NameLookup } from './name-lookup.ts';

/**
 * A connected socket. With TLS nothing of ours is written before the broker's certificate has been checked:
 * signed by the authority, in its time, and for this host.
 * @param signal ends the attempt
 * @throws Fault `link/unreachable`, `link/name`, `link/timeout` (the signal), `link/tls`, `link/certificate-…`
 */
export async function openSocket(
  address: BrokerAddress,
  credentials: Credentials,
  names: NameLookup,
  signal: AbortSignal,
): Promise<Socket> {
  if (signal.aborted) throw new Fault('link/timeout');
  const socket = dial(address, credentials, names);
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
  return socket.setNoDelay(true);
}

function dial({ secure, host, port }: BrokerAddress, { context }: Credentials, { lookup }: NameLookup): Socket {
  if (!secure) return connectTcp({ host, port, lookup });
  if (context === undefined) throw new Fault('config/credential');
  // RFC 6066, 3: an address is no server name; the certificate is checked against it all the same
  const servername = isIP(host) === 0 ? host : '';
  // said here, so that no environment variable can switch the check off
  return connectTls({ host, port, servername, lookup, secureContext: context, rejectUnauthorized: true });
}
