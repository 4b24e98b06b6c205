import { toFault } from '../../../drivers/contract/fault.ts';
import type { Clock } from '../../clock/clock.ts';
import { withDeadline } from '../../clock/deadline.ts';
import type { Supervisor } from '../../clock/supervisor.ts';
import type { Link } from '../../link/link.ts';
import { DELIVERY } from '../../link/topics.ts';
import { REPLIES_QUEUED, REPLIES_UNDER_WAY, REPLY_LIMIT } from '../limits.ts';
import { shortReply } from './reply.ts';

/** Where a reply goes: the request's topic + `/reply`, and the response topic where it is one of ours. */
interface RemoteDestination {
  readonly topic: string;
  readonly response?: { readonly topic: string; readonly correlationData: Uint8Array | undefined } | undefined;
}

/** Or to a part of the agent that asked in somebody's name. The call must not throw. */
export type Destination = RemoteDestination | { readonly hear: (reply: string) => void };

interface Outgoing {
  readonly topic: string;
  readonly payload: string;
  readonly correlationData?: Uint8Array | undefined;
  readonly done: () => void;
}

/**
 * Replies on their way to the broker: a bounded queue and a bounded number under way, so that a flood of requests
 * neither fills the memory nor takes the readings' share of the link's window. A reply that can not go out is counted
 * and dropped; the ledger still has it for a second request.
 */
export class Replies {
  readonly #clock: Clock;
  readonly #link: Link;
  readonly #signal: AbortSignal;
  readonly #supervisor: Supervisor;
  readonly #queue: Outgoing[] = [];
  readonly #pending = new Set<Promise<void>>();
  #underWay = 0;
  #unsent = 0;

  /** @param signal ends all that is under way */
  constructor(clock: Clock, link: Link, signal: AbortSignal, supervisor: Supervisor) {
    this.#clock = clock;
    this.#link = link;
    this.#signal = signal;
    this.#supervisor = supervisor;
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Messages that could not be published, since the start. */
  get unsent(): number {
    return this.#unsent;
  }

  /** Settles when the reply is out, or can not go out. Never throws. */
  async send(to: Destination, payload: string): Promise<void> {
    if ('hear' in to) return to.hear(payload);
    const { topic, response } = to;
    const sent = [this.#add(topic, payload, undefined)];
    if (response !== undefined) sent.push(this.#add(response.topic, payload, response.correlationData));
    await Promise.all(sent);
  }

  /** Settles when all that was given so far is out, or can not go out. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }

  #add(topic: string, payload: string, correlationData: Uint8Array | undefined): Promise<void> {
    if (this.#signal.aborted || this.#queue.length >= REPLIES_QUEUED) {
      this.#unsent++;
      return Promise.resolve();
    }
    const pending = new Promise<void>((resolve) => {
      this.#queue.push({ topic, payload, correlationData, done: resolve });
    }).finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
    this.#pump();
    return pending;
  }

  /** At least one may go while the link is connected; the window is the broker's, and half of it is the readings'. */
  #pump(): void {
    while (this.#underWay < Math.min(REPLIES_UNDER_WAY, Math.max(1, Math.floor(this.#link.window / 2)))) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      void this.#supervisor.errand('command reply', () => this.#publish(next));
    }
  }

  async #publish({ topic, payload, correlationData, done }: Outgoing): Promise<void> {
    this.#underWay++;
    const message = { topic, payload, ...DELIVERY.reply, correlationData };
    try {
      await withDeadline(this.#clock, REPLY_LIMIT, this.#signal, async (signal) => {
        try {
          await this.#link.publish(message, signal);
        } catch (thrown) {
          if (toFault(thrown).code !== 'link/too-large') throw thrown;
          await this.#link.publish({ ...message, payload: shortReply(payload) }, signal);
        }
      });
    } catch {
      this.#unsent++;
    } finally {
      this.#underWay--;
      done();
      this.#pump();
    }
  }
}
