import type { MqttConfig } from '../../config/config.ts';
import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import { withDeadline } from '../clock/deadline.ts';
import type { Log } from '../log/log.ts';
import { Backoff } from './backoff.ts';
import { BrokerOrder } from './broker-order.ts';
import { Brokers } from './brokers.ts';
import { Kicks } from './kicks.ts';
import type { IncomingMessage, Link, LinkListener, LinkStatus, OutgoingMessage } from './link.ts';
import { LinkHistory } from './link-history.ts';
import type { MqttConnection } from './mqtt-connection.ts';
import { PublishWindow, sizeOf } from './publish-window.ts';
import { DELIVERY, type Topics } from './topics.ts';
import { WayBack } from './way-back.ts';

/** A QoS 1 message without an answer for so long: the connection is given up, though the broker answers pings. */
const ACKNOWLEDGE_WITHIN = 20_000;
const LOOK_EVERY = milliseconds(2500);
/** Bytes that may wait for the network before QoS 0 messages, which can be lost, are lost. */
const LONGEST_BACKLOG = 262_144;
/** For the acknowledgements and the goodbye, when a fallback is left though it is well. */
const LEAVE_WITHIN = milliseconds(5000);

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

/**
 * The brokers through MQTT.js: a new client for each attempt, and nothing handed to one that is not connected. At any
 * time at most one is connected to.
 */
export class MqttLink implements Link {
  readonly #setup: MqttLinkSetup;
  readonly #brokers: Brokers;
  readonly #order: BrokerOrder;
  readonly #wayBack: WayBack | undefined;
  readonly #kicks: Kicks;
  readonly #history: LinkHistory;
  readonly #listeners: LinkListener[] = [];
  readonly #filters: string[] = [];
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #connection: MqttConnection | undefined;
  #window: PublishWindow | undefined;
  /** A fallback is being left: nothing new is taken, while what is under way is still acknowledged. */
  #leaving = false;

  /** @throws Fault `config/refused` for a URL that is none, or plaintext that is not allowed */
  constructor(setup: MqttLinkSetup) {
    const { config, clientId, announces, longestPayload, clock, random } = setup;
    const least = milliseconds(config.reconnectMinMs);
    const most = milliseconds(config.reconnectMaxMs);
    this.#setup = setup;
    this.#history = new LinkHistory(setup.log);
    const will = announces ? this.#availability('offline') : undefined;
    this.#brokers = new Brokers({ config, clientId, will, longestPayload, clock });
    this.#order = new BrokerOrder(this.#brokers.count, least, new Backoff(least, most, random), random);
    this.#wayBack =
      config.returnAfterMs === undefined ? undefined : new WayBack(clock, milliseconds(config.returnAfterMs), random);
    this.#kicks = new Kicks(most + config.connectTimeoutMs);
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
    return this.#connection !== undefined && !this.#leaving;
  }

  get window(): number {
    return this.#leaving ? 0 : (this.#connection?.session.receiveMaximum ?? 0);
  }

  async publish(message: OutgoingMessage, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new Fault('internal/cancelled');
    if (this.#leaving) throw new Fault('link/not-connected');
    await this.#send(message, signal);
  }

  async #send(message: OutgoingMessage, signal: AbortSignal): Promise<void> {
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
    return this.#history.status(this.connected);
  }

  stop(signal: AbortSignal): Promise<void> {
    this.#stopped ??= this.#stop(signal);
    return this.#stopped;
  }

