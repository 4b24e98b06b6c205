import mqtt from 'mqtt';
import { DEVICE, PREFIX } from './words.ts';

/** A reading that came. */
export interface Arrival {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** From the stamp of the reading to its arrival, milliseconds. */
  readonly delay: number;
  readonly backfill: boolean;
}

export interface Witness {
  readonly arrivals: readonly Arrival[];
  /** Different readings, and those that came again. */
  readonly different: number;
  readonly repeated: number;
  /** The broker's figures of itself, by topic: the newest number. */
  readonly broker: ReadonlyMap<string, number>;
  end(): Promise<void>;
}

const READINGS = `${PREFIX}/+/${DEVICE}/readings`;
const ABOUT_BROKER = '$SYS/broker/#';
/** It has to be there before the agents are: a message that comes while nobody listens is not seen. */
const RETRY_EVERY = 10;

/** A plain subscriber in this process. It comes back by itself, much faster than an agent does. */
export async function startWitness(url: string): Promise<Witness> {
  const arrivals: Arrival[] = [];
  const seen = new Map<string, Set<number>>();
  const broker = new Map<string, number>();
  let [different, repeated] = [0, 0];
  const client = mqtt.connect(url, { protocolVersion: 5, reconnectPeriod: RETRY_EVERY, keepalive: 0 });
  client.on('error', () => {});
  client.on('message', (topic, payload) => {
    if (topic.startsWith('$SYS/')) {
      broker.set(topic, Number.parseFloat(payload.toString()));
      return;
    }
    const at = Date.now();
    const reading = JSON.parse(payload.toString());
    const gateway = topic.split('/')[1] ?? '';
    const numbers = seen.get(gateway) ?? new Set();
    seen.set(gateway, numbers);
    if (numbers.has(reading.seq)) repeated += 1;
    else different += 1;
    numbers.add(reading.seq);
    arrivals.push({ at, delay: at - Date.parse(reading.at), backfill: reading.backfill });
  });
  await new Promise<void>((resolve, reject) => {
    client.subscribe([READINGS, ABOUT_BROKER], { qos: 0 }, (error) => (error ? reject(error) : resolve()));
  });
  return {
    arrivals,
    broker,
    get different() {
      return different;
    },
    get repeated() {
      return repeated;
    },
    end: () => client.endAsync(true).then(() => undefined),
  };
}
