import mqtt from 'mqtt';
import { deviceOf, READINGS } from './subject.ts';

/** A reading as a subscriber got it. */
export interface Arrival {
  readonly line: number;
  readonly unit: number;
  readonly values: Readonly<Record<string, unknown>>;
  /** CLOCK_MONOTONIC, nanoseconds. */
  readonly atNs: bigint;
}

export interface Witness {
  /** `performance.now()` of the first reading with values. */
  readonly first: Promise<number>;
  /** The messages since the last `forget`. */
  arrivals(): readonly Arrival[];
  forget(): void;
  /** The status of the agent, or undefined where nobody answers: the peers have none. */
  status(): Promise<Status | undefined>;
  end(): Promise<void>;
}

/** The part of the agent's status that the bench reads. */
export interface Status {
  readonly process: { readonly eventLoopDelayMs: number };
  readonly devices: Readonly<Record<string, { readonly health: string }>>;
  readonly buses: Readonly<Record<string, Readonly<Record<'timeouts' | 'lateFrames' | 'reopens', number>>>>;
}

const STATUS_TOPIC = 'fieldward/bench/command/status';
/** Also on a processor that is slow. */
const STATUS_WITHIN = 10_000;

/**
 * A plain subscriber in this process: its cost is not that of the measured program. While it listens it only takes the
 * time; it reads the messages when it is asked.
 */
export async function subscribe(url: string): Promise<Witness> {
  const client = await mqtt.connectAsync(url, { clean: true, reconnectPeriod: 0 });
  let came: { topic: string; payload: Buffer; atNs: bigint }[] = [];
  const first = new Promise<number>((resolve) => {
    let isFirst = true;
    client.on('message', (topic, payload) => {
      const message = { topic, payload, atNs: process.hrtime.bigint() };
      if (topic.endsWith('/reply')) return;
      if (isFirst && arrivalOf(message).length > 0) {
        isFirst = false;
        resolve(performance.now());
      }
      came.push(message);
    });
  });
  await client.subscribeAsync(READINGS, { qos: 0 });
  await client.subscribeAsync(`${STATUS_TOPIC}/reply`, { qos: 0 });
  return {
    first,
    arrivals: () => came.flatMap(arrivalOf),
    forget() {
      came = [];
    },
    status: () => askStatus(client),
    end: () => client.endAsync(true),
  };
}

/** A failed poll has no values, and is no arrival. */
function arrivalOf({ topic, payload, atNs }: { topic: string; payload: Buffer; atNs: bigint }): readonly Arrival[] {
  const device = deviceOf(topic);
  const { values } = JSON.parse(payload.toString()) as { values?: Readonly<Record<string, unknown>> };
  return device === undefined || values === undefined ? [] : [{ ...device, values, atNs }];
}

function askStatus(client: mqtt.MqttClient): Promise<Status | undefined> {
  const id = `bench-${process.pid}-${process.hrtime.bigint()}`;
  const expiresAt = new Date(Date.now() + STATUS_WITHIN).toISOString();
  return new Promise((resolve) => {
    const settle = (status: Status | undefined) => {
      clearTimeout(late);
      client.off('message', look);
      resolve(status);
    };
    const look = (topic: string, payload: Buffer) => {
      if (!topic.endsWith('/reply')) return;
      const reply = JSON.parse(payload.toString()) as { id: string; values?: Status };
      if (reply.id === id) settle(reply.values);
    };
    const late = setTimeout(() => settle(undefined), STATUS_WITHIN);
    client.on('message', look);
    client.publish(STATUS_TOPIC, JSON.stringify({ id, expiresAt }), { qos: 1 });
  });
}
