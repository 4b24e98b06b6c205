import type { IncomingMessage, Link, LinkListener, LinkStatus, OutgoingMessage } from '../../../agent/link/link.ts';
import { Fault } from '../../../drivers/contract/fault.ts';

/** A broker's side of the link, stricter than the world: what the contract forbids fails the test at once. */
export class FakeLink implements Link {
  readonly published: OutgoingMessage[] = [];
  readonly filters: string[] = [];
  connected = true;
  window = 20;
  /** Publishes wait here while it is set: `acknowledge` lets them go. */
  held = false;
  underWay = 0;
  mostUnderWay = 0;
  #listeners: LinkListener[] = [];
  #waiting: (() => void)[] = [];
  #started = false;

  listen(listener: LinkListener): void {
    if (this.#started) throw new Error('listen after start');
    this.#listeners.push(listener);
  }

  subscribe(filter: string): void {
    if (this.#started) throw new Error('subscribe after start');
    this.filters.push(filter);
  }

  start(): void {
    this.#started = true;
  }

  async publish(message: OutgoingMessage, signal: AbortSignal): Promise<void> {
    if (message.topic === '' || /[+#\0]/.test(message.topic)) throw new Error('published to a filter');
    if (message.qos !== 1 || message.retain) throw new Error('a reply is QoS 1 and not retained');
    if (!this.connected) throw new Fault('link/not-connected');
    if (signal.aborted) throw new Fault('internal/cancelled');
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    if (this.underWay > this.window) throw new Error('more under way than the window allows');
    try {
      if (this.held) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      this.published.push(message);
    } finally {
      this.underWay--;
    }
  }

  acknowledge(): void {
    this.held = false;
    for (const go of this.#waiting.splice(0)) go();
  }

  status(): LinkStatus {
    return { connected: this.connected, connectedSince: null, reconnects: 0, fault: null };
  }

  async stop(): Promise<void> {}

  /** One copy for each subscription that fits, as a broker with overlapping subscriptions sends. */
  deliver(message: Partial<IncomingMessage> & { topic: string; payload: Uint8Array }): void {
    if (!this.#started) throw new Error('delivered before start');
    for (const filter of this.filters) {
      if (!fits(filter, message.topic)) continue;
      for (const listener of this.#listeners) listener.message({ tooLarge: false, retained: false, ...message });
    }
  }
}

function fits(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  return wanted.length === levels.length && wanted.every((level, i) => level === '+' || level === levels[i]);
}