  async #stop(signal: AbortSignal): Promise<void> {
    const connection = this.#connection;
    if (connection !== undefined) {
      // the broker publishes the will only for a connection that ends without a goodbye
      await this.#goodbye(connection, new Fault('internal/cancelled'), signal);
    }
    this.#stopping.abort();
    await this.#running;
  }

  async #goodbye(connection: MqttConnection, fault: Fault, signal: AbortSignal): Promise<void> {
    if (this.#setup.announces) await this.#send(this.#availability('offline'), signal).catch(() => {});
    this.#leave(connection, fault);
    await connection.close(signal);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      while (!signal.aborted) {
        const wait = await this.#live(this.#order.next);
        if (wait !== undefined && !signal.aborted) await this.#setup.clock.sleep(wait, signal);
      }
    } catch {
      // stopped
    }
  }

  /**
   * One attempt, and the connection's life if it succeeds.
   * @returns the wait before the next attempt
   */
  async #live(index: number): Promise<Duration | undefined> {
    const { clock, config } = this.#setup;
    const { signal } = this.#stopping;
    let opened: MqttConnection | undefined;
    let since: Instant | undefined;
    let finish = (_: Fault) => {};
    const end = new Promise<Fault>((resolve) => {
      finish = resolve;
    });
    const ended = (fault: Fault) => {
      const named = this.#kicks.ended(fault, since === undefined ? 0 : clock.now() - since);
      if (opened !== undefined) this.#leave(opened, fault, named);
      finish(named);
    };
    const events = { message: (message: IncomingMessage) => this.#message(message), ended };
    try {
      await withDeadline(clock, milliseconds(config.connectTimeoutMs), signal, async (attempt) => {
        opened = await this.#brokers.open(index, events, attempt);
      });
    } catch (thrown) {
      const fault = toFault(thrown);
      opened?.abandon(fault);
      this.#kicks.failed();
      if (!signal.aborted) {
        this.#notConnected(index, fault.code === 'internal/deadline' ? new Fault('link/timeout') : fault);
      }
      return this.#order.failed();
    }
    if (opened === undefined) return this.#order.failed();
    since = clock.now();
    const entered = this.#enter(opened, index);
    const watching = new AbortController();
    const cancel = () => finish(new Fault('internal/cancelled'));
    signal.addEventListener('abort', cancel);
    try {
      void this.#watch(opened, watching.signal);
      if (index > 0 && entered) void this.#leaveForFirst(opened, finish, watching.signal);
      const fault = await end;
      if (!entered) this.#notConnected(index, fault);
      return this.#afterwards(index, fault, clock.now() - since);
    } finally {
      watching.abort();
      signal.removeEventListener('abort', cancel);
    }
  }

  #afterwards(index: number, { code }: Fault, lasted: number): Duration | undefined {
    if (index === 0) this.#wayBack?.stayed(lasted);
    if (code === 'link/returning') {
      this.#order.returned();
      return undefined;
    }
    if (code !== 'link/taken-over' && code !== 'link/kicked') return this.#order.ended(lasted);
    this.#history.takenOver();
    return this.#order.takenOver();
  }

  /** Once the first broker answers again: what is under way is settled, then goodbye, as at the end of the agent. */
  async #leaveForFirst(connection: MqttConnection, left: (fault: Fault) => void, signal: AbortSignal): Promise<void> {
    const { clock } = this.#setup;
    const back = this.#wayBack;
    if (back === undefined) return;
    const fault = new Fault('link/returning');
    try {
      await back.open(() => this.#brokers.firstAnswers(signal), signal);
      this.#leaving = true;
      await withDeadline(clock, LEAVE_WITHIN, signal, async (time) => this.#window?.drained(time)).catch(() => {});
      await withDeadline(clock, LEAVE_WITHIN, signal, (time) => this.#goodbye(connection, fault, time));
    } catch {
      // the connection has ended by itself, or its end took too long
    } finally {
      this.#leave(connection, fault);
      left(fault);
    }
  }

  /** @returns false if the connection has ended already */
  #enter(connection: MqttConnection, index: number): boolean {
    const { clock, log, announces } = this.#setup;
    if (!connection.alive) return false;
    this.#connection = connection;
    this.#window = new PublishWindow(
      connection.session.receiveMaximum,
      () => clock.now(),
      (message, done) => connection.publish(message, done),
    );
    this.#history.connected(index, clock.wall());
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

  /** @param named what the log and the status call it; who publishes needs to know what happened */
  #leave(connection: MqttConnection, fault: Fault, named: Fault = fault): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#history.disconnected(named);
    this.#leaving = false;
    this.#window?.close(fault.code === 'link/timeout' ? fault : new Fault('link/lost', undefined, fault));
    this.#window = undefined;
    for (const listener of this.#listeners) listener.disconnected(fault);
  }

  #notConnected(index: number, fault: Fault): void {
    this.#history.failed(index, fault);
    for (const listener of this.#listeners) listener.failed?.(fault);
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
