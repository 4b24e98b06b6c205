import { setMaxListeners } from 'node:events';
import type {
  IncomingMessage,
  Link,
  LinkListener,
  LinkStatus,
  LinkTerms,
  OutgoingMessage,
} from '../../agent/link/link.ts';
import { matches } from '../../agent/link/topic-filter.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import type { FaultCode } from '../../drivers/contract/faults.ts';

/** As the broker got it, its payload read as text. */
export type TextMessage = OutgoingMessage & { readonly payload: string };

interface Waiting {
  readonly message: TextMessage;
  readonly settle: (fault?: Fault) => void;
}

/** A link whose broker is the test. Stricter than the real one: a call that breaks a rule of the contract throws an Error. */
export class FakeLink implements Link {
  /** The messages that the broker got, in order; also those that it has not acknowledged or has refused. */
  readonly published: TextMessage[] = [];
  /** Those whose payload is no text, with their bytes. */
  readonly sent: (TextMessage & { readonly bytes: Uint8Array })[] = [];
  readonly filters: string[] = [];
  /** The broker's answer to a QoS 1 message; `hold` leaves it open until `acknowledge`. */
  respond: (message: TextMessage) => 'ok' | 'hold' | FaultCode = () => 'ok';
  /** The messages that the link itself does not send, because the broker takes none of their size. */
  isTooLarge: (message: TextMessage) => boolean = () => false;
  /** The broker's answer to the subscriptions: undefined where it grants them; `later` leaves it open until `grant`. */
  granted: Fault | 'later' | undefined;
  /** The most unacknowledged messages at any time. */
  mostInFlight = 0;
  /** The broker's terms in the status. */
  terms: LinkTerms = { version: 5, retained: true, maximumQos: 1, maximumPacketSize: null };
  tooLarge = 0;
  /** Whether another broker may take what this one refuses for its size. */
  elsewhere = false;
  denied = 0;
  /** Why brokers were left. */
  readonly left: FaultCode[] = [];
  started = false;
  stopped = false;
  readonly #listeners: LinkListener[] = [];
  readonly #subscribers: { readonly filter: string; readonly heard: (message: IncomingMessage) => void }[] = [];
  #waiting: Waiting[] = [];
  #window = 0;
  #connections = 0;
  #since: number | null = null;
  #fault: Fault | null = null;
  #lastFault: Fault | null = null;

  listen(listener: LinkListener): void {
    if (this.started) throw new Error('listeners are added before the start');
    this.#listeners.push(listener);
  }

  subscribe(topicFilter: string, heard: (message: IncomingMessage) => void): void {
    if (this.started) throw new Error('subscriptions are added before the start');
    this.filters.push(topicFilter);
    this.#subscribers.push({ filter: topicFilter, heard });
  }

  start(): void {
    this.started = true;
  }

  get connected(): boolean {
    return this.#window > 0;
  }

  get window(): number {
    return this.#window;
  }

  /** Messages that wait for the broker's answer. */
  get inFlight(): number {
    return this.#waiting.length;
  }

  /** Those messages, oldest first. */
  get held(): readonly TextMessage[] {
    return this.#waiting.map(({ message }) => message);
  }

