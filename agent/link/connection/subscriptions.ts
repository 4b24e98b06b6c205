import { Fault } from '../../../drivers/contract/fault.ts';
import type { Log } from '../../log/log.ts';
import type { LinkListeners } from '../link-listeners.ts';
import type { DeniedTopics } from './denied-topics.ts';
import type { MqttConnection } from './mqtt-connection.ts';
import { subscribeSize } from './packet-size.ts';

/** Stands for all of them where denied topics are counted: no topic has this name. */
const SUBSCRIPTIONS = '#';

/** What is to be heard on each connection, and what the broker says to that. */
export class Subscriptions {
  readonly #filters: string[] = [];
  readonly #denied: DeniedTopics;
  readonly #listeners: LinkListeners;
  readonly #log: Log;

  constructor(denied: DeniedTopics, listeners: LinkListeners, log: Log) {
    this.#denied = denied;
    this.#listeners = listeners;
    this.#log = log;
  }

  add(filter: string): void {
    this.#filters.push(filter);
  }

  /** Asks for all of them at once. */
  ask(connection: Pick<MqttConnection, 'subscribe' | 'session'>, version: 4 | 5): void {
    if (this.#filters.length === 0) return;
    const most = connection.session.maximumPacketSize ?? Number.POSITIVE_INFINITY;
    // no packet may be larger (MQTT 5, 3.2.2.3.6)
    if (subscribeSize(this.#filters, version) > most) this.#heard(new Fault('link/too-large'));
    else connection.subscribe(this.#filters, (fault) => this.#heard(fault));
  }

  #heard(fault: Fault | undefined): void {
    if (fault !== undefined) this.#log.error('subscription refused', {}, fault);
    this.#denied.heard(SUBSCRIPTIONS, fault);
    this.#listeners.tell((listener) => listener.subscribed?.(fault));
  }
}
