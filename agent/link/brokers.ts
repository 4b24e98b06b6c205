import type { MqttConfig } from '../../config/config.ts';
import { milliseconds } from '../../drivers/contract/duration.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import type { Clock } from '../clock/clock.ts';
import { withDeadline } from '../clock/deadline.ts';
import { type BrokerAddress, brokerAddress } from './broker-address.ts';
import { readCredentials } from './credentials.ts';
import type { OutgoingMessage } from './link.ts';
import { type ConnectionEvents, type ConnectionSetup, MqttConnection } from './mqtt-connection.ts';
import { NameLookup } from './name-lookup.ts';
import { openSocket } from './socket.ts';

/** A command is a few hundred bytes; this leaves room for one that writes hundreds of points. */
const LONGEST_PAYLOAD = 65_536;

export interface BrokersSetup {
  readonly config: MqttConfig;
  readonly clientId: string;
  readonly will: OutgoingMessage | undefined;
  /** Bytes of the longest message that is taken whole; absent: what a gateway needs for commands. */
  readonly longestPayload: number | undefined;
  readonly clock: Clock;
}

/** The brokers of the config, by their place in it: how one is reached. Each by its own URL, whatever another one did. */
export class Brokers {
  readonly #setup: BrokersSetup;
  readonly #addresses: readonly BrokerAddress[];
  readonly #names = new NameLookup();

  /** @throws Fault `config/refused` for a URL that is none, or plaintext that is not allowed */
  constructor(setup: BrokersSetup) {
    const { url, fallbackUrls = [], allowPlaintext } = setup.config;
    this.#setup = setup;
    this.#addresses = [url, ...fallbackUrls].map((each) => brokerAddress(each, allowPlaintext));
  }

  get count(): number {
    return this.#addresses.length;
  }

  /**
   * One attempt, with the files of the credentials as they are now.
   * @throws Fault `config/credential`, `link/…`; what was opened is closed again where the signal came first
   */
  async open(index: number, events: ConnectionEvents, signal: AbortSignal): Promise<MqttConnection> {
    const { config, clientId, will, longestPayload } = this.#setup;
    const address = this.#address(index);
    const credentials = await readCredentials(config, address.secure);
    const socket = await openSocket(address, credentials, this.#names, signal);
    const setup: ConnectionSetup = {
      clientId,
      version: config.protocolVersion,
      username: config.username,
      password: credentials.password,
      keepaliveSeconds: Math.min(65_535, Math.max(1, Math.round(config.keepaliveMs / 1000))),
      connectTimeoutMs: config.connectTimeoutMs,
      will,
      longestPayload: longestPayload ?? LONGEST_PAYLOAD,
    };
    return MqttConnection.open(socket, setup, events, signal);
  }

  /**
   * Whether the first broker can be had: TCP, TLS and its certificate. No CONNECT is sent: one under our name would end
   * the connection that we have, where both brokers are of one cluster.
   */
  async firstAnswers(signal: AbortSignal): Promise<boolean> {
    const { config, clock } = this.#setup;
    const address = this.#address(0);
    try {
      await withDeadline(clock, milliseconds(config.connectTimeoutMs), signal, async (attempt) => {
        const credentials = await readCredentials(config, address.secure);
        const socket = await openSocket(address, credentials, this.#names, attempt);
        socket.destroy();
      });
      return true;
    } catch {
      return false;
    }
  }

  #address(index: number): BrokerAddress {
    const address = this.#addresses[index];
    if (address === undefined) throw new Fault('config/refused');
    return address;
  }
}
