import { Fault } from '../../../drivers/contract/fault.ts';
import { AbortWatch } from '../../clock/abort-watch.ts';
import type { Instant } from '../../clock/clock.ts';
import { unlessAborted } from '../../clock/deadline.ts';
import type { OutgoingMessage } from '../link.ts';
import type { Acknowledged } from './terms.ts';

/** Messages that may wait for a place in the window, while connected: every device's availability, replies, status. */
export const LONGEST_QUEUE = 1024;

/** Messages that must go alone wait for their turn no longer than this, however many others there are. */
const LONGEST_TURN = 1000;

interface Pending {
  readonly message: OutgoingMessage;
  readonly settle: Acknowledged;
  readonly signal: AbortSignal;
  readonly cancel: () => void;
  /** Of the packet, in bytes. */
  readonly size: number;
  readonly since: Instant;
  /** Undefined while it waits for its place. */
  sentAt: Instant | undefined;
  settled: boolean;
}

export interface PublishWindowOptions {
  /** So many may be unacknowledged. */
  readonly limit: number;
  readonly now: () => Instant;
  readonly send: (message: OutgoingMessage, done: Acknowledged) => void;
  /** Bytes of the packet. */
  readonly sizeOf: (message: OutgoingMessage) => number;
  /** Whether the message may only go while nothing else is under way; asked again after each answer. */
  readonly goesAlone: (message: OutgoingMessage, size: number) => boolean;
  /** Whether nothing passes what must go alone. It changes to `true` only where nothing must any more. */
  readonly inOrder: () => boolean;
}

/** A message that was sent and has no answer. */
export interface Unacknowledged {
  readonly message: OutgoingMessage;
  readonly size: number;
  readonly sentAt: Instant;
}

/**
 * QoS 1 messages of one connection: at most so many unacknowledged as the broker allows (MQTT 5, 3.3.4: more is a
 * protocol error), the others wait in a bounded line. Those that must go alone go in their turn. Where the order does not
 * count, they go after the others, the smallest first; but retained ones of one topic never pass each other, for the last
 * one stays. Nothing outlives the connection.
 */
export class PublishWindow {
  readonly #options: PublishWindowOptions;
  readonly #sent = new Set<Pending>();
  #queue: Pending[] = [];
  /** Wait for their turn to go alone, in the order in which they came. */
  #wary: Pending[] = [];
  #held = false;
  /** The one that is under way alone. */
  #alone: Pending | undefined;
  readonly #watch = new AbortWatch();
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(options: PublishWindowOptions) {
    this.#options = options;
  }

  /** Sends nothing until `go`. */
  hold(): void {
    this.#held = true;
  }

  get held(): boolean {
    return this.#held;
  }

  go(): void {
    this.#held = false;
    this.#refill();
  }

