import { milliseconds } from '../../drivers/contract/duration.ts';
import { type Fault, toFault } from '../../drivers/contract/fault.ts';
import { backoff } from '../clock/backoff.ts';
import type { Clock } from '../clock/clock.ts';
import type { Link } from '../link/link.ts';
import { DELIVERY, type Topics } from '../link/topics.ts';
import type { Log } from '../log/log.ts';
import type { Outbox, OutboxRecord } from '../outbox/outbox.ts';
import { withBackfill } from './reading.ts';
import { Suspect } from './suspect.ts';

/** Readings under way at once: enough to fill the way to a broker 100 ms away with 300 readings a second. */
const WINDOW = 32;
/** Of what the broker allows, this stays free for status, availability and replies. */
const RESERVED = 4;
const RETRY_LEAST = milliseconds(1000);
const RETRY_MOST = milliseconds(60_000);

export interface ForwarderSetup {
  readonly outbox: Outbox;
  readonly link: Link;
  readonly topics: Topics;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
}

interface Flight {
  readonly record: OutboxRecord;
  state: 'sent' | 'done' | 'failed';
}

export interface ForwarderStatus {
  /** Readings that the broker will never take (too large), given up since the start. */
  readonly refused: number;
  /** Why the broker does not take the oldest reading now; null while it does. */
  readonly fault: Fault | null;
}

/**
 * From the outbox to the broker while it is connected: in order, at QoS 1, so many at once; forgotten in the outbox
 * only as an acknowledged prefix. A reading that the broker refuses for now (access list, quota) is tried again ever
 * more slowly, alone, and what follows waits for it: nothing important is lost but by the outbox's own bound.
 */
export class Forwarder {
  readonly #setup: ForwarderSetup;
  readonly #suspect = new Suspect();
  readonly #stopping = new AbortController();
  /** What has been handed to the link, oldest first. */
  #flights: Flight[] = [];
  /** Acknowledged before an older one was: not sent again. Never more than the window. */
  #ahead = new Set<number>();
  #sentThrough = 0;
  /** Readings up to this one waited while the broker was away. */
  #backfillThrough = 0;
  #pause: AbortController | undefined;
  #alone = false;
  #attempt = 0;
  #refused = 0;
  #fault: Fault | null = null;
  #idle: (() => void) | undefined;

  constructor(setup: ForwarderSetup) {
    this.#setup = setup;
  }

  /** @param lastSeq the newest reading there is: it and all before it were not live */
  connected(lastSeq: number): void {
    this.#backfillThrough = lastSeq;
    this.pump();
  }

  disconnected(fault: Fault): void {
    this.#pause?.abort();
    this.#pause = undefined;
    const oldest = this.#flights.find(({ state }) => state !== 'done')?.record;
    this.#rewind();
    if (oldest !== undefined) this.#judge(oldest, fault);
    this.#idle?.();
  }

