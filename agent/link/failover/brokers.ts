import type { Socket } from 'node:net';
import type { MqttConfig } from '../../../config/config.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../../drivers/contract/fault.ts';
import type { Clock, ClockState } from '../../clock/clock.ts';
import { withDeadline } from '../../clock/deadline.ts';
import type { Log } from '../../log/log.ts';
import type { Credentials } from '../connection/credentials.ts';
import { type Greeting, Greetings } from '../connection/greeting.ts';
import { MqttConnection } from '../connection/mqtt-connection.ts';
import { NameLookup } from '../connection/name-lookup.ts';
import { openSocket } from '../connection/socket.ts';
import type { ConnectionEvents, ConnectionSetup } from '../connection/terms.ts';
import { type Way, wayTo } from '../connection/way.ts';
import type { Presence } from '../mqtt-link-setup.ts';
import { endOfPeer } from '../renewal/certificates.ts';
import { CredentialKeeper } from '../renewal/credential-keeper.ts';
import { type BrokerAddress, brokerAddress, proxyAddress } from './broker-address.ts';
import { PoisonMessage } from './poison-message.ts';
import { survives } from './survival.ts';

/** A command is a few hundred bytes; this leaves room for one that writes hundreds of points. */
const LONGEST_PAYLOAD = 65_536;

export interface BrokersSetup {
  readonly config: MqttConfig;
  readonly clientId: string;
  /** Our words about ourselves in each CONNECT; absent: none. */
  readonly presence?: Presence | undefined;
  /** Bytes of the longest message that is taken whole; absent: as many as a gateway needs for commands. */
  readonly longestPayload: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the clock can be believed; absent: nobody knows. */
  readonly clockState?: (() => ClockState) | undefined;
}

/** A broker of the config, and the facts that have been found out about it. */
export interface KnownBroker {
  readonly address: BrokerAddress;
  readonly greetings: Greetings;
  readonly caution: PoisonMessage;
}

export interface OpenedBroker {
  readonly connection: MqttConnection;
  /** How it let us in. */
  readonly greeting: Greeting;
  /** Of its CONNECT. */
  readonly number: number;
}

/** The brokers of the config, by their place in it: how one is reached. Each by its own URL, with no regard to another one. */
export class Brokers {
  readonly #setup: BrokersSetup;
  readonly #known: readonly KnownBroker[];
  readonly #names = new NameLookup();
  /** The files of the credentials, which may be renewed at any time. */
  readonly keeper: CredentialKeeper;
  /** CONNECTs that were sent. */
  #connects = 0;

  /** @throws Fault `config/refused` for a URL that is none, also the proxy's, or plaintext that is not allowed */
  constructor(setup: BrokersSetup) {
    const { url, fallbackUrls = [], allowPlaintext, protocolVersion, keepaliveMs, proxy } = setup.config;
    this.#setup = setup;
    this.keeper = new CredentialKeeper(setup.config, setup);
    if (proxy !== undefined) proxyAddress(proxy);
    this.#known = [url, ...fallbackUrls].map((each) => ({
      address: brokerAddress(each, allowPlaintext),
      greetings: new Greetings(protocolVersion),
      // the broker itself ends a connection over which it hears nothing after 1.5 times the keepalive (MQTT 5, 3.1.2.10),
      // and after half of it we are heard
      caution: new PoisonMessage(keepaliveMs / 2),
    }));
  }

  get count(): number {
    return this.#known.length;
  }

  /** @throws Fault `config/refused` where there is none */
  at(index: number): KnownBroker {
    const known = this.#known[index];
    if (known === undefined) throw new Fault('config/refused');
    return known;
  }

  /**
   * One attempt, with the files of the credentials as they are now. Where the broker does not like the greeting, a
   * humbler one follows at once.
   * @throws Fault `config/credential`, `link/…`; a connection that was opened is closed again where the signal came
   *   first
   */
  async open(index: number, events: ConnectionEvents, signal: AbortSignal): Promise<OpenedBroker> {
    const { clock } = this.#setup;
    const { address, greetings } = this.at(index);
    const credentials = await this.keeper.load(address.secure);
    for (;;) {
      const greeting = greetings.next(clock.now());
      const seen = (socket: Socket) => this.keeper.seen(endOfPeer(socket, clock));
      const socket = await openSocket({ ...this.#way(address, credentials), seen }, signal).catch((thrown) => {
        greetings.unreached();
        throw this.#named(toFault(thrown));
      });
      try {
        await this.#setup.presence?.prepare?.(signal);
        const number = this.#connects;
        this.#connects += 1;
        const setup = this.#greet(greeting, credentials, number);
        const connection = await MqttConnection.open(socket, setup, events, signal);
        greetings.accepted(connection.session, clock.now());
        this.keeper.accepted(address.secure, credentials);
        return { connection, greeting: greetings.next(clock.now()), number };
      } catch (thrown) {
        const fault = toFault(thrown);
        if (!greetings.refused(fault, clock.now()) || signal.aborted) throw fault;
      }
    }
  }

  /** A clock that was never set is the cause, and not the certificate. */
  #named(fault: Fault): Fault {
    const isOfTime = fault.code === 'link/certificate-expired' || fault.code === 'link/certificate-early';
    const isClockWrong = isOfTime && this.#setup.clockState?.() === 'unsynchronized';
    return isClockWrong ? new Fault('link/certificate-clock', undefined, fault) : fault;
  }

  #way(address: BrokerAddress, credentials: Credentials): Way {
    return wayTo(address, this.#setup.config, credentials, this.#names);
  }

  #greet(greeting: Greeting, { password }: Credentials, number: number): ConnectionSetup {
    const { clock, config, clientId, longestPayload } = this.#setup;
    const will = this.#setup.presence?.will?.(number);
    const { retain, qos, version } = greeting;
    return {
      clock,
      clientId,
      version,
      username: config.username,
      password,
      keepaliveSeconds: Math.min(65_535, Math.max(1, Math.round(config.keepaliveMs / 1000))),
      connectTimeoutMs: config.connectTimeoutMs,
      will: will && { ...will, retain: will.retain && retain, qos: will.qos === 1 ? qos : 0 },
      longestPayload: longestPayload ?? LONGEST_PAYLOAD,
    };
  }

  /**
   * Whether the first broker can be had: TCP, TLS and its certificate. No CONNECT is sent: one under our name would end
   * the connection that we have, where both brokers are of one cluster.
   */
  async firstAnswers(signal: AbortSignal): Promise<boolean> {
    return this.#answers(0, () => this.keeper.load(this.at(0).address.secure), signal);
  }

  /**
   * Settles once there are other certificates than those of the connection, with which this broker can be had.
   * @throws Fault `internal/cancelled` (the signal)
   */
  async renewed(index: number, signal: AbortSignal): Promise<void> {
    await this.keeper.renewed((credentials) => this.#answers(index, async () => credentials, signal, true), signal);
  }

  /** @param stays whether it must also keep the connection for a while: in TLS 1.3 it judges our certificate afterwards */
  async #answers(
    index: number,
    credentials: () => Promise<Credentials>,
    signal: AbortSignal,
    stays = false,
  ): Promise<boolean> {
    const { config, clock } = this.#setup;
    try {
      return await withDeadline(clock, milliseconds(config.connectTimeoutMs), signal, async (attempt) => {
        const way = this.#way(this.at(index).address, await credentials());
        const socket = await openSocket(way, attempt);
        try {
          return !stays || (await survives(socket, clock, attempt));
        } finally {
          socket.destroy();
        }
      });
    } catch {
      return false;
    }
  }
}
