import type { Duration } from '../../../drivers/contract/duration.ts';
import { type Fault, toFault } from '../../../drivers/contract/fault.ts';
import type { FaultCode } from '../../../drivers/contract/faults.ts';
import type { Clock } from '../../clock/clock.ts';
import { withDeadline } from '../../clock/deadline.ts';
import type { IncomingMessage, Link, OutgoingMessage } from '../../link/link.ts';
import type { Topics } from '../../link/topics.ts';
import { type HeardReply, readReply } from './reply.ts';

/** A request as it goes out. */
export interface Outgoing {
  readonly id: string;
  readonly topic: string;
  readonly payload: string;
  readonly user: string | undefined;
}

export interface CtlClientOptions {
  readonly link: Link;
  readonly clock: Clock;
  readonly topics: Topics;
  /** Names the place where this client alone hears its replies, on MQTT 5. */
  readonly clientId: string;
  /** Topics of the requests that it may send. */
  readonly requests: readonly string[];
}

/** Faults of a publish after which the broker may have it all the same. */
const MAY_HAVE_ARRIVED: ReadonlySet<FaultCode> = new Set<FaultCode>(['link/lost', 'link/timeout']);

/** Who sends requests to one gateway and waits for what becomes of them. */
export class CtlClient {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #topics: Topics;
  readonly #responseTopic: string;
  readonly #heard = new Set<(message: IncomingMessage) => void>();
  readonly #told = new Set<() => void>();
  #subscribed = false;
  #fault: Fault | undefined;
  #online: boolean | undefined;

  constructor({ link, clock, topics, clientId, requests }: CtlClientOptions) {
    this.#link = link;
    this.#clock = clock;
    this.#topics = topics;
    this.#responseTopic = `${topics.root}/reply/${clientId}`;
    link.listen({
      connected: () => undefined,
      disconnected: (fault) => this.#settle(false, fault),
      failed: (fault) => this.#settle(false, fault),
      subscribed: (fault) => this.#settle(fault === undefined, fault),
    });
    // The access list of a broker may open only one of the two to a client; whichever comes first counts.
    const replies = [this.#responseTopic, ...requests.map((topic) => `${topic}/reply`)];
    for (const filter of [topics.availability, ...replies]) {
      link.subscribe(filter, (message) => this.#receive(message));
    }
  }

  /** What the gateway said of itself, or its will: undefined while nothing was heard. */
  get online(): boolean | undefined {
    return this.#online;
  }

  /**
   * Settles once the broker has taken the subscriptions: replies can be heard from then on. One attempt.
   * @throws Fault `link/…`, `config/credential`, `internal/deadline`, `internal/cancelled`
   */
  async connect(limit: Duration, signal: AbortSignal): Promise<void> {
    this.#link.start();
    const isOver = () => this.#subscribed || this.#fault !== undefined;
    await this.#until(isOver, limit, signal);
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** Gives the broker the time to tell what it keeps of the gateway; not all clients may see it. */
  async look(limit: Duration, signal: AbortSignal): Promise<void> {
    await this.#until(() => this.#online !== undefined, limit, signal).catch(() => undefined);
  }

  /**
   * Sends the request, once, and waits for its reply. Never again, also after a lost connection: a gateway that
   * forgot its ids meanwhile would execute it twice.
   * @returns undefined where it may have got there and nothing came back
   * @throws Fault for a request that did not get there
   */
  async ask(request: Outgoing, limit: Duration, signal: AbortSignal): Promise<HeardReply | undefined> {
    let mayHaveArrived = false;
    let hear = (_: IncomingMessage) => {};
    const reply = new Promise<HeardReply>((resolve) => {
      hear = ({ payload }) => {
        const found = readReply(payload, request.id);
        if (found !== undefined) resolve(found);
      };
    });
    this.#heard.add(hear);
    try {
      return await withDeadline(this.#clock, limit, signal, (inner) => {
        mayHaveArrived = this.#link.connected;
        const sent = this.#link.publish(this.#message(request), inner).catch((thrown) => {
          const fault = toFault(thrown);
          // the reply of a request that is under way may still come
          if (MAY_HAVE_ARRIVED.has(fault.code)) return;
          if (!inner.aborted) mayHaveArrived = false;
          throw fault;
        });
        return Promise.race([reply, sent.then(() => reply)]);
      });
    } catch (thrown) {
      if (mayHaveArrived) return undefined;
      throw toFault(thrown);
    } finally {
      this.#heard.delete(hear);
    }
  }

  #message({ id, topic, payload, user }: Outgoing): OutgoingMessage {
    const correlationData = new TextEncoder().encode(id);
    return { topic, payload, qos: 1, retain: false, responseTopic: this.#responseTopic, correlationData, user };
  }

  #receive(message: IncomingMessage): void {
    if (message.topic === this.#topics.availability) {
      const text = new TextDecoder().decode(message.payload);
      if (text === 'online' || text === 'offline') this.#online = text === 'online';
      this.#tell();
      return;
    }
    // a reply that was kept by the broker is not the one to a request of just now
    if (message.retained || message.tooLarge) return;
    for (const hear of this.#heard) hear(message);
  }

  #settle(subscribed: boolean, fault: Fault | undefined): void {
    this.#subscribed = subscribed;
    this.#fault = fault;
    this.#tell();
  }

  #tell(): void {
    for (const tell of this.#told) tell();
  }

  async #until(met: () => boolean, limit: Duration, signal: AbortSignal): Promise<void> {
    let tell = () => {};
    try {
      await withDeadline(this.#clock, limit, signal, async () => {
        await new Promise<void>((resolve) => {
          tell = () => met() && resolve();
          this.#told.add(tell);
          tell();
        });
      });
    } finally {
      this.#told.delete(tell);
    }
  }
}
