import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { Instant } from '../clock/clock.ts';
import { withDeadline } from '../clock/deadline.ts';
import { Supervisor } from '../clock/supervisor.ts';
import { DeniedTopics } from './connection/denied-topics.ts';
import type { MqttConnection } from './connection/mqtt-connection.ts';
import { packetSize } from './connection/packet-size.ts';
import { Room } from './connection/room.ts';
import { Subscriptions } from './connection/subscriptions.ts';
import { Verdicts } from './connection/verdicts.ts';
import { Departure } from './departure.ts';
import { Backoff } from './failover/backoff.ts';
import { BrokerOrder, isTakenOver } from './failover/broker-order.ts';
import { Brokers, type OpenedBroker } from './failover/brokers.ts';
import { Failback } from './failover/failback.ts';
import type { Blame } from './failover/poison-message.ts';
import type { IncomingMessage, Link, LinkListener, LinkStatus, LinkTerms, OutgoingMessage } from './link.ts';
import { LinkHistory } from './link-history.ts';
import { LinkListeners } from './link-listeners.ts';
import type { MqttLinkSetup } from './mqtt-link-setup.ts';
import { Outlet } from './outlet.ts';

/**
 * The brokers through MQTT.js: a new client for each attempt, and nothing handed to one that is not connected. At any
 * time at most one is connected to.
 */
export class MqttLink implements Link {
  readonly #setup: MqttLinkSetup;
  readonly #brokers: Brokers;
  readonly #order: BrokerOrder;
  readonly #wayBack: Failback | undefined;
  readonly #verdicts: Verdicts;
  readonly #history: LinkHistory;
  readonly #room: Room;
  readonly #supervisor: Supervisor;
  readonly #listeners: LinkListeners;
  readonly #subscriptions: Subscriptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #connection: MqttConnection | undefined;
  #outlet: Outlet | undefined;
  #terms: LinkTerms | null = null;
  /** Of the connection: which CONNECT it came from. */
  #number = 0;
  readonly #denied = new DeniedTopics();
  /** Nothing new is taken, while messages under way are still acknowledged. */
  #leaving = false;
  /** Of the connection: the place of its broker, and the call that leaves it for the next one. */
  #here: { readonly index: number; readonly leave: (fault: Fault) => void } | undefined;

  /** @throws Fault `config/refused` for a URL that is none, or plaintext that is not allowed */
  constructor(setup: MqttLinkSetup) {
    const { config, longestPayload, clock, random } = setup;
    const [least, most] = [milliseconds(config.reconnectMinMs), milliseconds(config.reconnectMaxMs)];
    this.#setup = setup;
    this.#supervisor = setup.supervisor ?? new Supervisor(setup);
    this.#listeners = new LinkListeners(this.#supervisor);
    this.#subscriptions = new Subscriptions(this.#denied, this.#listeners, setup.log, this.#supervisor);
    this.#history = new LinkHistory(setup.log);
    this.#brokers = new Brokers({ ...setup, longestPayload });
    this.#room = new Room(this.#brokers.count, (index) => this.#brokers.at(index).caution.limit);
    this.#order = new BrokerOrder(this.#brokers.count, least, new Backoff(least, most, random), random);
    this.#wayBack =
      config.returnAfterMs === undefined ? undefined : new Failback(clock, milliseconds(config.returnAfterMs), random);
    this.#verdicts = new Verdicts(this.#brokers, most + config.connectTimeoutMs, clock, setup.log);
  }

  listen(listener: LinkListener): void {
    this.#listeners.add(listener);
  }

  subscribe(topicFilter: string, heard: (message: IncomingMessage) => void): void {
    this.#subscriptions.add(topicFilter, heard);
  }

