import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { SystemClock } from '../../../agent/clock/system-clock.ts';
import { Fieldward } from '../../../agent/convention/fieldward.ts';
import { MqttLink } from '../../../agent/link/mqtt-link.ts';
import { Topics } from '../../../agent/link/topics.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { MemoryOutbox } from '../../../agent/outbox/memory-outbox.ts';
import { Sequence } from '../../../agent/sequence/sequence.ts';
import { StatusPublisher } from '../../../agent/status/publisher.ts';
import { statusSchema } from '../../../agent/status/schema.ts';
import { buildStatus } from '../../../agent/status/status.ts';
import { Telemetry } from '../../../agent/telemetry/telemetry.ts';
import type { MqttConfig } from '../../../config/config.ts';
import { DEVICE, SNAPSHOTS } from '../../agent/status/snapshots.ts';
import { speakerOn } from '../../support/fieldward.ts';
import { Mosquitto, type MosquittoOptions, mosquittoMissing, Subscriber } from '../../support/mosquitto.ts';

const ROOT = 'fieldward/gw';
const eventually = <T>(look: () => T) => expect.poll(look, { interval: 20 });
const LARGE = 'x'.repeat(4000);

describe.skipIf(mosquittoMissing !== undefined)('a broker that does not take everything', () => {
  const open: { dispose(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.dispose();
  });

  const broker = async (options: MosquittoOptions) => {
    const mosquitto = await Mosquitto.start(options);
    open.push(mosquitto);
    const subscriber = await Subscriber.open(mosquitto.url, [`${ROOT}/#`]);
    open.push({ dispose: () => subscriber.close() });
    return { mosquitto, subscriber };
  };
  /** A gateway with a device `small`, one whose readings can be `wide`, and a status of some 10 KB. */
  const gateway = (url: string, changes: Partial<MqttConfig>) => {
    const clock = new SystemClock();
    const topics = new Topics('fieldward', 'gw');
    const told: string[] = [];
    const tell = (event: string) => void told.push(event);
    const log = { ...silentLog, warn: tell, error: tell };
    const link = new MqttLink({
      config: {
        ...{ url, protocolVersion: 'auto', topicPrefix: 'fieldward', allowPlaintext: false, keepaliveMs: 30_000 },
        ...{ connectTimeoutMs: 5000, reconnectMinMs: 20, reconnectMaxMs: 100, ...changes },
      },
      ...{ clientId: 'gw', presence: new Fieldward(topics), clock, log, random: Math.random },
    });
    link.subscribe(`${ROOT}/command/+`, () => undefined);
    const speaker = speakerOn(link, clock, topics);
    const outbox = new MemoryOutbox(50_000_000, 'drop-oldest');
    const points = [{ name: 'x', type: 'text', writable: false } as const];
    const telemetry = new Telemetry({
      devices: ['small', 'wide'].map((id) => ({ id, points, heartbeatMs: 60_000, staleAfterMs: 60_000, pollMs: 1000 })),
      ...{ ...speaker, boot: 'b', clock, clockWatch: { state: 'unknown' }, outbox, backfillPerS: 2000, link, log },
      ...{ sequence: new Sequence({ clock, log: silentLog }), random: Math.random },
    });
    const devices = Array.from({ length: 40 }, (_, at) => ({ ...DEVICE, id: `meter-${at}` }));
    const faulty = { ...DEVICE, id: 'gnss', health: 'offline', fault: 'device/stale' } as const;
    const current = () => buildStatus({ ...SNAPSHOTS, link: link.status(), devices: [...devices, faulty] });
    const publisher = new StatusPublisher({ current, link, publisher: speaker.publisher, clock, log });
    publisher.start();
    open.push({
      dispose: async () => {
        await publisher.stop();
        await telemetry.stop(AbortSignal.timeout(100));
        await link.stop(AbortSignal.timeout(1000));
      },
    });
    const sample = (device: string, value: string) => {
      telemetry.availability(device, true);
      telemetry.samples(device, [{ point: 'x', value }]);
    };
    return { link, outbox, telemetry, sample, told };
  };
  const statusOf = (subscriber: Subscriber) => JSON.parse(subscriber.on(`${ROOT}/status`).at(-1) ?? '{"mqtt":{}}');

  test.each([4, 5] as const)(
    'takes all but what is too large, of whatever kind, and stays connected (version %i)',
    async (version) => {
      const { mosquitto, subscriber } = await broker({ extra: ['max_packet_size 3000'] });
      const { link, outbox, telemetry, sample, told } = gateway(mosquitto.url, {
        protocolVersion: version,
      });
      sample('small', 'one');
      sample('wide', LARGE);
      sample('small', 'two');
      link.start();
      await eventually(() => outbox.status().held).toBe(0);
      expect(telemetry.forwarding()).toEqual({ refused: 1, fault: null });
      await eventually(() => statusOf(subscriber).leftOut).toMatchObject({ devices: 40 });
      const reconnects = link.status().reconnects;
      expect(reconnects).toBeLessThan(version === 5 ? 1 : 12);
      const status = statusOf(subscriber);
      expect(statusSchema.safeParse(status).error).toBeUndefined();
      expect(Object.keys(status.devices)).toEqual(['gnss']);
      expect(status.mqtt).toMatchObject({ protocolVersion: version, retained: true });
      expect(link.status().tooLarge).toBeGreaterThan(1);
      // the smaller ones flowed, the state of the other device too
      expect(subscriber.on(`${ROOT}/small/readings`).map((text) => JSON.parse(text).values.x)).toEqual(['one', 'two']);
      await eventually(() => JSON.parse(subscriber.on(`${ROOT}/small/state`).at(-1) ?? '{}').values?.x).toBe('two');
      expect(subscriber.on(`${ROOT}/wide/state`)).toEqual([]);
      expect(told).toContain('reading given up');
      expect(told).toContain('state too large');
      // and it stays: later messages are shorter, or known to be too large
      for (let more = 0; more < 5; more += 1) {
        sample('wide', `${LARGE}${more}`);
        sample('small', `more-${more}`);
      }
      await eventually(() => outbox.status().held).toBe(0);
      expect(link.status().reconnects).toBe(reconnects);
      expect(telemetry.forwarding().refused).toBe(6);
      if (version === 4) expect(link.status().lastFault?.code).toBe('link/too-large');
    },
  );

  test.each([
    [4, 4],
    [5, 5],
    ['auto', 5],
  ] as const)(
    'hears everything where it keeps nothing, and that is said once (version %s)',
    async (protocolVersion, version) => {
      const { mosquitto, subscriber } = await broker({ extra: ['retain_available false'] });
      const { link, outbox, sample, told } = gateway(mosquitto.url, { protocolVersion });
      sample('small', 'one');
      link.start();
      await eventually(() => subscriber.on(`${ROOT}/small/readings`)).toHaveLength(1);
      await eventually(() => statusOf(subscriber).mqtt.retained).toBe(false);
      expect(statusOf(subscriber).mqtt.protocolVersion).toBe(version);
      expect(subscriber.on(`${ROOT}/availability`)).toContain('online');
      expect(link.status().reconnects).toBe(0);
      await mosquitto.down();
      await mosquitto.up();
      sample('small', 'two');
      await eventually(() => link.status().reconnects).toBe(1);
      await eventually(() => outbox.status().held).toBe(0);
      expect(told.filter((event) => event === 'broker keeps no retained messages')).toHaveLength(1);
    },
  );

  test.each(['auto', 4] as const)('gets everything at QoS 0 where it takes no more (version %s)', async (version) => {
    const { mosquitto, subscriber } = await broker({ extra: ['max_qos 0'] });
    const { link, outbox, sample, told } = gateway(mosquitto.url, { protocolVersion: version });
    for (let count = 0; count < 200; count += 1) sample('small', `${count}`);
    link.start();
    await eventually(() => outbox.status().held).toBe(0);
    await eventually(() => subscriber.on(`${ROOT}/small/readings`)).toHaveLength(200);
    await eventually(() => statusOf(subscriber).mqtt.maxQos).toBe(0);
    expect(told).toContain('broker acknowledges nothing: readings may be lost on the way');
  });

  test('a path that swallows large packets costs no reading, and the small ones arrive', async () => {
    const { mosquitto, subscriber } = await broker({});
    const path = await swallowing(mosquitto.port, 1400);
    open.push(path);
    const { link, outbox, telemetry, sample } = gateway(path.url, { keepaliveMs: 1000, protocolVersion: 4 });
    sample('small', 'one');
    sample('wide', LARGE);
    sample('small', 'two');
    link.start();
    await eventually(() => link.status().reconnects).toBeGreaterThan(8);
    expect(telemetry.forwarding().refused).toBe(0);
    expect(link.status().tooLarge).toBe(0);
    expect(outbox.status().held).toBeGreaterThan(0);
    const values = subscriber.on(`${ROOT}/small/readings`).map((text) => JSON.parse(text).values.x);
    expect(new Set(values)).toEqual(new Set(['one', 'two']));
    path.heal();
    await eventually(() => outbox.status().held).toBe(0);
    expect(subscriber.on(`${ROOT}/wide/readings`).length).toBeGreaterThan(0);
  });
});

/** A way to the broker on which a piece of more than so many bytes, and all that follows it, vanishes. */
async function swallowing(port: number, most: number) {
  let broken = true;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, 'localhost');
    let stuck = false;
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
    }
    near.on('data', (bytes) => {
      stuck ||= broken && bytes.length > most;
      if (!stuck) far.write(bytes);
    });
    far.on('data', (bytes) => near.write(bytes));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heal: () => {
      broken = false;
    },
    dispose: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
