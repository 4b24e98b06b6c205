import { type BrokerUrl, isLoopback, parseBrokerUrl, parseProxyUrl } from '../../../config/schema/text.ts';
import { Fault } from '../../../drivers/contract/fault.ts';

/**
 * Where the broker is, as the config reads its URL.
 * @throws Fault `config/refused`, also for plaintext off the loopback that was not allowed
 */
export function brokerAddress(url: string, allowPlaintext: boolean): BrokerUrl {
  const address = parseBrokerUrl(url);
  if (address === undefined) throw new Fault('config/refused');
  if (!address.secure && !allowPlaintext && !isLoopback(address.host)) throw new Fault('config/refused');
  return address;
}

/** Whether a URL asks for TLS. */
export function isSecure(url: string): boolean {
  return parseBrokerUrl(url)?.secure === true;
}

/**
 * Where the proxy is: `http:`, nothing but host and port.
 * @throws Fault `config/refused`
 */
export function proxyAddress(url: string): { readonly host: string; readonly port: number } {
  const address = parseProxyUrl(url);
  if (address === undefined) throw new Fault('config/refused');
  return address;
}
