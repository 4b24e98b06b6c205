import { Fault } from '../../../drivers/contract/fault.ts';
import type { Supervisor } from '../../clock/supervisor.ts';
import type { Log } from '../../log/log.ts';
import type { IncomingMessage } from '../link.ts';
import type { LinkListeners } from '../link-listeners.ts';
import { matches } from '../topic-filter.ts';
import type { DeniedTopics } from './denied-topics.ts';
import type { MqttConnection } from './mqtt-connection.ts';
import { subscribeSize } from './packet-size.ts';

/** Stands for all of them where denied topics are counted: no topic has this name. */
const SUBSCRIPTIONS = '#';

/** The filters to be heard on each connection, and the broker's answer to them. */
export class Subscriptions {
  readonly #heard: { readonly filter: string; readonly hear: (message: IncomingMessage) => void }[] = [];
  readonly #denied: DeniedTopics;
  readonly #listeners: LinkListeners;
  readonly #log: Log;
  readonly #supervisor: Supervisor;

  constructor(denied: DeniedTopics, listeners: LinkListeners, log: Log, supervisor: Supervisor) {
    this.#supervisor = supervisor;
    this.#denied = denied;
    this.#listeners = listeners;
    this.#log = log;
  }

  add(filter: string, hear: (message: IncomingMessage) => void): void {
    this.#heard.push({ filter, hear });
  }

  /** Hands a message to all that asked for its topic; one that throws keeps it from nobody else. */
  deliver(message: IncomingMessage): void {
    for (const { filter, hear } of this.#heard) {
      if (matches(filter, message.topic)) this.#supervisor.guard('subscriber of the broker link', () => hear(message));
    }
  }

  /** Asks for all of them at once. */
  ask(connection: Pick<MqttConnection, 'subscribe' | 'session'>, version: 4 | 5): void {
    const filters = [...new Set(this.#heard.map(({ filter }) => filter))];
    if (filters.length === 0) return;
    const most = connection.session.maximumPacketSize ?? Number.POSITIVE_INFINITY;
    // no packet may be larger (MQTT 5, 3.2.2.3.6)
    if (subscribeSize(filters, version) > most) this.#told(new Fault('link/too-large'));
    else connection.subscribe(filters, (fault) => this.#told(fault));
  }

  #told(fault: Fault | undefined): void {
    if (fault !== undefined) this.#log.error('subscription refused', {}, fault);
    this.#denied.heard(SUBSCRIPTIONS, fault);
    this.#listeners.tell((listener) => listener.subscribed?.(fault));
  }
}