  start(): void {
    const run = (signal: AbortSignal) => this.#run(signal);
    this.#running ??= this.#supervisor.supervise('broker link', run, this.#stopping.signal);
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

  roomElsewhere(message: OutgoingMessage): boolean {
    if (this.#here === undefined) return true;
    const { index, leave } = this.#here;
    const found = this.#room.seek(index, packetSize({ ...message, qos: 1 }, 5), this.#setup.clock.now());
    if (found === 'now') leave(new Fault('link/too-large', { left: true }));
    return found !== 'nowhere';
  }

  leave(fault: Fault): void {
    this.#here?.leave(new Fault(fault.code, { left: true }));
  }

  status(): LinkStatus {
    return this.#history.status(this.connected, this.#terms, this.#denied.count, this.#brokers.keeper.status());
  }

  stop(signal: AbortSignal): Promise<void> {
    this.#stopped ??= this.#stop(signal);
    return this.#stopped;
  }

  async #stop(signal: AbortSignal): Promise<void> {
    const connection = this.#connection;
    // the broker publishes the will only for a connection that ends without a goodbye
    if (connection !== undefined) await this.#goodbye(connection, new Fault('internal/cancelled'), signal);
    this.#stopping.abort();
    await this.#running;
  }

  async #goodbye(connection: MqttConnection, fault: Fault, signal: AbortSignal): Promise<void> {
    const farewell = this.#setup.presence?.will?.(this.#number);
    if (farewell !== undefined) await this.#send(farewell, signal).catch(() => {});
    this.#leave(connection, fault);
    await connection.close(signal, this.#setup.presence?.keepsWill);
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const wait = await this.#live(this.#order.next);
      if (wait !== undefined && !signal.aborted) await this.#setup.clock.sleep(wait, signal);
    }
  }

