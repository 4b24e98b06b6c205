import { milliseconds } from '../../../drivers/contract/duration.ts';
import type { IncomingMessage, OutgoingMessage } from '../../link/link.ts';
import type { Convention, Message, PlantChange, PlantView } from '../convention.ts';
import { type DiscoveryDocument, deviceBlock } from './documents.ts';

const DELIVERY = { qos: 1, retain: true } as const;
/**
 * Between the two steps that take a component out: while Home Assistant works on a document it looks at no second one of
 * the same topic.
 */
const BETWEEN_STEPS = milliseconds(2000);

/** Documents and components that were announced once and are no longer configured. */
export interface Removals {
  /** Topics of whole documents. */
  readonly documents: readonly string[];
  /** By topic of a document that stays: components that went, with the platform that they had. */
  readonly components: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export interface HomeAssistantSetup {
  /** By topic; empty where Home Assistant is told nothing any more. */
  readonly documents: ReadonlyMap<string, DiscoveryDocument>;
  /** The topic of a device's document. */
  readonly topicOf: (device: string) => string;
  /** Where it says that it has started; undefined: it is not listened to. */
  readonly statusTopic: string | undefined;
  /** Looked at for each round. */
  readonly removals: () => Removals;
  /** Said behind the documents: the other condition of an entity's availability. */
  readonly presence: () => OutgoingMessage;
}

/**
 * Home Assistant's MQTT discovery by devices. It carries no values: entities read Fieldward's own topics. States are told
 * again behind each round, because Home Assistant drops those that come before their entity.
 */
export class HomeAssistant implements Convention {
  readonly name = 'home-assistant';
  readonly subscriptions: readonly string[];
  readonly #setup: HomeAssistantSetup;

  constructor(setup: HomeAssistantSetup) {
    this.#setup = setup;
    this.subscriptions = setup.statusTopic === undefined ? [] : [setup.statusTopic];
  }

  *births(plant: PlantView): Iterable<Message> {
    const { removals, presence } = this.#setup;
    const documents = this.#documentsNow(plant);
    const { documents: gone, components } = removals();
    for (const topic of gone) yield { topic, payload: '', ...DELIVERY };
    let stepped = false;
    for (const [topic, document] of documents) {
      const leaving = components.get(topic);
      if (leaving === undefined) continue;
      stepped = true;
      const marks = Array.from(leaving, ([key, platform]) => [key, { platform }]);
      const whole = { ...document, components: { ...document.components, ...Object.fromEntries(marks) } };
      yield { topic, payload: JSON.stringify(whole), ...DELIVERY };
    }
    let after = stepped ? BETWEEN_STEPS : undefined;
    for (const [topic, document] of documents) {
      yield { topic, payload: JSON.stringify(document), ...DELIVERY, after };
      after = undefined;
    }
    if (documents.size > 0) yield presence();
  }

  /** Entities hear Fieldward's own topics; the identity of a device stands in its document alone. */
  *changed(change: PlantChange, plant: PlantView): Iterable<OutgoingMessage> {
    if (change.kind !== 'identity') return;
    const topic = this.#setup.topicOf(change.device);
    const document = this.#documentsNow(plant).get(topic);
    if (document !== undefined) yield { topic, payload: JSON.stringify(document), ...DELIVERY };
  }

  /** With what is known of the devices now. */
  #documentsNow({ gateway, devices }: PlantView): ReadonlyMap<string, DiscoveryDocument> {
    const { documents, topicOf } = this.#setup;
    const now = new Map(documents);
    for (const device of devices) {
      const topic = topicOf(device.id);
      const document = documents.get(topic);
      if (document !== undefined) now.set(topic, { ...document, device: deviceBlock(gateway, device) });
    }
    return now;
  }

  heard({ payload, tooLarge }: IncomingMessage): 'births' | undefined {
    return !tooLarge && new TextDecoder().decode(payload) === 'online' ? 'births' : undefined;
  }
}
