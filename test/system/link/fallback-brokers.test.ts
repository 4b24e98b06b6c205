import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SystemClock } from '../../../agent/clock/system-clock.ts';
import { Fieldward } from '../../../agent/convention/fieldward.ts';
import { MqttLink } from '../../../agent/link/mqtt-link.ts';
import { Topics } from '../../../agent/link/topics.ts';
import { silentLog } from '../../../agent/log/log.ts';
import type { MqttConfig } from '../../../config/config.ts';
import { type Certificates, makeCertificates } from '../../support/certificates.ts';
import { Mosquitto, type MosquittoOptions, mosquittoMissing, Subscriber } from '../../support/mosquitto.ts';

const AVAILABILITY = 'fieldward/gw/availability';
/** Long enough for a slow machine; it ends as soon as it holds. */
const eventually = <T>(look: () => T) => expect.poll(look, { interval: 10 });
const never = new AbortController().signal;

describe.skipIf(mosquittoMissing !== undefined)('the link to several mosquittos', () => {
  const open: { dispose(): Promise<void> }[] = [];
  let directory: string;
  let certificates: Certificates;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fieldward-certs-'));
    certificates = makeCertificates(directory);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.dispose();
  });

  const broker = async (options: MosquittoOptions = {}) => {
    const mosquitto = await Mosquitto.start(options);
    open.push(mosquitto);
    return mosquitto;
  };
  const watch = async (url: string) => {
    const subscriber = await Subscriber.open(url, [AVAILABILITY]);
    open.push({ dispose: () => subscriber.close() });
    return subscriber;
  };
  const link = (url: string, fallbackUrls: string[], changes: Partial<MqttConfig> = {}) => {
    const made = new MqttLink({
      config: {
        url,
        fallbackUrls,
        protocolVersion: 5,
        topicPrefix: 'fieldward',
        allowPlaintext: false,
        keepaliveMs: 30_000,
        connectTimeoutMs: 2000,
        reconnectMinMs: 20,
        reconnectMaxMs: 100,
        returnAfterMs: 200,
        ...changes,
      },
      clientId: 'gw',
      presence: new Fieldward(new Topics('fieldward', 'gw')),
      clock: new SystemClock(),
      log: silentLog,
      random: Math.random,
    });
    open.push({ dispose: () => made.stop(AbortSignal.timeout(2000)) });
    made.start();
    return made;
  };

  test('goes over when the first dies and back when it lives, and is offline where it is not', async () => {
    const first = await broker();
    const second = await broker();
    const one = link(first.url, [second.url]);
    await eventually(() => one.status().broker).toBe(0);
    await first.down();
    await eventually(() => one.status().broker).toBe(1);
    const onSecond = await watch(second.url);
    await eventually(() => onSecond.on(AVAILABILITY)).toEqual(['online']);
    await one.publish({ topic: 'a', payload: '{}', qos: 1, retain: false }, never);
    await first.up();
    await eventually(() => one.status().broker).toBe(0);
    await eventually(() => onSecond.on(AVAILABILITY)).toEqual(['online', 'offline']);
    const onFirst = await watch(first.url);
    await eventually(() => onFirst.on(AVAILABILITY)).toEqual(['online']);
    expect(one.status()).toMatchObject({ takeovers: 0, fault: null });
    // in order, and not by the will
    expect(second.log).toMatch(/Received DISCONNECT from gw/);
  });

  test('goes on past brokers whose certificates are wrong, never in plaintext and never with the password', async () => {
    const { ca, server, expired, wrongName } = certificates;
    const passwordFile = join(directory, 'password');
    await writeFile(passwordFile, 'right');
    const passwords = { gw: 'right' };
    const wrong = await Promise.all(
      [expired, wrongName].map((pair) => broker({ tls: { ca, server: pair }, passwords })),
    );
    const plain = await broker({ passwords });
    const good = await broker({ tls: { ca, server }, passwords });
    const urls = wrong.map(({ url }) => url);
    const asTls = plain.url.replace('mqtt:', 'mqtts:');
    const one = link(urls[0] ?? '', [...urls.slice(1), asTls, good.url], {
      ...{ caFile: ca, username: 'gw', passwordFile },
      returnAfterMs: 60_000,
    });
    await eventually(() => one.status().broker).toBe(3);
    for (const each of [...wrong, plain]) expect(each.log).not.toContain('New client connected');
  });

  test('stays where it is while the first can only be had with a wrong certificate, until that is renewed', async () => {
    const { ca, server, expired } = certificates;
    const pair = { cert: join(directory, 'changing.pem'), key: join(directory, 'changing.key') };
    const put = async (from: typeof server) => {
      await copyFile(from.cert, pair.cert);
      await copyFile(from.key, pair.key);
    };
    await put(expired);
    const first = await broker({ tls: { ca, server: pair } });
    const second = await broker({ tls: { ca, server } });
    const one = link(first.url, [second.url], { caFile: ca, returnAfterMs: 50 });
    await eventually(() => one.status().broker).toBe(1);
    const looks = () => first.log.split('\n').filter((line) => line.includes('New connection')).length;
    const before = looks();
    await eventually(looks).toBeGreaterThan(before + 5);
    expect(one.status()).toMatchObject({ broker: 1, reconnects: 0 });
    await first.down();
    await put(server);
    await first.up();
    await eventually(() => one.status().broker).toBe(0);
  });

  test('passes over a broker that accepts a connection and says nothing, with and without TLS', async () => {
    const mute = createServer((socket) => void socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    open.push({ dispose: async () => void mute.close() });
    await eventually(() => mute.listening).toBe(true);
    const { port } = mute.address() as { port: number };
    const second = await broker();
    const others = [`mqtt://127.0.0.1:${port}`, second.url];
    const changes = { connectTimeoutMs: 300, returnAfterMs: 60_000, caFile: certificates.ca };
    const one = link(`mqtts://localhost:${port}`, others, changes);
    await eventually(() => one.status().broker).toBe(2);
    expect(one.status().lastFault?.code).toBe('link/timeout');
    await eventually(() => new Promise((resolve) => mute.getConnections((_, count) => resolve(count)))).toBe(0);
  });
});
