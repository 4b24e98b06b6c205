import { toFault } from '../../drivers/contract/fault.ts';
import type { LineTiming, Port } from '../../drivers/contract/port.ts';
import { atSpeed } from '../../drivers/port/line.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import type { PendingAnswer } from './waiting.ts';

/** A machine that is busy may let the writing thread wait; after this many milliseconds it is not busy but broken. */
const LONGEST_UNSENT = 1000;

/** An event loop that keeps up has handed over within so many milliseconds what came. */
const HEARD_WITHIN = 1;

const NOTHING = new Uint8Array(0);

/** Puts the requests of one open port on the wire, and knows when they are out. */
export class Sender {
  readonly #port: Port;
  readonly #clock: Clock;
  readonly #configured: LineTiming;
  #timing: LineTiming;
  #requests = 0;
  #following: Promise<void> | undefined;

  constructor(port: Port, clock: Clock, timing: LineTiming) {
    this.#port = port;
    this.#clock = clock;
    this.#configured = timing;
    this.#timing = timing;
  }

  /** How many requests were handed to the port. */
  get requests(): number {
    return this.#requests;
  }

  /** One character now, milliseconds. */
  get characterMs(): number {
    return this.#timing.characterMs;
  }

  /** The speed may be another than configured. */
  get isChanged(): boolean {
    return this.#timing.baudRate !== this.#configured.baudRate;
  }

  /** The port has another speed from now on, bits per second. */
  setSpeed(baudRate: number): void {
    this.#timing = atSpeed(this.#configured, baudRate);
  }

  /** At once. @returns nothing where it is out already */
  write(waiting: PendingAnswer, signal: AbortSignal): Promise<void> | undefined {
    const { request } = waiting.question.exchange;
    waiting.stage = 'out';
    this.#requests += 1;
    // a request is over on the wire when its last character is, however soon the kernel took it
    waiting.requestEnd = this.#clock.now() + request.length * this.characterMs;
    const taken = this.#port.write(request, signal);
    if (taken !== undefined) return taken.then(() => this.#taken(waiting));
    this.#taken(waiting);
    return undefined;
  }

  #taken(waiting: PendingAnswer): void {
    waiting.requestEnd = Math.max(waiting.requestEnd, this.#clock.now());
  }

  /** Further requests are being written until this settles; it never rejects. */
  get following(): Promise<void> | undefined {
    return this.#following;
  }

  /**
   * The further requests that are due go out in one write, and those that become due meanwhile after it. A line that
   * has a writing thread has none.
   */
  follow(waiting: PendingAnswer): void {
    if (!waiting.isSent || waiting.followed >= waiting.due) return;
    this.#following ??= this.#writeFurther(waiting);
  }

  async #writeFurther(waiting: PendingAnswer): Promise<void> {
    const { further = [] } = waiting.question.exchange;
    try {
      // not inside the call that brings an answer
      await undefined;
      while (!waiting.isOver && waiting.followed < waiting.due) {
        const requests = further.slice(waiting.followed, waiting.due);
        waiting.followed += requests.length;
        waiting.followedAt = this.#clock.now();
        this.#requests += 1;
        const [only = NOTHING] = requests;
        await this.#port.write(requests.length === 1 ? only : Buffer.concat(requests), waiting.signal);
      }
    } catch (thrown) {
      waiting.fail(toFault(thrown));
    } finally {
      this.#following = undefined;
    }
  }

  /**
   * Whether the writing thread would keep a request for a while until this instant: it is called back then once something
   * comes. So a look would find no more than the event loop does by then, and one that finds nothing costs a twentieth of
   * a poll.
   */
  keepsUntil(sendableAt: Instant): boolean {
    return this.#port.paced !== undefined && sendableAt - this.#clock.now() >= HEARD_WITHIN;
  }

  /** At this instant, by the writing thread. */
  arm(waiting: PendingAnswer, sendableAt: Instant): void {
    const { request } = waiting.question.exchange;
    const at = Math.max(sendableAt, this.#clock.now());
    waiting.requestEnd = at + request.length * this.characterMs;
    waiting.stage = 'armed';
    this.#requests += 1;
    this.#port.paced?.send(request, at);
  }

  /** True where the request has not gone out; it never will then, unless it is armed again. */
  recall(waiting: PendingAnswer): boolean {
    if (waiting.stage === 'armed') waiting.stage = this.#port.paced?.cancel() ? 'unsent' : 'out';
    return waiting.stage === 'unsent';
  }

  /** For how long the writing thread may still be busy with something else, milliseconds; 0: the request is out. */
  sparedFor({ stage, requestEnd }: PendingAnswer): number {
    const isOut = stage !== 'armed' || this.#port.paced?.sentAt !== undefined;
    return isOut ? 0 : Math.max(0, requestEnd + LONGEST_UNSENT - this.#clock.now());
  }

  /** When its last character is out, as far as is known. */
  endOf({ question, requestEnd }: PendingAnswer): Instant {
    const { length } = question.exchange.request;
    // the last bytes of the writing thread were another request, where this one has nothing to send
    const sentAt = length === 0 ? undefined : this.#port.paced?.sentAt;
    return sentAt === undefined ? requestEnd : sentAt + length * this.characterMs;
  }
}
