import type { Duration } from '../../../drivers/contract/duration.ts';
import { toFault } from '../../../drivers/contract/fault.ts';
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

export interface InquiriesOptions {
  readonly link: Pick<Link, 'connected' | 'publish'>;
  readonly clock: Clock;
  /** Names the place where this client alone hears its replies, on MQTT 5. */
  readonly clientId: string;
}

/** Faults of a publish after which the broker may have it all the same. */
const MAY_HAVE_ARRIVED: ReadonlySet<FaultCode> = new Set<FaultCode>(['link/lost', 'link/timeout']);

/** Requests that wait for their replies, to one gateway or to several. */
export class Inquiries {
  readonly #options: InquiriesOptions;
  readonly #heard = new Set<(message: IncomingMessage) => void>();

  constructor(options: InquiriesOptions) {
    this.#options = options;
  }

  /** Where a gateway's replies come to this client alone. */
  responseTopic({ root }: Topics): string {
    return `${root}/reply/${this.#options.clientId}`;
  }

  /**
   * Sends the request, once, and waits for its reply. Never again, also after a lost connection: a gateway that
   * forgot its ids meanwhile would execute it twice.
   * @param topics of the gateway: nobody else answers for it
   * @returns undefined where it may have got there and nothing came back
   * @throws Fault for a request that did not get there
   */
  async ask(topics: Topics, request: Outgoing, limit: Duration, signal: AbortSignal): Promise<HeardReply | undefined> {
    const { link, clock } = this.#options;
    let mayHaveArrived = false;
    let hear = (_: IncomingMessage) => {};
    const reply = new Promise<HeardReply>((resolve) => {
      hear = ({ topic, payload }) => {
        const found = topic.startsWith(`${topics.root}/`) ? readReply(payload, request.id) : undefined;
        if (found !== undefined) resolve(found);
      };
    });
    this.#heard.add(hear);
    try {
      return await withDeadline(clock, limit, signal, (inner) => {
        mayHaveArrived = link.connected;
        const sent = link.publish(this.#message(topics, request), inner).catch((thrown) => {
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

  /** Takes a message of the topics for replies. */
  receive(message: IncomingMessage): void {
    // a reply that was kept by the broker is not the one to a request of just now
    if (message.retained || message.tooLarge) return;
    for (const hear of this.#heard) hear(message);
  }

  #message(topics: Topics, { id, topic, payload, user }: Outgoing): OutgoingMessage {
    const correlationData = new TextEncoder().encode(id);
    const responseTopic = this.responseTopic(topics);
    return { topic, payload, qos: 1, retain: false, responseTopic, correlationData, user };
  }
}