  async publish(wanted: OutgoingMessage, signal: AbortSignal): Promise<void> {
    const { payload } = wanted;
    const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload.slice();
    const message = { ...wanted, payload: new TextDecoder().decode(bytes) };
    if (signal.aborted) throw new Fault('internal/cancelled');
    if (!this.connected) throw new Fault('link/not-connected');
    if (/[+#\0]|\/\/|^\/|\/$/.test(message.topic)) throw new Error('no topic to publish to');
    if (this.isTooLarge(message)) throw new Fault('link/too-large');
    this.published.push(message);
    if (typeof payload !== 'string') this.sent.push({ ...message, bytes });
    if (message.qos === 0) return;
    const response = this.respond(message);
    if (response === 'ok') return;
    if (response !== 'hold') throw new Fault(response);
    await new Promise<void>((resolve, reject) => {
      const cancel = () => this.#settle(waiting, new Fault('internal/cancelled'));
      const waiting: Waiting = {
        message,
        settle: (fault) => {
          signal.removeEventListener('abort', cancel);
          if (fault === undefined) resolve();
          else reject(fault);
        },
      };
      // as many messages as a test likes may hang on one signal
      setMaxListeners(0, signal);
      signal.addEventListener('abort', cancel);
      this.#waiting.push(waiting);
      this.mostInFlight = Math.max(this.mostInFlight, this.#waiting.length);
    });
  }

  /** @throws Error for a message that was not refused for its size */
  roomElsewhere({ topic, payload }: OutgoingMessage): boolean {
    if (!this.connected) throw new Error('not connected');
    if (!this.published.some((one) => one.topic === topic && one.payload.length >= payload.length)) {
      throw new Error('a message that was never sent');
    }
    return this.elsewhere;
  }

  /** The broker that is left; the next one is there when the test says so. */
  leave({ code }: Fault): void {
    if (!this.connected) throw new Error('not connected');
    this.left.push(code);
    this.disconnect(code);
  }

  status(): LinkStatus {
    return {
      connected: this.connected,
      connectedSince: this.#since,
      reconnects: Math.max(0, this.#connections - 1),
      fault: this.#fault,
      lastFault: this.#lastFault,
      takeovers: 0,
      certificate: { daysLeft: null, fault: null },
      broker: this.connected ? 0 : null,
      terms: this.connected ? this.terms : null,
      tooLarge: this.tooLarge,
      denied: this.denied,
    };
  }

  async stop(): Promise<void> {
    if (this.connected) this.disconnect('internal/cancelled');
    this.stopped = true;
  }

  /** The broker is there. */
  connect(window = 20, since = 0): void {
    if (!this.started || this.stopped || this.connected) throw new Error('not waiting for a connection');
    this.#window = window;
    this.#since = since;
    this.#connections += 1;
    this.#fault = null;
    for (const listener of this.#listeners) listener.connected();
    if (this.granted !== 'later') this.grant(this.granted);
  }

  /** The broker's answer to the subscriptions of this connection. */
  grant(fault?: Fault): void {
    for (const listener of this.#listeners) listener.subscribed?.(fault);
  }

  /** An attempt to connect ends in nothing. */
  fail(code: FaultCode): void {
    if (!this.started || this.stopped || this.connected) throw new Error('not connecting');
    this.#fault = new Fault(code);
    this.#lastFault = this.#fault;
    for (const listener of this.#listeners) listener.failed?.(this.#fault);
  }

  /** The broker is gone; messages that it had not acknowledged are lost to their sender. */
  disconnect(code: FaultCode = 'link/lost'): void {
    if (!this.connected) throw new Error('not connected');
    this.#window = 0;
    this.#since = null;
    const fault = new Fault(code);
    this.#fault = fault;
    this.#lastFault = fault;
    for (const waiting of [...this.#waiting]) this.#settle(waiting, new Fault('link/lost'));
    for (const listener of this.#listeners) listener.disconnected(fault);
  }

  /** Somebody published to a topic that is subscribed. */
  deliver(message: Partial<IncomingMessage> & { readonly topic: string }): void {
    if (!this.connected) throw new Error('not connected');
    const whole = { payload: new Uint8Array(), tooLarge: false, retained: false, ...message };
    for (const { filter, heard } of this.#subscribers) if (matches(filter, message.topic)) heard(whole);
  }

  /** Answers the oldest `count` of the messages that are held, or the one at `index`. */
  acknowledge(count = this.#waiting.length, code?: FaultCode): void {
    for (const waiting of this.#waiting.slice(0, count)) this.#answer(waiting, code);
  }

  acknowledgeAt(index: number, code?: FaultCode): void {
    const waiting = this.#waiting[index];
    if (waiting === undefined) throw new Error('no such message');
    this.#answer(waiting, code);
  }

  /** Payloads that were published to the topic, parsed. */
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it published
  payloads(topic: string): any[] {
    return this.published.filter((one) => one.topic === topic).map(({ payload }) => JSON.parse(payload));
  }

  #answer(waiting: Waiting, code: FaultCode | undefined): void {
    this.#settle(waiting, code === undefined ? undefined : new Fault(code));
  }

  #settle(waiting: Waiting, fault?: Fault): void {
    this.#waiting = this.#waiting.filter((other) => other !== waiting);
    waiting.settle(fault);
  }
}
