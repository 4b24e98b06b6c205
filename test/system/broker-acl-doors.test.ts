import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IClientOptions, MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Pair } from '../support/certificates.ts';
import { type Door, Fleet, makeCertificatesFor, shipped } from '../support/fleet.ts';
import { mosquittoMissing } from '../support/mosquitto.ts';

const GATEWAYS = ['plant7-gw01', 'plant7-gw02', 'plant7-gw03', 'plant7-gw04'];
const PEOPLE = ['operator', 'reader', 'nobody', 'left-us'];
const COMMAND = 'fieldward/plant7-gw01/command/ping';

describe.skipIf(mosquittoMissing !== undefined)('the broker of systemd/broker', () => {
  let fleet: Fleet;
  /** Signed by authorities that this broker has never heard of. */
  let elsewhere: string;

  beforeAll(async () => {
    fleet = await Fleet.start(GATEWAYS, PEOPLE);
    elsewhere = await mkdtemp(join(tmpdir(), 'fieldward-elsewhere-'));
    makeCertificatesFor(elsewhere, 'init');
    makeCertificatesFor(elsewhere, 'gateway', 'plant7-gw01');
    makeCertificatesFor(elsewhere, 'person', 'operator');
    revoke('gateways', 'plant7-gw03');
    revoke('people', 'left-us');
    await fleet.restart();
  });

  afterAll(async () => {
    await fleet?.dispose();
    await rm(elsewhere, { recursive: true, force: true });
  });

  async function connected(client: Promise<MqttClient>): Promise<MqttClient> {
    const one = await client;
    onTestFinished(() => one.endAsync(true));
    return one;
  }

  /** Whether it is let in, and if so, whether it may say the words of a gateway and those of an operator. */
  async function knock(door: Door, pair: Pair | undefined, more: IClientOptions = {}, url?: string): Promise<string> {
    try {
      const client = await fleet.connect(door, pair, { connectTimeout: 5000, ...more }, url);
      const may = (topic: string) =>
        client.publishAsync(topic, 'x', { qos: 1 }).then(
          () => true,
          () => false,
        );
      const able = [(await may('fieldward/plant7-gw01/status')) && 'gateway', (await may(COMMAND)) && 'operator'];
      await client.endAsync(true);
      return able.filter(Boolean).join(' and ') || 'nothing';
    } catch {
      return 'refused';
    }
  }

  const theirs = (door: Door, name: string): Pair => ({
    cert: join(elsewhere, door, `${name}.pem`),
    key: join(elsewhere, door, `${name}.key`),
  });
  const ours = (door: Door, name: string) => fleet.pair(name, door);
  const brokers = (): Pair => ({ cert: join(fleet.folder, 'broker.pem'), key: join(fleet.folder, 'broker.key') });

  const KNOCKS: readonly [what: string, expected: string, knock: () => Promise<string>][] = [
    ['a gateway at the gateways’ door', 'gateway', () => knock('gateways', ours('gateways', 'plant7-gw01'))],
    ['an operator at the people’s door', 'operator', () => knock('people', ours('people', 'operator'))],
    ['a reader at the people’s door', 'nothing', () => knock('people', ours('people', 'reader'))],
    ['a name in no list', 'nothing', () => knock('people', ours('people', 'nobody'))],
    ['another gateway', 'nothing', () => knock('gateways', ours('gateways', 'plant7-gw02'))],
    ['a gateway at the people’s door', 'refused', () => knock('people', ours('gateways', 'plant7-gw01'))],
    ['an operator at the gateways’ door', 'refused', () => knock('gateways', ours('people', 'operator'))],
    ['nobody at the gateways’ door', 'refused', () => knock('gateways', undefined)],
    ['nobody at the people’s door', 'refused', () => knock('people', undefined)],
    ['a gateway of another authority', 'refused', () => knock('gateways', theirs('gateways', 'plant7-gw01'))],
    ['an operator of another authority', 'refused', () => knock('people', theirs('people', 'operator'))],
    ['the broker’s certificate, gateways', 'refused', () => knock('gateways', brokers())],
    ['the broker’s certificate, people', 'refused', () => knock('people', brokers())],
    ['plaintext, gateways', 'refused', () => knock('gateways', undefined, {}, plain('gateways'))],
    ['plaintext, people', 'refused', () => knock('people', undefined, {}, plain('people'))],
    ['a reader with another’s user name', 'nothing', () => knock('people', ours('people', 'reader'), AS_OPERATOR)],
    [
      'a gateway with another’s user name',
      'nothing',
      () => knock('gateways', ours('gateways', 'plant7-gw02'), { username: 'plant7-gw01', password: 'x' }),
    ],
    ['a revoked gateway', 'refused', () => knock('gateways', revoked('plant7-gw03'))],
    ['a revoked person', 'refused', () => knock('people', revoked('left-us'))],
    ['a gateway with a reader’s client id', 'stays', () => takeOver('gateways', 'plant7-gw02', 'people', 'reader')],
    ['a reader with a gateway’s client id', 'stays', () => takeOver('people', 'reader', 'gateways', 'plant7-gw01')],
  ];
  const AS_OPERATOR: IClientOptions = { username: 'operator', password: 'x' };
  const plain = (door: Door) => fleet.url(door).replace('mqtts:', 'mqtt:');

  /** The thief's copy: the script puts the certificate aside and removes the key. */
  const revoked = (name: string): Pair => ({
    cert: join(elsewhere, `${name}.pem`),
    key: join(elsewhere, `${name}.key`),
  });

  function revoke(door: Door, name: string): void {
    const { cert, key } = ours(door, name);
    execFileSync('cp', [cert, key, elsewhere]);
    makeCertificatesFor(fleet.folder, 'revoke', name);
  }

  /** Whether one who gives another's client id ends that one's connection. */
  async function takeOver(door: Door, name: string, victimDoor: Door, victim: string): Promise<string> {
    const first = await fleet.connectAs(victim, victimDoor, { clientId: victim });
    const closed = new Promise<never>((_, reject) => first.once('close', () => reject(new Error('ended'))));
    closed.catch(() => {});
    const second = await fleet.connectAs(name, door, { clientId: victim });
    try {
      // The broker ends the old connection before it accepts the new one; an answer tells that it did not.
      await Promise.race([first.subscribeAsync('a-round-trip'), closed]);
      return 'stays';
    } catch {
      return 'ended';
    } finally {
      await first.endAsync(true);
      await second.endAsync(true);
    }
  }

  async function knockAll(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const [what, , look] of KNOCKS) found[what] = await look().catch(() => 'refused');
    return found;
  }

  const EXPECTED = Object.fromEntries(KNOCKS.map(([what, expected]) => [what, expected]));

  it('lets in no revoked certificate once it was told to reload; who is connected stays until a restart', async () => {
    const own = ours('gateways', 'plant7-gw04');
    const gateway = await connected(fleet.connect('gateways', own));
    const ended = new Promise((resolve) => gateway.once('close', () => resolve('ended')));
    revoke('gateways', 'plant7-gw04');
    await fleet.reload();
    expect(await knock('gateways', revoked('plant7-gw04'))).toBe('refused');
    await gateway.publishAsync('fieldward/plant7-gw04/status', 'x', { qos: 1 });
    await fleet.restart();
    expect(await ended).toBe('ended');
    // The name is free again, and its new certificate is good.
    makeCertificatesFor(fleet.folder, 'gateway', 'plant7-gw04');
    expect(await knock('gateways', own)).toBe('nothing');
  });

  it('lets in who has a certificate of the right authority, as the one who is named there', async () => {
    expect(await knockAll()).toEqual(EXPECTED);
  });

  it('has no line about who comes in that none of these notices', async () => {
    const lines = shipped('mosquitto.conf').split('\n');
    const about = /^(certfile|keyfile|cafile|require_certificate|crlfile|use_\w+|acl_file|per_listener_settings) /;
    const guards = lines.flatMap((line, at) => (about.test(line) ? [at] : []));
    expect(guards).toHaveLength(1 + 2 * 8);
    expect(await knockAll()).toEqual(EXPECTED);
    try {
      for (const at of guards) {
        const found = await fleet.restart(lines.toSpliced(at, 1).join('\n')).then(knockAll, () => 'does not start');
        expect(found, `line ${at + 1}: ${lines[at]}`).not.toEqual(EXPECTED);
      }
    } finally {
      await fleet.restart();
    }
  });

  it('publishes no will of a gateway on another gateway’s topic', async () => {
    const watcher = await connected(fleet.connect('people', undefined, {}, fleet.broker.url));
    const heard: string[] = [];
    watcher.on('message', (topic, payload) => heard.push(`${payload} on ${topic}`));
    await watcher.subscribeAsync('fieldward/+/availability', { qos: 1 });
    for (const victim of ['plant7-gw01', 'plant7-gw02']) {
      const topic = `fieldward/${victim}/availability`;
      const will = { topic, payload: Buffer.from('gone'), qos: 1, retain: true } as const;
      const gateway = await connected(fleet.connectAs('plant7-gw02', 'gateways', { will }));
      gateway.stream.destroy();
      if (victim !== 'plant7-gw02') continue;
      // The one that may be published comes after the one that may not.
      await expect.poll(() => heard, { interval: 10 }).toContain(`gone on ${topic}`);
    }
    expect(heard).toEqual(['gone on fieldward/plant7-gw02/availability']);
  });

  it('gives each certificate one connection: a second one ends the first', async () => {
    const first = await connected(fleet.connectAs('operator', 'people', { clientId: 'desk-1' }));
    const ended = new Promise((resolve) => first.once('close', () => resolve('ended')));
    await connected(fleet.connectAs('operator', 'people', { clientId: 'desk-2' }));
    expect(await ended).toBe('ended');
  });

  it('has what is retained after a restart', async () => {
    const gateway = await connected(fleet.connectAs('plant7-gw01', 'gateways'));
    const topic = 'fieldward/plant7-gw01/availability';
    await gateway.publishAsync(topic, 'kept', { qos: 1, retain: true });
    await gateway.endAsync();
    await fleet.restart();
    const reader = await connected(fleet.connectAs('reader', 'people'));
    const message = new Promise((resolve) => reader.once('message', (...[from, text]) => resolve(`${from} ${text}`)));
    await reader.subscribeAsync(topic);
    expect(await message).toBe(`${topic} kept`);
  });
});

