import mqtt, { type IClientOptions } from 'mqtt';
import { expect, onTestFinished } from 'vitest';
import { writeCommand } from '../agent/convention/sparkplug/decode.ts';
import { broken, type Recorded, recorded, type WireMessage } from '../agent/convention/sparkplug/recorder.ts';
import { PATIENCE_MS } from './patience.ts';

const GROUP = 'Plant7';
const NODE = 'gw01';

export interface SparkplugHost {
  /** All that came from the node so far. */
  said(): readonly Recorded[];
  /** The same from this message on, by type and device. */
  types(from?: number): readonly string[];
  /** Values of a point that came as data, in order, each with whether it is historical. */
  values(device: string, point: string): readonly (readonly [value: unknown, historical: boolean, timestamp: number])[];
  until(what: string, met: () => unknown): Promise<void>;
  /** Fails where any connection of the node so far breaks a rule. */
  grade(): void;
  state(online: boolean, timestamp: number): Promise<void>;
  rebirth(): Promise<void>;
  write(device: string, metrics: Parameters<typeof writeCommand>[0]): Promise<void>;
  /** Comes back by itself with its subscriptions where the broker was away. */
  hears(): Promise<void>;
}

/** A host application at the broker: it hears the node `gw01` of `Plant7`, and may command it. */
export async function sparkplugHost(url: string, more: IClientOptions = {}): Promise<SparkplugHost> {
  const client = await mqtt.connectAsync(url, { protocolVersion: 5, reconnectPeriod: 100, resubscribe: true, ...more });
  client.on('error', () => {});
  onTestFinished(() => client.endAsync(true));
  const messages: WireMessage[] = [];
  const read: Recorded[] = [];
  client.on('message', (topic, payload, { qos, retain }) => {
    if (topic.startsWith(`spBv1.0/${GROUP}/`) && !/^[^/]+\/[^/]+\/.CMD\//.test(topic)) {
      messages.push({ topic, bytes: Uint8Array.from(payload), qos, retain });
    }
  });
  await client.subscribeAsync('spBv1.0/#', { qos: 1 });
  const said = () => {
    read.push(...recorded(messages.slice(read.length)));
    return read;
  };
  const name = ({ type, device }: Recorded) => (device === undefined ? type : `${type} ${device}`);
  const send = async (topic: string, payload: string | Uint8Array, retain = false) => {
    await client.publishAsync(`spBv1.0/${topic}`, typeof payload === 'string' ? payload : Buffer.from(payload), {
      ...{ qos: 1, retain },
    });
  };
  return {
    said,
    types: (from = 0) => said().slice(from).map(name),
    values: (device, point) =>
      said()
        .filter((each) => each.type === 'DDATA' && each.device === device)
        .flatMap(({ payload }) => payload.metrics.filter((metric) => metric.name === point))
        .map(({ value, historical, timestamp = 0 }) => [value, historical, timestamp] as const),
    until: async (what, met) => {
      await expect
        .poll(async () => Boolean(await met()), { message: what, interval: 20, timeout: PATIENCE_MS })
        .toBe(true);
    },
    grade: () => {
      let session: Recorded[] = [];
      const faults: string[] = [];
      for (const message of said()) {
        session.push(message);
        if (message.type !== 'NDEATH') continue;
        faults.push(...broken(session, { group: GROUP, id: NODE }));
        session = [];
      }
      expect([...faults, ...broken(session, { group: GROUP, id: NODE })]).toEqual([]);
    },
    state: (online, timestamp) => send('STATE/scada', JSON.stringify({ online, timestamp }), true),
    rebirth: () =>
      send(`${GROUP}/NCMD/${NODE}`, writeCommand([{ name: 'Node Control/Rebirth', type: 'Boolean', value: true }])),
    write: (device, metrics) => send(`${GROUP}/DCMD/${NODE}/${device}`, writeCommand(metrics)),
    hears: async () => {
      await expect.poll(() => client.connected, { timeout: PATIENCE_MS }).toBe(true);
      await client.subscribeAsync('spBv1.0/#', { qos: 1 });
    },
  };
}
