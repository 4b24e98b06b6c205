import { request } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { Fault } from '../../../drivers/contract/fault.ts';
import { faultOfSocket } from '../link-faults.ts';
import type { NameLookup } from './name-lookup.ts';

/** The address of the proxy, and our credentials for it. */
export interface HttpProxy {
  readonly host: string;
  readonly port: number;
  /** USER:PASSWORD. */
  readonly credentials?: Buffer | undefined;
}

interface Target {
  readonly host: string;
  readonly port: number;
}

/** Bytes of the longest answer of a proxy. */
const LONGEST_HEADER = 16_384;
const PROXY_AUTHENTICATION_REQUIRED = 407;

/**
 * A connection to the target through an HTTP proxy (CONNECT, RFC 9110, 9.3.6). The name of the target is the proxy's to
 * look up.
 * @throws Fault `link/proxy`, `link/proxy-credentials`, and those of a socket for the proxy itself, `link/timeout` (the signal)
 */
export function openTunnel(
  proxy: HttpProxy,
  target: Target,
  { lookup }: NameLookup,
  signal: AbortSignal,
): Promise<Socket> {
  const authority = `${isIP(target.host) === 6 ? `[${target.host}]` : target.host}:${target.port}`;
  const { host, port, credentials } = proxy;
  if (signal.aborted) return Promise.reject(new Fault('link/timeout'));
  return new Promise((resolve, reject) => {
    const headers = {
      host: authority,
      ...(credentials && { 'proxy-authorization': `Basic ${credentials.toString('base64')}` }),
    };
    const asked = request({
      ...{ host, port, method: 'CONNECT', path: authority, headers, lookup },
      ...{ agent: false, maxHeaderSize: LONGEST_HEADER, setDefaultHeaders: false },
    });
    const give = (fault: Fault) => {
      signal.removeEventListener('abort', cancel);
      reject(fault);
      asked.destroy();
    };
    const cancel = () => give(new Fault('link/timeout'));
    signal.addEventListener('abort', cancel, { once: true });
    asked
      .on('error', (error) => give(isHttp(error) ? new Fault('link/proxy', undefined, error) : faultOfSocket(error)))
      .once('connect', ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
        // an answer before the question is no broker's
        if (statusCode >= 200 && statusCode < 300 && head.length === 0) {
          signal.removeEventListener('abort', cancel);
          socket.on('error', () => {});
          resolve(socket);
          return;
        }
        socket.destroy();
        const isRefused = statusCode === PROXY_AUTHENTICATION_REQUIRED;
        give(new Fault(isRefused ? 'link/proxy-credentials' : 'link/proxy', { reason: statusCode }));
      })
      // a server that is no proxy answers as if it had been asked for a page
      .once('response', ({ statusCode = 0 }) => give(new Fault('link/proxy', { reason: statusCode })))
      .once('close', () => give(new Fault('link/proxy')))
      .end();
  });
}

/** The errors of Node's parser for an answer that is none of HTTP. */
function isHttp(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && error.code.startsWith('HPE_');
}
