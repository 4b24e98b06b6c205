import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SystemClock } from '../../../agent/clock/system-clock.ts';
import { Fieldward } from '../../../agent/convention/fieldward.ts';
import type { IncomingMessage, LinkListener } from '../../../agent/link/link.ts';
import { MqttLink } from '../../../agent/link/mqtt-link.ts';
import { Topics } from '../../../agent/link/topics.ts';
import { silentLog } from '../../../agent/log/log.ts';
import type { MqttConfig } from '../../../config/config.ts';
import { type Certificates, makeCertificates } from '../../support/certificates.ts';
import { Mosquitto, type MosquittoOptions, mosquittoMissing, Subscriber } from '../../support/mosquitto.ts';

const GATEWAY = 'plant7-gw01';
const ROOT = `fieldward/${GATEWAY}`;
/** Long enough for a slow machine; it ends as soon as it holds. */
const eventually = <T>(look: () => T) => expect.poll(look, { interval: 10 });
const never = new AbortController().signal;

class Witness implements LinkListener {
  readonly events: string[] = [];
  readonly messages: IncomingMessage[] = [];
  connected() {
    this.events.push('connected');
  }
  disconnected(fault: { code: string }) {
    this.events.push(fault.code);
  }
  message(message: IncomingMessage) {
    this.messages.push(message);
  }
}

