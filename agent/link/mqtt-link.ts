import type { MqttConfig } from '../../config/config.ts';
import { milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { Clock } from '../clock/clock.ts';
import { withDeadline } from '../clock/deadline.ts';
import type { Log } from '../log/log.ts';
import { Backoff } from './backoff.ts';
import { type BrokerAddress, brokerAddress } from './broker-address.ts';
import { readCredentials } from './credentials.ts';
import type { IncomingMessage, Link, LinkListener, LinkStatus, OutgoingMessage } from './link.ts';
import { type ConnectionSetup, MqttConnection } from './mqtt-connection.ts';
import { PublishWindow } from './publish-window.ts';
import { openSocket } from './socket.ts';
import { DELIVERY, type Topics } from './topics.ts';

/** A QoS 1 message without an answer for so long: the connection is given up, though the broker answers pings. */
const ACKNOWLEDGE_WITHIN = 20_000;
const LOOK_EVERY = milliseconds(2500);
/** Bytes that may wait for the network before QoS 0 messages, which can be lost, are lost. */
const LONGEST_BACKLOG = 262_144;
/** Fixed header, lengths, identifiers and names of properties of a PUBLISH, rounded up (MQTT 5, 3.3). */
const PACKET_OVERHEAD = 48;
/** A command is a few hundred bytes; this leaves room for one that writes hundreds of points. */
const LONGEST_PAYLOAD = 65_536;

export interface MqttLinkSetup {
  readonly config: MqttConfig;
  readonly clientId: string;
  /** The gateway's own link says `online` and `offline`, also by its will; one that only looks says nothing. */
  readonly announces: boolean;
  /** Bytes of the longest message that is taken whole; absent: what a gateway needs for commands. */
  readonly longestPayload?: number | undefined;
  readonly topics: Topics;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
}

/** The broker through MQTT.js: a new client for each attempt, and nothing handed to one that is not connected. */
export class MqttLink implements Link {
  readonly #setup: MqttLinkSetup;
  readonly #address: BrokerAddress;
  readonly #backoff: Backoff;
  readonly #listeners: LinkListener[] = [];
  readonly #filters: string[] = [];
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #connection: MqttConnection | undefined;
  #window: PublishWindow | undefined;
  #connectedSince: number | null = null;
  #connections = 0;
  #fault: Fault | null = null;

  /** @throws Fault `config/refused` for a URL that is none, or plaintext that is not allowed */
  constructor(setup: MqttLinkSetup) {
    const { url, allowPlaintext, reconnectMinMs, reconnectMaxMs } = setup.config;
    this.#setup = setup;
    this.#address = brokerAddress(url, allowPlaintext);
    this.#backoff = new Backoff(milliseconds(reconnectMinMs), milliseconds(reconnectMaxMs), setup.random);
  }

  listen(listener: LinkListener): void {
    this.#listeners.push(listener);
  }

  subscribe(topicFilter: string): void {
    this.#filters.push(topicFilter);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  get connected(): boolean {
    return this.#connection !== undefined;
  }

  get window(): number {
    return this.#connection?.session.receiveMaximum ?? 0;
  }

  async publish(message: OutgoingMessage, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new Fault('internal/cancelled');
    const connection = this.#connection;
    const window = this.#window;
    if (connection === undefined || window === undefined) throw new Fault('link/not-connected');
    if (sizeOf(message) > connection.session.maximumPacketSize) throw new Fault('link/too-large');
    if (message.qos === 0) {
      if (connection.backlog > LONGEST_BACKLOG) throw new Fault('link/congested');
      connection.publish(message, () => {});
      return;
    }
    await new Promise<void>((resolve, reject) => {
      window.publish(message, signal, (fault) => (fault === undefined ? resolve() : reject(fault)));
    });
  }

  status(): LinkStatus {
    return {
      connected: this.connected,
      connectedSince: this.#connectedSince,
      reconnects: Math.max(0, this.#connections - 1),
      fault: this.#fault,
    };
  }

  stop(signal: AbortSignal): Promise<void> {
    this.#stopped ??= this.#stop(signal);
    return this.#stopped;
  }

  async #stop(signal: AbortSignal): Promise<void> {
    const connection = this.#connection;
    if (connection !== undefined) {
      // the broker publishes the will only for a connection that ends without a goodbye
      if (this.#setup.announces) await this.publish(this.#availability('offline'), signal).catch(() => {});
      this.#leave(connection, new Fault('internal/cancelled'));
      await connection.close(signal);
    }
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#live();
      try {
        if (!signal.aborted) await this.#setup.clock.sleep(this.#backoff.next(), signal);
      } catch {
        return;
      }
    }
  }

  /** One attempt, and the connection's life if it succeeds. */
  async #live(): Promise<void> {
    const { clock, config } = this.#setup;
    const { signal } = this.#stopping;
    let opened: MqttConnection | undefined;
    let finish = (_: Fault) => {};
    const end = new Promise<Fault>((resolve) => {
      finish = resolve;
    });
    const ended = (fault: Fault) => {
      if (opened !== undefined) this.#leave(opened, fault);
      finish(fault);
    };
    try {
      await withDeadline(clock, milliseconds(config.connectTimeoutMs), signal, async (attempt) => {
        opened = await this.#open(attempt, ended);
      });
    } catch (thrown) {
      const fault = toFault(thrown);
      opened?.abandon(fault);
      if (!signal.aborted) this.#notConnected(fault.code === 'internal/deadline' ? new Fault('link/timeout') : fault);
      return;
    }
    if (opened === undefined) return;
    const since = clock.now();
    const entered = this.#enter(opened);
    const watching = new AbortController();
    const cancel = () => finish(new Fault('internal/cancelled'));
    signal.addEventListener('abort', cancel);
    try {
      void this.#watch(opened, watching.signal);
      const fault = await end;
      if (!entered) this.#notConnected(fault);
      this.#backoff.ended(clock.now() - since);
      if (fault.code === 'link/taken-over') this.#backoff.slow();
    } finally {
      watching.abort();
      signal.removeEventListener('abort', cancel);
    }
  }

  async #open(signal: AbortSignal, ended: (fault: Fault) => void): Promise<MqttConnection> {
    const { config, clientId, announces, longestPayload } = this.#setup;
    const credentials = await readCredentials(config, this.#address.secure);
    const socket = await openSocket(this.#address, credentials, signal);
    const setup: ConnectionSetup = {
      clientId,
      version: config.protocolVersion,
      username: config.username,
      password: credentials.password,
      keepaliveSeconds: Math.min(65_535, Math.max(1, Math.round(config.keepaliveMs / 1000))),
      connectTimeoutMs: config.connectTimeoutMs,
      will: announces ? this.#availability('offline') : undefined,
      longestPayload: longestPayload ?? LONGEST_PAYLOAD,
    };
    return MqttConnection.open(socket, setup, { message: (message) => this.#message(message), ended }, signal);
  }

  /** @returns false if the connection has ended already */
  #enter(connection: MqttConnection): boolean {
    const { clock, log, announces } = this.#setup;
    if (!connection.alive) return false;
    this.#connection = connection;
    this.#window = new PublishWindow(
      connection.session.receiveMaximum,
      () => clock.now(),
      (message, done) => connection.publish(message, done),
    );
    this.#connectedSince = clock.wall();
    this.#connections += 1;
    this.#fault = null;
    log.info('broker connected', { reconnects: this.#connections - 1 });
    if (announces) {
      this.publish(this.#availability('online'), this.#stopping.signal).catch((thrown) => {
        if (connection.alive) log.warn('availability refused', {}, toFault(thrown));
      });
    }
    if (this.#filters.length > 0) {
      connection.subscribe(this.#filters, (fault) => {
        if (fault !== undefined) log.error('subscription refused', {}, fault);
        for (const listener of this.#listeners) listener.subscribed?.(fault);
      });
    }
    for (const listener of this.#listeners) listener.connected();
    return true;
  }

  #leave(connection: MqttConnection, fault: Fault): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#connectedSince = null;
    this.#failed(fault);
    this.#window?.close(fault.code === 'link/timeout' ? fault : new Fault('link/lost', undefined, fault));
    this.#window = undefined;
    for (const listener of this.#listeners) listener.disconnected(fault);
  }

  #notConnected(fault: Fault): void {
    this.#failed(fault);
    for (const listener of this.#listeners) listener.failed?.(fault);
  }

  /** Told once for each kind: a broker that is away for days is one line, not thousands. */
  #failed(fault: Fault): void {
    const news = this.#fault?.code !== fault.code;
    this.#fault = fault;
    // that we leave ourselves is no trouble
    if (fault.code === 'internal/cancelled') return;
    if (news) this.#setup.log.warn('broker not connected', {}, fault);
    else this.#setup.log.debug('broker still not connected', {}, fault);
  }

  async #watch(connection: MqttConnection, signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        await this.#setup.clock.sleep(LOOK_EVERY, signal);
        if ((this.#window?.oldestWait() ?? 0) > ACKNOWLEDGE_WITHIN) connection.abandon(new Fault('link/timeout'));
      }
    } catch {
      // aborted: the connection has ended
    }
  }

  #message(message: IncomingMessage): void {
    for (const listener of this.#listeners) {
      try {
        listener.message(message);
      } catch (thrown) {
        this.#setup.log.error('message not handled', {}, toFault(thrown));
      }
    }
  }

  #availability(payload: 'online' | 'offline'): OutgoingMessage {
    return { topic: this.#setup.topics.availability, payload, ...DELIVERY.availability };
  }
}

function sizeOf({ topic, payload, correlationData, responseTopic, user }: OutgoingMessage): number {
  const properties = (correlationData?.length ?? 0) + Buffer.byteLength(`${responseTopic ?? ''}${user ?? ''}`);
  return Buffer.byteLength(topic) + Buffer.byteLength(payload) + properties + PACKET_OVERHEAD;
}
