import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { Instant } from '../clock/clock.ts';
import { withDeadline } from '../clock/deadline.ts';
import { Backoff } from './backoff.ts';
import { judgeEnd, nameOf } from './blame.ts';
import { BrokerOrder } from './broker-order.ts';
import { Brokers, type OpenedBroker } from './brokers.ts';
import type { Blame } from './caution.ts';
import { DeniedTopics } from './denied-topics.ts';
import { Kicks } from './kicks.ts';
import type { IncomingMessage, Link, LinkListener, LinkStatus, LinkTerms, OutgoingMessage } from './link.ts';
import { LinkHistory } from './link-history.ts';
import type { MqttConnection } from './mqtt-connection.ts';
import type { MqttLinkSetup } from './mqtt-link-setup.ts';
import { Outlet } from './outlet.ts';
import { DELIVERY } from './topics.ts';
import { WayBack } from './way-back.ts';

/** For the acknowledgements and the goodbye, when a fallback is left though it is well. */
const LEAVE_WITHIN = milliseconds(5000);
/** Stands for all of them where denied topics are counted: no topic has this name. */
const SUBSCRIPTIONS = '#';

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
  #outlet: Outlet | undefined;
  #terms: LinkTerms | null = null;
  readonly #denied = new DeniedTopics();
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
    if (this.#outlet === undefined) throw new Fault('link/not-connected');
    try {
      await this.#outlet.send(message, signal);
    } catch (thrown) {
      const fault = toFault(thrown);
      if (fault.code === 'link/too-large') this.#history.tooLarge();
      throw fault;
    }
  }

  status(): LinkStatus {
    return this.#history.status(this.connected, this.#terms, this.#denied.count);
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
    const { clock, config, log } = this.#setup;
    const { signal } = this.#stopping;
    let opened: OpenedBroker | undefined;
    let outlet: Outlet | undefined;
    let since: Instant | undefined;
    let blame: Blame = 'none';
    let finish = (_: Fault) => {};
    const end = new Promise<Fault>((resolve) => {
      finish = resolve;
    });
    const ended = (fault: Fault) => {
      blame =
        outlet === undefined ? 'none' : judgeEnd(this.#brokers.at(index), fault, outlet.unanswered(), clock.now());
      if (blame !== 'none') this.#kicks.failed();
      const lasted = since === undefined ? 0 : clock.now() - since;
      const named = blame === 'none' ? this.#kicks.ended(fault, lasted) : nameOf(blame, fault);
      if (blame === 'size') log.error('broker hangs up over large messages', { broker: index }, named);
      if (opened !== undefined) this.#leave(opened.connection, fault, named);
      finish(named);
    };
    const events = { message: (message: IncomingMessage) => this.#message(message), ended };
    try {
      await withDeadline(clock, milliseconds(config.connectTimeoutMs), signal, async (attempt) => {
        opened = await this.#brokers.open(index, events, attempt);
      });
    } catch (thrown) {
      const fault = toFault(thrown);
      opened?.connection.abandon(fault);
      this.#kicks.failed();
      if (!signal.aborted) {
        this.#notConnected(index, fault.code === 'internal/deadline' ? new Fault('link/timeout') : fault);
      }
      return this.#order.failed();
    }
    if (opened === undefined) return this.#order.failed();
    const { connection } = opened;
    since = clock.now();
    outlet = this.#enter(opened, index);
    const watching = new AbortController();
    const cancel = () => finish(new Fault('internal/cancelled'));
    signal.addEventListener('abort', cancel);
    try {
      void outlet?.watch(clock, watching.signal, () => connection.abandon(new Fault('link/timeout')));
      if (index > 0 && outlet !== undefined) void this.#leaveForFirst(connection, finish, watching.signal);
      const fault = await end;
      if (outlet === undefined) this.#notConnected(index, fault);
      if (blame !== 'none') return this.#order.blamed();
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
      await withDeadline(clock, LEAVE_WITHIN, signal, async (time) => this.#outlet?.drained(time)).catch(() => {});
      await withDeadline(clock, LEAVE_WITHIN, signal, (time) => this.#goodbye(connection, fault, time));
    } catch {
      // the connection has ended by itself, or its end took too long
    } finally {
      this.#leave(connection, fault);
      left(fault);
    }
  }

  /** @returns undefined if the connection has ended already */
  #enter({ connection, greeting }: OpenedBroker, index: number): Outlet | undefined {
    const { clock, log, announces } = this.#setup;
    if (!connection.alive) return undefined;
    const { caution } = this.#brokers.at(index);
    const now = () => clock.now();
    caution.opened(now());
    this.#denied.forget();
    const outlet = new Outlet({ connection, greeting, caution, denied: this.#denied, now });
    this.#connection = connection;
    this.#outlet = outlet;
    this.#terms = outlet.terms;
    this.#history.connected(index, clock.wall(), this.#terms);
    // a broker that hangs up over the subscriptions does so before anything else is suspected
    if (caution.on) {
      this.#subscribe(connection);
      outlet.hold(connection);
    }
    if (announces) {
      this.publish(this.#availability('online'), this.#stopping.signal).catch((thrown) => {
        if (connection.alive) log.warn('availability refused', {}, toFault(thrown));
      });
    }
    if (!caution.on) this.#subscribe(connection);
    for (const listener of this.#listeners) listener.connected();
    return outlet;
  }

  #subscribe(connection: MqttConnection): void {
    if (this.#filters.length === 0) return;
    connection.subscribe(this.#filters, (fault) => {
      if (fault !== undefined) this.#setup.log.error('subscription refused', {}, fault);
      this.#denied.heard(SUBSCRIPTIONS, fault);
      for (const listener of this.#listeners) listener.subscribed?.(fault);
    });
  }

  /** @param named what the log and the status call it; who publishes needs to know what happened */
  #leave(connection: MqttConnection, fault: Fault, named: Fault = fault): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#history.disconnected(named);
    this.#leaving = false;
    this.#terms = null;
    this.#outlet?.close(fault.code === 'link/timeout' ? fault : new Fault('link/lost', undefined, fault));
    this.#outlet = undefined;
    for (const listener of this.#listeners) listener.disconnected(fault);
  }

  #notConnected(index: number, fault: Fault): void {
    this.#history.failed(index, fault);
    for (const listener of this.#listeners) listener.failed?.(fault);
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