describe.skipIf(mosquittoMissing !== undefined)('the link to a real mosquitto', () => {
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
  const watch = async (url: string, filters: string[], options: object = {}) => {
    const subscriber = await Subscriber.open(url, filters, options);
    open.push({ dispose: () => subscriber.close() });
    return subscriber;
  };
  const link = (url: string, changes: Partial<MqttConfig> = {}, filters: string[] = []) => {
    const config: MqttConfig = {
      url,
      protocolVersion: 5,
      topicPrefix: 'fieldward',
      allowPlaintext: false,
      keepaliveMs: 30_000,
      connectTimeoutMs: 2000,
      reconnectMinMs: 20,
      reconnectMaxMs: 100,
      ...changes,
    };
    const topics = new Topics(config.topicPrefix, GATEWAY);
    const made = new MqttLink({
      config,
      clientId: GATEWAY,
      presence: new Fieldward(topics),
      clock: new SystemClock(),
      log: silentLog,
      random: Math.random,
    });
    const witness = new Witness();
    made.listen(witness);
    for (const filter of filters) made.subscribe(filter, (heard) => witness.message(heard));
    made.start();
    open.push({ dispose: () => made.stop(AbortSignal.timeout(2000)) });
    return { link: made, witness };
  };
  const message = (topic: string, payload = '{}', qos: 0 | 1 = 1, retain = false) => ({ topic, payload, qos, retain });

  test.each([4, 5] as const)(
    'says online, takes commands, publishes, and says offline at its end (version %i)',
    async (version) => {
      const { url } = await broker();
      const subscriber = await watch(url, [`${ROOT}/#`]);
      const { link: one, witness } = link(url, { protocolVersion: version }, [
        `${ROOT}/command/+`,
        `${ROOT}/+/command/+`,
      ]);
      await eventually(() => subscriber.on(`${ROOT}/availability`)).toEqual(['online']);
      expect(one.connected).toBe(true);
      expect(one.window).toBe(version === 5 ? 20 : 65_535);
      await one.publish(message(`${ROOT}/m1/readings`, '{"seq":1}'), never);
      await one.publish(message(`${ROOT}/m1/state`, '{"at":1}', 0, true), never);
      await eventually(() => subscriber.on(`${ROOT}/m1/state`)).toEqual(['{"at":1}']);
      expect(subscriber.on(`${ROOT}/m1/readings`)).toEqual(['{"seq":1}']);
      const properties = { responseTopic: 'fieldward/r', correlationData: Buffer.from('abc') };
      await subscriber.client.publishAsync(`${ROOT}/m1/command/write`, '{"id":"1"}', { qos: 1, properties });
      await eventually(() => witness.messages.length).toBe(1);
      const [command] = witness.messages;
      expect(command).toMatchObject({ topic: `${ROOT}/m1/command/write`, tooLarge: false, retained: false });
      expect(Buffer.from(command?.payload ?? []).toString()).toBe('{"id":"1"}');
      expect(command?.responseTopic).toBe(version === 5 ? 'fieldward/r' : undefined);
      const correlationData = Buffer.from('xyz');
      await one.publish({ ...message(`${ROOT}/m1/command/write/reply`), correlationData }, never);
      await eventually(() => subscriber.on(`${ROOT}/m1/command/write/reply`)).toEqual(['{}']);
      const reply = subscriber.received.find(({ topic }) => topic.endsWith('/reply'));
      expect(reply?.packet.properties?.correlationData).toEqual(version === 5 ? correlationData : undefined);
      await one.stop(AbortSignal.timeout(2000));
      expect(subscriber.on(`${ROOT}/availability`)).toEqual(['online', 'offline']);
      await expect(one.publish(message(`${ROOT}/m1/readings`), never)).rejects.toMatchObject({
        code: 'link/not-connected',
      });
      expect(witness.events).toEqual(['connected', 'internal/cancelled']);
      const late = await watch(url, [`${ROOT}/availability`]);
      await expect
        .poll(() => late.received.map(({ payload, retained }) => [payload, retained]))
        .toEqual([['offline', true]]);
    },
  );

  test('keeps the retain flag of a command visible on MQTT 5, also while subscribed', async () => {
    const { url } = await broker();
    const subscriber = await watch(url, [`${ROOT}/availability`]);
    const { witness } = link(url, {}, [`${ROOT}/command/+`]);
    await eventually(() => subscriber.on(`${ROOT}/availability`)).toEqual(['online']);
    await subscriber.client.publishAsync(`${ROOT}/command/ping`, 'x', { qos: 1, retain: true });
    await eventually(() => witness.messages.map(({ retained }) => retained)).toEqual([true]);
  });

  test.each([4, 5] as const)(
    'a command that is too long is told without its payload, or not sent by the broker (version %i)',
    async (version) => {
      const { url } = await broker();
      const subscriber = await watch(url, [`${ROOT}/availability`]);
      const { link: one, witness } = link(url, { protocolVersion: version }, [`${ROOT}/command/+`]);
      await eventually(() => subscriber.on(`${ROOT}/availability`)).toEqual(['online']);
      await subscriber.client.publishAsync(`${ROOT}/command/huge`, 'x'.repeat(5_000_000), { qos: 1 });
      await subscriber.client.publishAsync(`${ROOT}/command/long`, 'x'.repeat(65_600), { qos: 1 });
      await subscriber.client.publishAsync(`${ROOT}/command/whole`, 'x'.repeat(65_536), { qos: 1 });
      await eventually(() => witness.messages.at(-1)?.topic).toBe(`${ROOT}/command/whole`);
      const told = witness.messages.map(({ topic, tooLarge, payload }) => [
        topic.split('/').at(-1),
        tooLarge,
        payload.length,
      ]);
      const huge = version === 4 ? [['huge', true, 0]] : [];
      expect(told).toEqual([...huge, ['long', true, 0], ['whole', false, 65_536]]);
      expect(one.connected).toBe(true);
    },
  );

  test('a gateway that goes away without a goodbye is offline by its will', async () => {
    const mosquitto = await broker();
    const pairs: Socket[] = [];
    const middle = createServer((near) => {
      const far = connect({ port: mosquitto.port, host: 'localhost' });
      pairs.push(near, far);
      for (const socket of [near, far]) socket.on('error', () => {});
      near.pipe(far).pipe(near);
    }).listen(0, '127.0.0.1');
    open.push({ dispose: async () => void middle.close() });
    await once(middle, 'listening');
    const subscriber = await watch(mosquitto.url, [`${ROOT}/availability`]);
    const { port } = middle.address() as AddressInfo;
    link(`mqtt://127.0.0.1:${port}`, { reconnectMinMs: 60_000, reconnectMaxMs: 60_000 });
    await eventually(() => subscriber.on(`${ROOT}/availability`)).toEqual(['online']);
    for (const socket of pairs) socket.destroy();
    await eventually(() => subscriber.on(`${ROOT}/availability`)).toEqual(['online', 'offline']);
    const late = await watch(mosquitto.url, [`${ROOT}/availability`]);
    await eventually(() => late.received.map(({ payload, retained }) => [payload, retained])).toEqual([
      ['offline', true],
    ]);
  });

  test('a connection that is cut comes back by itself and says online again', async () => {
    const mosquitto = await broker();
    const { link: one, witness } = link(mosquitto.url);
    await eventually(() => one.connected).toBe(true);
    await mosquitto.down();
    await eventually(() => one.connected).toBe(false);
    expect(one.window).toBe(0);
    await expect(one.publish(message('a'), never)).rejects.toMatchObject({ code: 'link/not-connected' });
    await eventually(() => one.status().fault?.code).toBe('link/unreachable');
    await mosquitto.up();
    await eventually(() => one.connected).toBe(true);
    expect(one.status()).toMatchObject({ reconnects: 1, fault: null });
    expect(witness.events).toEqual(['connected', 'link/lost', 'connected']);
    const late = await watch(mosquitto.url, [`${ROOT}/availability`]);
    await eventually(() => late.on(`${ROOT}/availability`)).toEqual(['online']);
  });

  test('what the broker has not acknowledged when it dies is lost to its sender at once', async () => {
    const mosquitto = await broker();
    const { link: one } = link(mosquitto.url);
    await eventually(() => one.connected).toBe(true);
    mosquitto.signal('SIGSTOP');
    const results = Array.from({ length: 30 }, () => one.publish(message('a'), never).catch(({ code }) => code));
    await mosquitto.down();
    const codes = await Promise.all(results);
    expect(new Set(codes)).toEqual(new Set(['link/lost', 'link/not-connected']));
  });

  test('a frozen broker is given up within one and a half keepalives', async () => {
    const mosquitto = await broker();
    const { link: one, witness } = link(mosquitto.url, { keepaliveMs: 1000, connectTimeoutMs: 300 });
    await eventually(() => one.connected).toBe(true);
    mosquitto.signal('SIGSTOP');
    await eventually(() => witness.events.at(-1)).toBe('link/timeout');
    await eventually(() => one.status().fault?.code).toBe('link/timeout');
    mosquitto.signal('SIGCONT');
    await eventually(() => one.connected).toBe(true);
  });

  test('a denied publish is told at QoS 1, and the connection stays', async () => {
    const options = { passwords: { gw: 'right' }, acl: ['user gw', `topic readwrite ${ROOT}/#`] };
    const { url } = await broker(options);
    const passwordFile = join(directory, 'password');
    await writeFile(passwordFile, 'right\n');
    const { link: one } = link(url, { username: 'gw', passwordFile });
    await eventually(() => one.connected).toBe(true);
    await one.publish(message(`${ROOT}/m1/readings`), never);
    const denied = one.publish(message('elsewhere'), never);
    await expect(denied).rejects.toMatchObject({ code: 'link/denied' });
    expect(one.connected).toBe(true);
  });

  test('a message that is larger than the broker takes is refused, and the connection stays', async () => {
    const announced = await broker({ extra: ['max_packet_size 5000'] });
    const { link: one } = link(announced.url);
    await eventually(() => one.connected).toBe(true);
    const large = message('a', 'x'.repeat(5000));
    await expect(one.publish(large, never)).rejects.toMatchObject({ code: 'link/too-large' });
    const silent = await broker({ extra: ['message_size_limit 5000'] });
    const { link: two } = link(silent.url);
    await eventually(() => two.connected).toBe(true);
    await expect(two.publish(message('a', 'x'.repeat(6000)), never)).rejects.toMatchObject({ code: 'link/too-large' });
    expect([one.connected, two.connected]).toEqual([true, true]);
  });

  test('no more than the broker allows is under way at once', async () => {
    const { url } = await broker({ extra: ['max_inflight_messages 1'] });
    const subscriber = await watch(url, ['a']);
    const { link: one } = link(url);
    await eventually(() => one.connected).toBe(true);
    expect(one.window).toBe(1);
    await Promise.all(Array.from({ length: 50 }, (_, index) => one.publish(message('a', `${index}`), never)));
    await eventually(() => subscriber.on('a')).toEqual(Array.from({ length: 50 }, (_, index) => `${index}`));
    expect(one.connected).toBe(true);
  });

  test.each([4, 5] as const)(
    'a wrong password is told as such, and a right one counts from the next attempt (version %i)',
    async (version) => {
      const { url } = await broker({ passwords: { gw: 'right' } });
      const passwordFile = join(directory, `password-${version}`);
      await rm(passwordFile, { force: true });
      const { link: one } = link(url, { username: 'gw', passwordFile, protocolVersion: version });
      await eventually(() => one.status().fault?.code).toBe('config/credential');
      await writeFile(passwordFile, 'wrong');
      await eventually(() => one.status().fault?.code).toBe('link/credentials');
      await writeFile(passwordFile, '');
      await eventually(() => one.status().fault?.code).toBe('config/credential');
      await writeFile(passwordFile, 'right\n');
      await eventually(() => one.connected).toBe(true);
    },
  );

  test.each([4, 5] as const)('mutual TLS connects, with the version it says (version %i)', async (version) => {
    const { ca, server, client } = certificates;
    const { url } = await broker({ tls: { ca, server, requireCertificate: true } });
    const files = { caFile: ca, certFile: client.cert, keyFile: client.key };
    const { link: one } = link(url, { ...files, protocolVersion: version });
    await eventually(() => one.connected).toBe(true);
    await one.publish(message('a'), never);
    const byAddress = link(url.replace('localhost', '127.0.0.1'), files);
    await eventually(() => byAddress.link.connected).toBe(true);
  });

  test.each([
    ['an expired certificate', 'link/certificate-expired', (all: Certificates) => ({ server: all.expired })],
    ['a certificate of tomorrow', 'link/certificate-early', (all: Certificates) => ({ server: all.early() })],
    ['a certificate for another name', 'link/certificate-name', (all: Certificates) => ({ server: all.wrongName })],
    [
      'another authority',
      'link/certificate-untrusted',
      (all: Certificates) => ({ server: all.server, caFile: all.otherCa }),
    ],
    [
      'a public authority only',
      'link/certificate-untrusted',
      (all: Certificates) => ({ server: all.server, caFile: undefined }),
    ],
  ])('%s of the broker is refused: %s, and nothing is ever sent', async (_, code, choose) => {
    const { server, ...rest } = choose(certificates);
    const mosquitto = await broker({ tls: { ca: certificates.ca, server } });
    const passwordFile = join(directory, 'tls-password');
    await writeFile(passwordFile, 'secret');
    const changes = { caFile: certificates.ca, username: 'gw', passwordFile, ...rest };
    const { link: one } = link(mosquitto.url, changes);
    await eventually(() => one.status().fault?.code).toBe(code);
    expect(mosquitto.log).not.toContain(GATEWAY);
    expect(one.status().connected).toBe(false);
  });

  test('an environment that switches certificate checks off switches nothing off', async () => {
    const mosquitto = await broker({ tls: { ca: certificates.ca, server: certificates.server } });
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      const { link: one } = link(mosquitto.url, { caFile: certificates.otherCa });
      await eventually(() => one.status().fault?.code).toBe('link/certificate-untrusted');
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });

  test.each([
    ['none', () => ({})],
    [
      'one of another authority',
      (all: Certificates) => ({ certFile: all.strangeClient.cert, keyFile: all.strangeClient.key }),
    ],
  ])('a client certificate that the broker refuses (%s) is told as such', async (_, files) => {
    const { ca, server } = certificates;
    const { url } = await broker({ tls: { ca, server, requireCertificate: true } });
    const { link: one } = link(url, { caFile: ca, ...files(certificates) });
    await eventually(() => one.status().fault?.code).toBe('link/credentials');
  });

  test('a client certificate that is renewed counts from the next attempt on', async () => {
    const { ca, server, client, strangeClient } = certificates;
    const { url } = await broker({ tls: { ca, server, requireCertificate: true } });
    const own = { certFile: join(directory, 'own.pem'), keyFile: join(directory, 'own.key') };
    await copyFile(strangeClient.cert, own.certFile);
    await copyFile(strangeClient.key, own.keyFile);
    const { link: one } = link(url, { caFile: ca, ...own });
    await eventually(() => one.status().fault?.code).toBe('link/credentials');
    await copyFile(client.cert, own.certFile);
    await copyFile(client.key, own.keyFile);
    await eventually(() => one.connected).toBe(true);
  });

  test.each([
    ['an empty authority', '', 'config/credential'],
    ['an authority that is none', 'to be done\n', 'config/credential'],
    ['a broken authority', '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n', 'config/credential'],
    ['an endless authority', 'x'.repeat(2_000_000), 'config/credential'],
  ])(
    '%s is told and never taken for trust in everybody; a good one counts from the next attempt',
    async (_, content, code) => {
      const { ca, server } = certificates;
      const { url } = await broker({ tls: { ca, server } });
      const caFile = join(directory, 'changing.pem');
      await writeFile(caFile, content);
      const { link: one } = link(url, { caFile });
      await eventually(() => one.status().fault?.code).toBe(code);
      await copyFile(ca, caFile);
      await eventually(() => one.connected).toBe(true);
    },
  );

  test('a broker that speaks no TLS is told, and never spoken to in plaintext', async () => {
    const mosquitto = await broker();
    const { link: one } = link(mosquitto.url.replace('mqtt:', 'mqtts:'), { caFile: certificates.ca });
    await eventually(() => one.status().fault?.code).toMatch(/^link\/(tls|lost)$/);
    expect(mosquitto.log).not.toContain(GATEWAY);
  });

  test('names that do not resolve and ports that nobody serves are told as such', async () => {
    const { link: nameless } = link('mqtts://broker.invalid', { caFile: certificates.ca });
    await eventually(() => nameless.status().fault?.code).toMatch(/^link\/(name|timeout)$/);
    const { link: nobody } = link('mqtt://127.0.0.1:1');
    await eventually(() => nobody.status().fault?.code).toBe('link/unreachable');
  });
});
