import { isIP } from 'node:net';
import { Fault } from '../../../drivers/contract/fault.ts';

export interface BrokerAddress {
  readonly secure: boolean;
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Where its WebSocket is; undefined: MQTT goes straight over TCP or TLS. */
  readonly path?: string | undefined;
}

const PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883, 'ws:': 80, 'wss:': 443 };

/**
 * Where the broker is. Only `mqtt:`, `mqtts:`, `ws:` and `wss:`, nothing but host, port and the path of a WebSocket, and no way
 * from the one to the other.
 * @throws Fault `config/refused`, also for plaintext off the loopback that was not allowed
 */
export function brokerAddress(url: string, allowPlaintext: boolean): BrokerAddress {
  if (!URL.canParse(url)) throw new Fault('config/refused');
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(url);
  const usual = Object.hasOwn(PORTS, protocol) ? PORTS[protocol] : undefined;
  const secure = isSecure(url);
  const isWebSocket = protocol.startsWith('ws');
  const path = pathname === '/' || isWebSocket ? '' : pathname;
  const extra = `${username}${password}${path}${search}${hash}`;
  if (usual === undefined || hostname === '' || extra !== '' || port === '0') throw new Fault('config/refused');
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (!secure && !allowPlaintext && !isLoopback(host)) throw new Fault('config/refused');
  return { secure, host, port: port === '' ? usual : Number(port), ...(isWebSocket && { path: pathname || '/' }) };
}

/** Whether a URL asks for TLS. */
export function isSecure(url: string): boolean {
  return /^(?:mqtts|wss):/i.test(url);
}

/**
 * Where the proxy is: `http:`, nothing but host and port.
 * @throws Fault `config/refused`
 */
export function proxyAddress(url: string): { readonly host: string; readonly port: number } {
  if (!URL.canParse(url)) throw new Fault('config/refused');
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(url);
  const extra = `${username}${password}${pathname === '/' ? '' : pathname}${search}${hash}`;
  if (protocol !== 'http:' || hostname === '' || extra !== '' || port === '0') throw new Fault('config/refused');
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? 80 : Number(port) };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
