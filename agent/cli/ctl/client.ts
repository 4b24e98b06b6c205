import type { Duration } from '../../../drivers/contract/duration.ts';
import type { Fault } from '../../../drivers/contract/fault.ts';
import type { Clock } from '../../clock/clock.ts';
import { withDeadline } from '../../clock/deadline.ts';
import type { IncomingMessage, Link } from '../../link/link.ts';
import type { Topics } from '../../link/topics.ts';
import { Inquiries, type Outgoing } from './inquiries.ts';
import type { HeardReply } from './reply.ts';

export interface CtlClientOptions {
  readonly link: Link;
  readonly clock: Clock;
  readonly topics: Topics;
  /** Names the place where this client alone hears its replies, on MQTT 5. */
  readonly clientId: string;
  /** Topics of the requests that it may send. */
  readonly requests: readonly string[];
}

/** Sends requests to one gateway and waits for their outcomes. */
export class CtlClient {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #topics: Topics;
  readonly #inquiries: Inquiries;
  readonly #told = new Set<() => void>();
  #subscribed = false;
  #fault: Fault | undefined;
  #online: boolean | undefined;

  constructor({ link, clock, topics, clientId, requests }: CtlClientOptions) {
    this.#link = link;
    this.#clock = clock;
    this.#topics = topics;
    this.#inquiries = new Inquiries({ link, clock, clientId });
    link.listen({
      connected: () => undefined,
      disconnected: (fault) => this.#settle(false, fault),
      failed: (fault) => this.#settle(false, fault),
      subscribed: (fault) => this.#settle(fault === undefined, fault),
    });
    // The access list of a broker may open only one of the two to a client; the first that comes counts.
    const replies = [this.#inquiries.responseTopic(topics), ...requests.map((topic) => `${topic}/reply`)];
    for (const filter of [topics.availability, ...replies]) {
      link.subscribe(filter, (message) => this.#receive(message));
    }
  }

  /** The gateway's word on itself, or its will: undefined while nothing was heard. */
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

  /** See {@link Inquiries.ask}. */
  ask(request: Outgoing, limit: Duration, signal: AbortSignal): Promise<HeardReply | undefined> {
    return this.#inquiries.ask(this.#topics, request, limit, signal);
  }

  #receive(message: IncomingMessage): void {
    if (message.topic === this.#topics.availability) {
      const text = new TextDecoder().decode(message.payload);
      if (text === 'online' || text === 'offline') this.#online = text === 'online';
      this.#tell();
      return;
    }
    this.#inquiries.receive(message);
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