describe('make-certificates', () => {
  async function folder(): Promise<string> {
    const made = await mkdtemp(join(tmpdir(), 'fieldward-certificates-'));
    onTestFinished(() => rm(made, { recursive: true, force: true }));
    return made;
  }
  const refusal = (...args: [string, ...string[]]) => {
    try {
      makeCertificatesFor(...args);
      return 'none';
    } catch (thrown) {
      const { status, stderr } = thrown as { status: number; stderr: Buffer | string };
      return `${status}: ${String(stderr).split('\n')[0]}`;
    }
  };

  it('makes certificates that are good for their purpose only, with keys that only the owner reads', async () => {
    const place = await folder();
    makeCertificatesFor(place, 'init');
    makeCertificatesFor(place, 'broker', 'broker.example', '192.0.2.7', '2001:db8::7');
    makeCertificatesFor(place, 'gateway', 'gw01');
    makeCertificatesFor(place, 'person', 'anna');
    const verify = (authority: string, purpose: string, file: string) => {
      const args = ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', join(place, `${authority}.pem`)];
      try {
        execFileSync('openssl', [...args, join(place, file)], { stdio: 'pipe' });
        return 'good';
      } catch {
        return 'bad';
      }
    };
    expect(verify('broker-ca', 'sslserver', 'broker.pem')).toBe('good');
    expect(verify('broker-ca', 'sslclient', 'broker.pem')).toBe('bad');
    expect(verify('gateways-ca', 'sslclient', 'gateways/gw01.pem')).toBe('good');
    expect(verify('gateways-ca', 'sslserver', 'gateways/gw01.pem')).toBe('bad');
    expect(verify('people-ca', 'sslclient', 'people/anna.pem')).toBe('good');
    expect(verify('people-ca', 'sslclient', 'gateways/gw01.pem')).toBe('bad');
    const names = execFileSync('openssl', ['x509', '-in', join(place, 'broker.pem'), '-noout', '-text']).toString();
    expect(names).toMatch(/DNS:broker\.example, IP Address:192\.0\.2\.7, IP Address:2001:DB8:0:0:0:0:0:7/);
    for (const file of ['broker-ca.key', 'broker.key', 'gateways/gw01.key', 'people/anna.key']) {
      expect(statSync(join(place, file)).mode & 0o777, file).toBe(0o600);
    }
  });

  it('overwrites nothing and gives no name twice', async () => {
    const place = await folder();
    makeCertificatesFor(place, 'init');
    makeCertificatesFor(place, 'gateway', 'gw01');
    makeCertificatesFor(place, 'broker', 'localhost');
    const files = ['broker-ca.key', 'gateways/gw01.key', 'gateways/gw01.pem', 'broker.key'];
    const all = () => files.map((file) => readFileSync(join(place, file), 'utf8'));
    const before = all();
    expect(refusal(place, 'init')).toBe('1: make-certificates: broker-ca is there already');
    expect(refusal(place, 'gateway', 'gw01')).toBe('1: make-certificates: there is a certificate for gw01 already');
    expect(refusal(place, 'person', 'gw01')).toBe('1: make-certificates: there is a certificate for gw01 already');
    expect(refusal(place, 'broker', 'x')).toBe('1: make-certificates: there is a certificate for x already');
    expect(all()).toEqual(before);
    expect(existsSync(join(place, 'people/gw01.pem'))).toBe(false);
  });

  it('refuses names that would mean something else in a topic, a path or a certificate', async () => {
    const place = await folder();
    makeCertificatesFor(place, 'init');
    for (const name of ['+', '#', 'gw/01', '../gw', 'GW01', '', '-gw', 'gw 01', 'gw,CN=operator', 'g'.repeat(64)]) {
      expect(refusal(place, 'gateway', name), name).toMatch(/^64: make-certificates: a name is/);
    }
    expect(refusal(place, 'broker', 'a,DNS:b')).toMatch(/^64: make-certificates: a host is/);
    expect(refusal(place, 'revoke', 'gw01')).toBe('1: make-certificates: there is no certificate for gw01');
    expect(refusal(place, 'gateway')).toMatch(/^64: /);
    expect(refusal(place, 'what')).toMatch(/^64: /);
  });
});
