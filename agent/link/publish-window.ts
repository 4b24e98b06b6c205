import { Fault } from '../../drivers/contract/fault.ts';
import type { Instant } from '../clock/clock.ts';
import { unlessAborted } from '../clock/deadline.ts';
import type { OutgoingMessage } from './link.ts';
import type { Acknowledged } from './mqtt-connection.ts';

/** Messages that may wait for a place in the window, while connected: every device's availability, replies, status. */
export const LONGEST_QUEUE = 1024;

/** Fixed header, lengths, identifiers and names of properties of a PUBLISH, rounded up (MQTT 5, 3.3). */
const PACKET_OVERHEAD = 48;

interface Group {
  readonly members: Set<Pending>;
  readonly cancel: () => void;
}

interface Pending {
  readonly message: OutgoingMessage;
  readonly settle: Acknowledged;
  readonly signal: AbortSignal;
  /** Undefined while it waits for its place. */
  sentAt: Instant | undefined;
  settled: boolean;
}

/**
 * QoS 1 messages of one connection: at most so many unacknowledged as the broker allows (MQTT 5, 3.3.4: more is a
 * protocol error), the others wait in a bounded line. Nothing outlives the connection.
 */
export class PublishWindow {
  readonly #limit: number;
  readonly #now: () => Instant;
  readonly #send: (message: OutgoingMessage, done: Acknowledged) => void;
  readonly #sent = new Set<Pending>();
  #queue: Pending[] = [];
  /** One listener a signal, however many messages hang on it: Node warns of more than ten. */
  readonly #groups = new Map<AbortSignal, Group>();
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(limit: number, now: () => Instant, send: (message: OutgoingMessage, done: Acknowledged) => void) {
    this.#limit = limit;
    this.#now = now;
    this.#send = send;
  }

  /** `settle` is called once: with the broker's word, at the end of the connection, or when the signal is aborted. */
  publish(message: OutgoingMessage, signal: AbortSignal, settle: Acknowledged): void {
    if (this.#closed || this.#queue.length >= LONGEST_QUEUE) {
      settle(new Fault(this.#closed ? 'link/not-connected' : 'link/congested'));
      return;
    }
    const pending: Pending = { message, settle, signal, sentAt: undefined, settled: false };
    this.#group(signal).members.add(pending);
    if (this.#sent.size < this.#limit) this.#hand(pending);
    else this.#queue.push(pending);
  }

  /** For how long the oldest message has waited for its acknowledgement; 0 where none waits. */
  oldestWait(): number {
    for (const { sentAt } of this.#sent) return sentAt === undefined ? 0 : this.#now() - sentAt;
    return 0;
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

  /** What was sent may have arrived; what waited was not sent. */
  close(fault: Fault): void {
    this.#closed = true;
    const sent = [...this.#sent];
    const waiting = this.#queue;
    this.#sent.clear();
    this.#queue = [];
    for (const pending of sent) this.#settle(pending, fault);
    for (const pending of waiting) this.#settle(pending, new Fault('link/not-connected'));
    this.#idle?.();
  }

  #isIdle(): boolean {
    return this.#sent.size === 0 && this.#queue.length === 0;
  }

  #hand(pending: Pending): void {
    this.#sent.add(pending);
    pending.sentAt = this.#now();
    this.#send(pending.message, (fault) => {
      this.#sent.delete(pending);
      this.#settle(pending, fault);
      this.#refill();
      if (this.#isIdle()) this.#idle?.();
    });
  }

  #refill(): void {
    while (!this.#closed && this.#sent.size < this.#limit) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#hand(next);
    }
  }

  /** What was sent keeps its place in the window until the broker has spoken. */
  #cancel(pending: Pending): void {
    if (pending.sentAt === undefined) this.#queue = this.#queue.filter((other) => other !== pending);
    this.#settle(pending, new Fault('internal/cancelled'));
  }

  #settle(pending: Pending, fault: Fault | undefined): void {
    if (pending.settled) return;
    pending.settled = true;
    this.#ungroup(pending);
    pending.settle(fault);
  }

  #group(signal: AbortSignal): Group {
    const known = this.#groups.get(signal);
    if (known !== undefined) return known;
    const members = new Set<Pending>();
    const cancel = () => {
      for (const pending of [...members]) this.#cancel(pending);
    };
    signal.addEventListener('abort', cancel);
    const group = { members, cancel };
    this.#groups.set(signal, group);
    return group;
  }

  #ungroup(pending: Pending): void {
    const group = this.#groups.get(pending.signal);
    group?.members.delete(pending);
    if (group === undefined || group.members.size > 0) return;
    pending.signal.removeEventListener('abort', group.cancel);
    this.#groups.delete(pending.signal);
  }
}

/** Bytes of the packet, rounded up. */
export function sizeOf({ topic, payload, correlationData, responseTopic, user }: OutgoingMessage): number {
  const properties = (correlationData?.length ?? 0) + Buffer.byteLength(`${responseTopic ?? ''}${user ?? ''}`);
  return Buffer.byteLength(topic) + Buffer.byteLength(payload) + properties + PACKET_OVERHEAD;
}