  /** `settle` is called once: with the broker's word, at the end of the connection, or when the signal is aborted. */
  publish(message: OutgoingMessage, signal: AbortSignal, settle: Acknowledged): void {
    if (this.#closed || this.#queue.length + this.#wary.length >= LONGEST_QUEUE) {
      settle(new Fault(this.#closed ? 'link/not-connected' : 'link/congested'));
      return;
    }
    const { sizeOf, now } = this.#options;
    const pending: Pending = {
      ...{ message, settle, signal, cancel: () => this.#cancel(pending), size: sizeOf(message), since: now() },
      ...{ sentAt: undefined, settled: false },
    };
    this.#watch.add(signal, pending.cancel);
    const isBehind = this.#wary.length > 0 && this.#options.inOrder();
    if (isBehind || this.mustWait(message, pending.size)) this.#wary.push(pending);
    else this.#queue.push(pending);
    this.#refill();
  }

  /** Whether it may only go alone, or behind a retained one of its topic that does. */
  mustWait(message: OutgoingMessage, size: number): boolean {
    if (this.#options.goesAlone(message, size)) return true;
    return message.retain && this.#wary.some((other) => other.message.topic === message.topic);
  }

  /** For how long the oldest message has waited for its acknowledgement; 0 where none waits. */
  oldestWait(): number {
    for (const { sentAt } of this.#sent) return sentAt === undefined ? 0 : this.#options.now() - sentAt;
    return 0;
  }

  /** Sent and not answered, the oldest first. */
  unacknowledged(): readonly Unacknowledged[] {
    return Array.from(this.#sent, ({ message, size, sentAt = 0 }) => ({ message, size, sentAt }));
  }

  /** Settles once nothing is under way or waits; at the signal too. */
  async drained(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#isIdle()) return;
    const idle = new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
    await unlessAborted(idle, signal);
    this.#idle = undefined;
  }

  /** Messages that were sent may have arrived; waiting ones were not sent. */
  close(fault: Fault): void {
    this.#closed = true;
    const sent = [...this.#sent];
    const waiting = [...this.#queue, ...this.#wary];
    this.#sent.clear();
    this.#queue = [];
    this.#wary = [];
    for (const pending of sent) this.#settle(pending, fault);
    for (const pending of waiting) this.#settle(pending, new Fault('link/not-connected'));
    this.#watch.clear();
    this.#idle?.();
  }

  #isIdle(): boolean {
    return this.#sent.size === 0 && this.#queue.length === 0 && this.#wary.length === 0;
  }

  #hand(pending: Pending): void {
    const { now, send } = this.#options;
    this.#sent.add(pending);
    pending.sentAt = now();
    send(pending.message, (fault) => {
      this.#sent.delete(pending);
      if (this.#alone === pending) this.#alone = undefined;
      this.#settle(pending, fault);
      this.#refill();
      if (this.#isIdle()) this.#idle?.();
    });
  }

  #refill(): void {
    while (!this.#closed && !this.#held && this.#alone === undefined && this.#sent.size < this.#options.limit) {
      const next = this.#next();
      if (next === undefined) return;
      this.#hand(next);
    }
  }

  #next(): Pending | undefined {
    if (this.#wary.length > 0) this.#release();
    const [oldest] = this.#wary;
    if (oldest === undefined) return this.#queue.shift();
    const inOrder = this.#options.inOrder();
    const isDue = this.#queue.length === 0 || (!inOrder && this.#options.now() - oldest.since >= LONGEST_TURN);
    if (!isDue) return this.#queue.shift();
    if (this.#sent.size > 0) return undefined;
    const least = inOrder ? oldest : leastOf(this.#wary);
    this.#wary = this.#wary.filter((other) => other !== least);
    this.#alone = least;
    return least;
  }

  /** A message that need not go alone any more goes with all others. */
  #release(): void {
    const inOrder = this.#options.inOrder();
    const still: Pending[] = [];
    for (const pending of this.#wary) {
      const { message, size } = pending;
      const behind = inOrder
        ? still.length > 0
        : message.retain && still.some((other) => other.message.topic === message.topic);
      if (behind || this.#options.goesAlone(message, size)) still.push(pending);
      else this.#queue.push(pending);
    }
    this.#wary = still;
  }

  /** A message that was sent keeps its place in the window until the broker has spoken. */
  #cancel(pending: Pending): void {
    if (pending.sentAt === undefined) {
      this.#queue = this.#queue.filter((other) => other !== pending);
      this.#wary = this.#wary.filter((other) => other !== pending);
    }
    this.#settle(pending, new Fault('internal/cancelled'));
  }

  #settle(pending: Pending, fault: Fault | undefined): void {
    if (pending.settled) return;
    pending.settled = true;
    this.#watch.delete(pending.signal, pending.cancel);
    pending.settle(fault);
  }
}

/** The smallest, of those that are the first of their topic. */
function leastOf(wary: readonly Pending[]): Pending | undefined {
  const topics = new Set<string>();
  let least: Pending | undefined;
  for (const pending of wary) {
    const { topic, retain } = pending.message;
    if (retain && topics.has(topic)) continue;
    if (retain) topics.add(topic);
    if (least === undefined || pending.size < least.size) least = pending;
  }
  return least;
}
