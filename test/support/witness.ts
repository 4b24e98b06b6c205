import { setTimeout as wait } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';
import { onTestFinished } from 'vitest';
import { PATIENCE_MS } from './patience.ts';

export interface Message {
  readonly topic: string;
  readonly text: string;
  /** It was kept by the broker, not published just now. */
  readonly retained: boolean;
  /** `performance.now()` of its arrival. */
  readonly at: number;
}

/** A reading as the interface gives it. */
export interface Reading {
  readonly seq: number;
  readonly boot: string;
  readonly at: string;
  readonly clock: string;
  readonly quality: string;
  readonly backfill: boolean;
  readonly values?: Readonly<Record<string, number | boolean | string | null>>;
  readonly fault?: string;
}

export interface Witness {
  readonly prefix: string;
  readonly client: MqttClient;
  readonly messages: readonly Message[];
  readings(device: string): readonly Reading[];
  /** Those of all devices, in the order in which they came. */
  allReadings(): readonly Reading[];
  /** The newest message of a topic. */
  latest(topic: string): string | undefined;
  /** The newest status. */
  status(): Status | undefined;
  /** Settles once it hears what is published from now on: after the broker was away. */
  hears(): Promise<void>;
  /** Settles when `met` gives something, looked at after each message; fails with the words after `within` ms. */
  until<T>(what: string, met: () => T | undefined | false, within?: number): Promise<T>;
}

type PublicFault = { readonly code: string; readonly message: string } | null;

interface DeviceStatus {
  readonly health: string;
  readonly fault: PublicFault;
  readonly thinned: number;
  readonly unreadable: readonly object[];
  readonly outputs: { readonly outcome: string; readonly fault: PublicFault; readonly tries: number } | null;
}

export interface Status {
  readonly buses: Readonly<Record<string, { readonly open: boolean; readonly fault: PublicFault }>>;
  readonly devices: Readonly<Record<string, DeviceStatus>>;
  readonly outbox: { readonly held: number; readonly dropped: number };
}

/** Everything that is published under a gateway's prefix, from now on; it comes back with the broker. */
export async function witnessOf(url: string, prefix: string): Promise<Witness> {
  const client = await mqtt.connectAsync(url, { protocolVersion: 5, reconnectPeriod: 100, resubscribe: true });
  client.on('error', () => {});
  onTestFinished(() => client.endAsync(true));
  const messages: Message[] = [];
  const [all, readings] = [new Parsed(), new Map<string, Parsed>()];
  const looking = new Set<() => void>();
  client.on('message', (topic, payload, { retain }) => {
    const text = payload.toString();
    messages.push({ topic, text, retained: retain, at: performance.now() });
    if (topic.endsWith('/readings')) {
      if (!readings.has(topic)) readings.set(topic, new Parsed());
      for (const each of [all, readings.get(topic)]) each?.texts.push(text);
    }
    for (const look of looking) look();
  });
  await client.subscribeAsync(`${prefix}/#`, { qos: 1 });
  let calls = 0;
  const latest = (topic: string) => messages.findLast((each) => each.topic === `${prefix}/${topic}`)?.text;
  return {
    prefix,
    client,
    messages,
    latest,
    readings: (device) => readings.get(`${prefix}/${device}/readings`)?.values() ?? [],
    allReadings: () => all.values(),
    status() {
      const text = latest('status');
      return text === undefined ? undefined : JSON.parse(text);
    },
    async hears() {
      calls += 1;
      const [topic, call] = [`${prefix}/witness`, `${calls}`];
      while (!messages.some((each) => each.topic === topic && each.text === call)) {
        // at QoS 0 nothing is kept for later while it is disconnected
        if (client.connected) client.publish(topic, call, { qos: 0 });
        await wait(50);
      }
    },
    until<T>(what: string, met: () => T | undefined | false, within = PATIENCE_MS): Promise<T> {
      return new Promise((resolve, reject) => {
        const settle = () => {
          looking.delete(look);
          clearTimeout(late);
        };
        const look = () => {
          const found = met();
          if (found === undefined || found === false) return;
          settle();
          resolve(found);
        };
        const late = setTimeout(() => {
          settle();
          reject(new Error(`not seen in ${within} ms: ${what}; the last message: ${messages.at(-1)?.topic}`));
        }, within);
        looking.add(look);
        look();
      });
    },
  };
}

/** Each is parsed once, when it is looked at: a test that looks after each message would parse all before it again. */
class Parsed {
  readonly texts: string[] = [];
  readonly #values: Reading[] = [];

  values(): readonly Reading[] {
    for (const text of this.texts.slice(this.#values.length)) this.#values.push(JSON.parse(text));
    return [...this.#values];
  }
}

let asked = 0;

/** Publishes a request on a command topic, valid for 25 seconds (the agent takes 30) unless `more` says otherwise. @returns the reply */
export async function askOf(witness: Witness, topic: string, args?: object, more: object = {}) {
  asked += 1;
  const request = { id: `ask-${asked}`, expiresAt: new Date(Date.now() + 25_000).toISOString(), args, ...more };
  const before = witness.messages.length;
  await witness.client.publishAsync(`${witness.prefix}/${topic}`, JSON.stringify(request), { qos: 1 });
  const reply = await witness.until(`the reply to ${topic}`, () =>
    witness.messages
      .slice(before)
      .filter((each) => each.topic === `${witness.prefix}/${topic}/reply`)
      .map((each) => JSON.parse(each.text))
      .find((each) => each.id === request.id),
  );
  return reply;
}
