import { isIP } from 'node:net';
import { Fault } from '../../../drivers/contract/fault.ts';

export interface BrokerAddress {
  readonly secure: boolean;
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Where the broker is. Only `mqtt:` and `mqtts:`, nothing but host and port, and no way from the one to the other.
 * @throws Fault `config/refused`, also for plaintext off the loopback that was not allowed
 */
export function brokerAddress(url: string, allowPlaintext: boolean): BrokerAddress {
  if (!URL.canParse(url)) throw new Fault('config/refused');
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(url);
  const secure = protocol === 'mqtts:';
  const extra = `${username}${password}${pathname === '/' ? '' : pathname}${search}${hash}`;
  if ((!secure && protocol !== 'mqtt:') || hostname === '' || extra !== '' || port === '0') {
    throw new Fault('config/refused');
  }
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (!secure && !allowPlaintext && !isLoopback(host)) throw new Fault('config/refused');
  return { secure, host, port: port === '' ? (secure ? 8883 : 1883) : Number(port) };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