  /** Sends what may be sent now. Synchronous and cheap: called with every reading. */
  pump(): void {
    if (this.#pause !== undefined || this.#stopping.signal.aborted) return;
    const room = this.#window() - this.#flights.length;
    if (room <= 0) return;
    let known = false;
    for (const record of this.#setup.outbox.peek(room, this.#sentThrough)) {
      this.#sentThrough = record.seq;
      const done = this.#ahead.has(record.seq);
      known ||= done;
      const flight: Flight = { record, state: done ? 'done' : 'sent' };
      this.#flights.push(flight);
      if (!done) this.#send(flight);
    }
    if (known) this.#settle();
  }

  status(): ForwarderStatus {
    return { refused: this.#refused, fault: this.#fault };
  }

  /** Settles once the outbox is empty, the broker is gone, or the signal says that it took too long. */
  async drain(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#isIdle()) return;
    let give = () => {};
    await new Promise<void>((resolve) => {
      give = () => resolve();
      this.#idle = give;
      signal.addEventListener('abort', give);
    });
    signal.removeEventListener('abort', give);
    this.#idle = undefined;
  }

  /** Sends nothing more. What is under way is not waited for. */
  stop(): void {
    this.#pause?.abort();
    this.#stopping.abort();
  }

  #window(): number {
    const { window } = this.#setup.link;
    if (window === 0) return 0;
    return this.#alone ? 1 : Math.max(1, Math.min(WINDOW, window - RESERVED));
  }

  #send(flight: Flight): void {
    const { link, topics } = this.#setup;
    const { seq, device, payload } = flight.record;
    const message = {
      topic: topics.readings(device),
      payload: withBackfill(payload, seq <= this.#backfillThrough),
      ...DELIVERY.readings,
    };
    link.publish(message, this.#stopping.signal).then(
      () => this.#acknowledged(flight),
      (thrown) => this.#failed(flight, toFault(thrown)),
    );
  }

  #acknowledged(flight: Flight): void {
    if (!this.#flights.includes(flight)) return;
    flight.state = 'done';
    if (this.#flights[0] === flight && this.#pause === undefined) {
      this.#alone = false;
      this.#attempt = 0;
      this.#fault = null;
    }
    this.#settle();
    this.#proceed();
  }

  #failed(flight: Flight, fault: Fault): void {
    if (!this.#flights.includes(flight) || !this.#setup.link.connected || this.#stopping.signal.aborted) return;
    if (fault.code === 'link/too-large') {
      this.#giveUp(flight.record, fault);
      flight.state = 'done';
      this.#settle();
    } else {
      flight.state = 'failed';
      if (this.#fault?.code !== fault.code) {
        this.#setup.log.error('broker refuses readings', { device: flight.record.device }, fault);
      }
      this.#fault = fault;
    }
    this.#proceed();
  }

  /** After an answer: go on, or once all answers are there begin again at the one that was refused. */
  #proceed(): void {
    if (!this.#flights.some(({ state }) => state === 'failed')) {
      this.pump();
    } else if (this.#flights.every(({ state }) => state !== 'sent')) {
      this.#rewind();
      this.#alone = true;
      void this.#retryLater();
    } else {
      this.#pause ??= new AbortController();
    }
  }

  async #retryLater(): Promise<void> {
    const { clock, random } = this.#setup;
    const pause = new AbortController();
    this.#pause = pause;
    const wait = backoff(this.#attempt, RETRY_LEAST, RETRY_MOST, random());
    this.#attempt += 1;
    try {
      await clock.sleep(wait, pause.signal);
    } catch {
      return;
    }
    this.#pause = undefined;
    this.pump();
  }

  /** Forgets the acknowledged prefix. */
  #settle(): void {
    let through = 0;
    for (let first = this.#flights[0]; first?.state === 'done'; first = this.#flights[0]) {
      this.#flights.shift();
      through = first.record.seq;
    }
    if (through === 0) return;
    this.#setup.outbox.acknowledgeThrough(through);
    for (const seq of this.#ahead) if (seq <= through) this.#ahead.delete(seq);
    if (this.#isIdle()) this.#idle?.();
  }

  /** The next pass begins at the oldest reading that has not been acknowledged. */
  #rewind(): void {
    for (const { record, state } of this.#flights) if (state === 'done') this.#ahead.add(record.seq);
    this.#flights = [];
    this.#sentThrough = 0;
  }

  #judge(oldest: OutboxRecord, fault: Fault): void {
    const verdict = this.#suspect.struck(oldest.seq, oldest.payload.length, fault.code);
    if (verdict === 'alone') this.#alone = true;
    if (verdict !== 'give-up') return;
    this.#giveUp(oldest, fault);
    this.#setup.outbox.acknowledgeThrough(oldest.seq);
  }

  #giveUp({ device, seq, payload }: OutboxRecord, fault: Fault): void {
    this.#refused += 1;
    this.#setup.log.error('reading given up', { device, seq, characters: payload.length }, fault);
  }

  #isIdle(): boolean {
    return !this.#setup.link.connected || this.#setup.outbox.status().held === 0;
  }
}
