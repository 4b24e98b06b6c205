import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { inspectBroker } from '../../agent/cli/security/broker.ts';
import type { MqttConfig } from '../../config/config.ts';
import { loadConfig } from '../../config/load.ts';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import { Fleet, shipped } from '../support/fleet.ts';
import { newFolder } from '../support/folder.ts';
import { mosquittoMissing, Subscriber } from '../support/mosquitto.ts';

const GATEWAY = 'plant7-gw01';
const BUS = { id: 'a', port: { path: '/dev/ttyS9' }, devices: [{ id: 'gnss', driver: 'nmea0183' }] };

describe.skipIf(mosquittoMissing !== undefined)('the self-test against the broker of systemd/broker', () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await Fleet.start([GATEWAY, 'plant7-gw02'], ['operator']);
  });

  afterAll(() => fleet?.dispose());

  async function findings(more: Partial<MqttConfig> = {}, how: { running?: boolean; interrupt?: boolean } = {}) {
    const { cert, key } = fleet.pair(GATEWAY, 'gateways');
    const files = { caFile: join(fleet.folder, 'broker-ca.pem'), certFile: cert, keyFile: key };
    const config = { gateway: GATEWAY, mqtt: { url: fleet.url('gateways'), ...files, ...more }, buses: [BUS] };
    const file = join(await newFolder(), 'c.yaml');
    await writeFile(file, JSON.stringify(config));
    const loaded = await loadConfig({ file, environment: {}, catalogue: openCatalogue() });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    const { running = false, interrupt = false } = how;
    const { signal } = new AbortController();
    const found = await inspectBroker({ config: loaded.config, signal, interrupt, isRunning: async () => running });
    return Object.fromEntries(found.map(({ name, state }) => [name, state]));
  }

  const ALL_GOOD = {
    'broker: encryption': 'good',
    'broker: authority': 'good',
    'broker: identity': 'good',
    'mqtt.certFile: not expired': 'good',
    'broker: certificate not expired': 'good',
  };
  const REFUSED = {
    'broker: may write in its own tree': 'good',
    'broker: may not speak for another gateway': 'good',
    'broker: may not command another gateway': 'good',
    'broker: may not command itself': 'good',
    'broker: may not write outside its prefix': 'good',
    'broker: may not hear other gateways': 'unknown',
  };

  it('finds all good, and says that a granted subscription proves nothing', async () => {
    expect(await findings()).toEqual({ ...ALL_GOOD, ...REFUSED });
  });

  it('leaves the connection of the running service alone, unless it is told not to', async () => {
    const service = await fleet.connectAs(GATEWAY, 'gateways', { clientId: GATEWAY });
    onTestFinished(() => service.endAsync(true));
    let ended = false;
    service.on('close', () => {
      ended = true;
    });
    expect(await findings({}, { running: true })).toEqual({ ...ALL_GOOD, 'broker: forbidden topics': 'unknown' });
    await service.publishAsync(`fieldward/${GATEWAY}/status`, '{}', { qos: 1 });
    expect(ended).toBe(false);
    expect(await findings({}, { running: true, interrupt: true })).toEqual({ ...ALL_GOOD, ...REFUSED });
    await expect.poll(() => ended).toBe(true);
  });

  // The next one sets its own list: a SIGHUP while mosquitto still reloads is lost, so no two follow each other at once.
  it('finds each door that the access list leaves open', async () => {
    await fleet.allow('gateways.acl', 'pattern readwrite #\n');
    const other = await fleet.connectAs('plant7-gw02', 'gateways');
    onTestFinished(() => other.endAsync(true));
    await other.publishAsync('fieldward/plant7-gw02/availability', 'online', { qos: 1, retain: true });
    expect(await findings()).toMatchObject({
      'broker: may write in its own tree': 'good',
      'broker: may not speak for another gateway': 'bad',
      'broker: may not command another gateway': 'bad',
      'broker: may not command itself': 'bad',
      'broker: may not write outside its prefix': 'bad',
      'broker: may not hear other gateways': 'bad',
    });
    // retained messages of the broker come before those that are published after the subscription
    const watcher = await Subscriber.open(`mqtt://localhost:${fleet.broker.port}`, ['#']);
    onTestFinished(() => watcher.close());
    await watcher.client.publishAsync('now', '', { qos: 1 });
    await expect.poll(() => watcher.on('now')).toHaveLength(1);
    expect(watcher.received.filter(({ topic }) => topic.includes('self-test'))).toEqual([]);
    await other.publishAsync('fieldward/plant7-gw02/availability', '', { qos: 1, retain: true });
  });

  it('finds that the gateway may not even write in its own tree', async () => {
    onTestFinished(() => fleet.allow('gateways.acl', shipped('gateways.acl')));
    await fleet.allow('gateways.acl', 'pattern read fieldward/%u/command/+\n');
    expect((await findings())['broker: may write in its own tree']).toBe('weak');
  });

  it('says of 3.1.1 that it can not tell', async () => {
    expect((await findings({ protocolVersion: 4 }))['broker: may not command another gateway']).toBe('unknown');
  });

  it('finds a broker of another authority, a gateway at the wrong door, and nobody at all', async () => {
    const other = join(fleet.folder, 'people-ca.pem');
    expect(await findings({ caFile: other })).toMatchObject({ 'broker: connection': 'bad' });
    const { cert, key } = fleet.pair('operator', 'people');
    expect(await findings({ certFile: cert, keyFile: key })).toHaveProperty('broker: connection');
    expect(await findings({ url: 'mqtts://localhost:1' })).toMatchObject({ 'broker: connection': 'unknown' });
  });
});
