import type { Socket } from 'node:net';
import type { MqttConfig } from '../../../config/config.ts';
import { type BrokerAddress, proxyAddress } from '../failover/broker-address.ts';
import type { Credentials } from './credentials.ts';
import type { NameLookup } from './name-lookup.ts';
import type { HttpProxy } from './tunnel.ts';

/** How a broker is reached. */
export interface Way {
  readonly address: BrokerAddress;
  readonly credentials: Credentials;
  readonly names: NameLookup;
  /** Through this; absent: straight. */
  readonly proxy?: HttpProxy | undefined;
  /** Offered in the TLS handshake. */
  readonly alpn?: readonly string[] | undefined;
  /** Gets the socket once it is open, and with TLS the broker's chain has been checked. */
  readonly seen?: ((socket: Socket) => void) | undefined;
}

/** @throws Fault `config/refused` for a proxy that is none */
export function wayTo(
  address: BrokerAddress,
  { proxy, alpn }: Pick<MqttConfig, 'proxy' | 'alpn'>,
  credentials: Credentials,
  names: NameLookup,
): Way {
  const through = proxy === undefined ? undefined : { ...proxyAddress(proxy), credentials: credentials.proxy };
  return { address, credentials, names, alpn, proxy: through };
}
