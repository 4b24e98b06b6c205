import mqtt, { type IClientOptions } from 'mqtt';
import { DEVICE, PREFIX } from '../words.ts';
import { SequenceLedger } from './sequence-ledger.ts';

/** A subscriber whose session the cluster keeps: messages that come while it is away, it gets when it is back. */
export interface SessionWitness {
  readonly ledger: SequenceLedger;
  /** Instants (milliseconds since 1970) at which readings came, repeats too. */
  readonly arrivals: readonly number[];
  /** How often it was connected. */
  readonly connects: number;
  /** Connections that found the session which the one before had left. */
  readonly resumed: number;
  /** Since the newest arrival, milliseconds. */
  quietFor(): number;
  end(): Promise<void>;
}

const READINGS = `${PREFIX}/+/${DEVICE}/readings`;
const RETRY_EVERY = 500;

/** It tries the nodes in turn, the first one first. */
export async function startSessionWitness(ports: readonly number[]): Promise<SessionWitness> {
  const ledger = new SequenceLedger();
  const arrivals: number[] = [];
  let [connects, resumed] = [0, 0];
  const options: IClientOptions = {
    servers: ports.map((port) => ({ host: '127.0.0.1', port, protocol: 'mqtt' })),
    ...{ clientId: 'witness', clean: false, protocolVersion: 4, reconnectPeriod: RETRY_EVERY, keepalive: 30 },
  };
  const client = mqtt.connect(options);
  client.on('error', () => {});
  client.on('connect', ({ sessionPresent }) => {
    connects += 1;
    if (sessionPresent) resumed += 1;
  });
  client.on('message', (topic, payload) => {
    const { seq, backfill } = JSON.parse(payload.toString());
    arrivals.push(Date.now());
    ledger.add(topic.split('/')[1] ?? '', seq, backfill);
  });
  await client.subscribeAsync(READINGS, { qos: 1 });
  return {
    ...{ ledger, arrivals },
    get connects() {
      return connects;
    },
    get resumed() {
      return resumed;
    },
    quietFor: () => Date.now() - (arrivals.at(-1) ?? 0),
    end: () => client.endAsync(true).then(() => undefined),
  };
}

/** @returns how many of these retained topics this node has kept */
export async function retainedAt(port: number, topics: readonly string[], within: number): Promise<number> {
  const found = new Set<string>();
  const client = mqtt.connect({ host: '127.0.0.1', port, protocolVersion: 4, reconnectPeriod: 0 });
  client.on('error', () => {});
  try {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('a node takes no connection')), within);
      client.once('connect', () => resolve(clearTimeout(late)));
    });
    client.on('message', (topic, _, { retain }) => void (retain && found.add(topic)));
    // one by one and by name: RabbitMQ hands nothing out that it kept where the filter has a wildcard
    for (const topic of topics) await client.subscribeAsync(topic, { qos: 1 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    return found.size;
  } finally {
    await client.endAsync(true);
  }
}