  /**
   * One attempt, and the connection's life if it succeeds.
   * @returns the wait before the next attempt
   */
  async #live(index: number): Promise<Duration | undefined> {
    const { clock, config } = this.#setup;
    const { signal } = this.#stopping;
    let opened: OpenedBroker | undefined;
    let outlet: Outlet | undefined;
    let since: Instant | undefined;
    let blame: Blame = 'none';
    let finish = (_: Fault) => {};
    const end = new Promise<Fault>((resolve) => {
      finish = resolve;
    });
    const judge = (fault: Fault) => {
      const lasted = since === undefined ? 0 : clock.now() - since;
      const verdict = this.#verdicts.ended(index, fault, outlet?.unanswered(), lasted);
      blame = verdict.blame;
      if (opened !== undefined) this.#leave(opened.connection, fault, verdict.named);
      finish(verdict.named);
    };
    // a mistake in judging it must not leave a connection behind that has ended
    const ended = (fault: Fault) => {
      if (!this.#supervisor.guard('broker link', () => judge(fault))) finish(fault);
    };
    const events = { message: (heard: IncomingMessage) => this.#subscriptions.deliver(heard), ended };
    try {
      await withDeadline(clock, milliseconds(config.connectTimeoutMs), signal, async (attempt) => {
        opened = await this.#brokers.open(index, events, attempt);
      });
    } catch (thrown) {
      const fault = toFault(thrown);
      opened?.connection.abandon(fault);
      this.#verdicts.attemptFailed();
      if (!signal.aborted) {
        this.#notConnected(index, fault.code === 'internal/deadline' ? new Fault('link/timeout') : fault);
      }
      return this.#order.failed();
    }
    if (opened === undefined) return this.#order.failed();
    since = clock.now();
    const watching = new AbortController();
    const cancel = () => finish(new Fault('internal/cancelled'));
    signal.addEventListener('abort', cancel);
    try {
      outlet = this.#enter(opened, index);
      if (outlet !== undefined) this.#watch(opened, outlet, index, watching.signal, finish);
      const fault = await end;
      if (outlet === undefined) this.#notConnected(index, fault);
      if (blame !== 'none') return this.#order.blamed();
      return this.#afterwards(index, fault, clock.now() - since);
    } finally {
      watching.abort();
      signal.removeEventListener('abort', cancel);
      // it has ended, unless a mistake of ours was in the way
      opened.connection.abandon(new Fault('internal/unexpected'));
    }
  }

  /** While it lasts: whether the broker answers, the first one is there again, or a larger one is needed. */
  #watch(
    opened: OpenedBroker,
    outlet: Outlet,
    index: number,
    ended: AbortSignal,
    finish: (fault: Fault) => void,
  ): void {
    const [{ clock }, { connection }] = [this.#setup, opened];
    const silent = () => connection.abandon(new Fault('link/timeout'));
    void this.#supervisor.supervise('broker link, answers', (signal) => outlet.watch(clock, signal, silent), ended);
    const departure = new Departure({
      ...{ clock, ended },
      begins: () => {
        if (this.#connection === connection) this.#leaving = true;
        return this.#connection === connection;
      },
      drained: (signal) => outlet.drained(signal),
      goodbye: (fault, signal) => this.#goodbye(connection, fault, signal),
      over: (fault) => {
        this.#leave(connection, fault);
        finish(fault);
      },
    });
    const leave = (fault: Fault) => void this.#supervisor.errand('broker link, next', () => departure.go(fault));
    this.#here = { index, leave };
    const goWhen = (due: Promise<void>, code: FaultCode) =>
      void this.#supervisor.errand(`broker link, ${code}`, () => departure.goWhen(due, new Fault(code)));
    if (this.#brokers.at(index).address.secure) goWhen(this.#brokers.renewed(index, ended), 'link/renewed');
    if (index === 0 || this.#wayBack === undefined) return;
    const looks = () => this.#brokers.firstAnswers(ended);
    goWhen(this.#wayBack.open(looks, ended), 'link/returning');
  }

  #afterwards(index: number, fault: Fault, lasted: number): Duration | undefined {
    if (index === 0) this.#wayBack?.stayed(lasted);
    if (isTakenOver(fault)) this.#history.takenOver();
    return this.#order.after(fault, lasted);
  }

  /** @returns undefined if the connection has ended already */
  #enter({ connection, greeting, number }: OpenedBroker, index: number): Outlet | undefined {
    const { clock, log, presence } = this.#setup;
    if (!connection.alive) return undefined;
    const { caution } = this.#brokers.at(index);
    const now = () => clock.now();
    caution.opened(now());
    this.#room.told(index, connection.session.maximumPacketSize, now());
    this.#denied.forget();
    const outlet = new Outlet({ connection, greeting, caution, denied: this.#denied, now });
    this.#connection = connection;
    this.#outlet = outlet;
    this.#terms = outlet.terms;
    this.#number = number;
    this.#history.connected(index, clock.wall(), this.#terms);
    // a broker that hangs up over the subscriptions does so before anything else is suspected
    if (caution.on) {
      this.#subscriptions.ask(connection, greeting.version);
      outlet.hold(connection);
    }
    const hello = presence?.hello?.(number);
    if (hello !== undefined) {
      this.publish(hello, this.#stopping.signal).catch((thrown) => {
        if (connection.alive) log.warn('availability refused', {}, toFault(thrown));
      });
    }
    if (!caution.on) this.#subscriptions.ask(connection, greeting.version);
    this.#listeners.tell((listener) => listener.connected());
    return outlet;
  }

  /** @param named for the log and the status; the publisher needs to know what happened */
  #leave(connection: MqttConnection, fault: Fault, named: Fault = fault): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#history.disconnected(named);
    this.#leaving = false;
    this.#here = undefined;
    this.#terms = null;
    this.#outlet?.close(fault.code === 'link/timeout' ? fault : new Fault('link/lost', undefined, fault));
    this.#outlet = undefined;
    this.#listeners.tell((listener) => listener.disconnected(fault));
  }

  #notConnected(index: number, fault: Fault): void {
    this.#history.failed(index, fault);
    this.#listeners.tell((listener) => listener.failed?.(fault));
  }
}
