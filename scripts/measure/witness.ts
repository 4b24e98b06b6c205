import mqtt from 'mqtt';

/** A reading as a subscriber got it. */
export interface Arrival {
  readonly unit: number;
  readonly registers: readonly number[];
  /** CLOCK_MONOTONIC, nanoseconds. */
  readonly atNs: bigint;
}

export interface Witness {
  /** `performance.now()` of the first reading with values. */
  readonly first: Promise<number>;
  readonly arrivals: readonly Arrival[];
  forget(): void;
  end(): Promise<void>;
}

/** A plain subscriber in this process: what it costs is not the agent's. */
export async function subscribe(url: string, filter: string): Promise<Witness> {
  const client = await mqtt.connectAsync(url, { clean: true, reconnectPeriod: 0 });
  let arrivals: Arrival[] = [];
  const first = new Promise<number>((resolve) => {
    client.on('message', (topic, payload) => {
      const atNs = process.hrtime.bigint();
      const { values } = JSON.parse(payload.toString()) as { values?: Readonly<Record<string, number>> };
      if (values === undefined) return;
      resolve(performance.now());
      const unit = Number(/unit-(\d+)\//.exec(topic)?.[1]);
      arrivals.push({ unit, registers: Object.values(values), atNs });
    });
  });
  await client.subscribeAsync(filter, { qos: 0 });
  return {
    first,
    get arrivals() {
      return arrivals;
    },
    forget() {
      arrivals = [];
    },
    end: () => client.endAsync(true),
  };
}
