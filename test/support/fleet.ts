import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { expect } from 'vitest';
import { freePort } from '../../scripts/testbed/place.ts';
import type { Pair } from './certificates.ts';
import { Mosquitto } from './mosquitto.ts';

const SHIPPED = fileURLToPath(new URL('../../systemd/broker/', import.meta.url));

/** A file of systemd/broker as it is shipped. */
export function shipped(name: 'mosquitto.conf' | AccessList): string {
  return readFileSync(join(SHIPPED, name), 'utf8');
}

export function makeCertificatesFor(folder: string, ...args: string[]): string {
  return execFileSync(join(SHIPPED, 'make-certificates'), [folder, ...args], { encoding: 'utf8', stdio: 'pipe' });
}

export type AccessList = 'gateways.acl' | 'people.acl';
export type Door = 'gateways' | 'people';

/** A real broker with the config, the access lists and the certificates of systemd/broker; only its paths and ports differ. */
export class Fleet {
  /** Where the certificates and the broker's files are. */
  readonly folder: string;
  readonly broker: Mosquitto;
  readonly #ports: Readonly<Record<Door, number>>;

  private constructor(folder: string, broker: Mosquitto, ports: Readonly<Record<Door, number>>) {
    this.folder = folder;
    this.broker = broker;
    this.#ports = ports;
  }

  static async start(gateways: readonly string[], people: readonly string[]): Promise<Fleet> {
    const folder = await mkdtemp(join(tmpdir(), 'fieldward-fleet-'));
    makeCertificatesFor(folder, 'init');
    makeCertificatesFor(folder, 'broker', 'localhost', '127.0.0.1');
    makeCertificatesFor(folder, 'gateway', ...gateways);
    makeCertificatesFor(folder, 'person', ...people);
    for (const name of ['gateways.acl', 'people.acl'] as const) await writeFile(join(folder, name), shipped(name));
    const ports = { gateways: await freePort(), people: await freePort() };
    const broker = await Mosquitto.start({
      config: ({ directory, port }) => configFor(shipped('mosquitto.conf'), { folder, directory, port, ports }),
    });
    return new Fleet(folder, broker, ports);
  }

  url(door: Door): string {
    return `mqtts://localhost:${this.#ports[door]}`;
  }

  /** Its certificate and key, as the script laid them down. */
  pair(name: string, door: Door): Pair {
    return { cert: join(this.folder, door, `${name}.pem`), key: join(this.folder, door, `${name}.key`) };
  }

  /** @throws what MQTT.js says, where the broker takes no such client */
  connect(door: Door, pair: Pair | undefined, more: IClientOptions = {}, url = this.url(door)): Promise<MqttClient> {
    const files = pair === undefined ? {} : { cert: readFileSync(pair.cert), key: readFileSync(pair.key) };
    const ca = readFileSync(join(this.folder, 'broker-ca.pem'));
    const client = connect(url, { protocolVersion: 5, reconnectPeriod: 0, ca, ...files, ...more });
    return new Promise((resolve, reject) => {
      // For its whole life: a broker that goes resets connections, also one that it has just refused.
      client.on('error', reject);
      client.once('close', () => reject(new Error('closed before it was accepted')));
      client.once('connect', () => resolve(client));
    });
  }

  /** As the one whose certificate it is. */
  connectAs(name: string, door: Door, more: IClientOptions = {}): Promise<MqttClient> {
    return this.connect(door, this.pair(name, door), more);
  }

  /** A new access list, in force when this settles. */
  async allow(name: AccessList, text: string): Promise<void> {
    await writeFile(join(this.folder, name), text);
    await this.reload();
  }

  async reload(): Promise<void> {
    const reloads = () => this.broker.log.split('Reloading config').length;
    const before = reloads();
    this.broker.signal('SIGHUP');
    // The broker has one thread: a message that is sent after this line of its log comes after the reload.
    await expect.poll(reloads, { interval: 5 }).toBeGreaterThan(before);
  }

  async restart(config = shipped('mosquitto.conf')): Promise<void> {
    const { folder, broker } = this;
    await broker.down('SIGTERM');
    await broker.write(
      configFor(config, { folder, directory: broker.directory, port: broker.port, ports: this.#ports }),
    );
    await broker.up();
  }

  async dispose(): Promise<void> {
    await this.broker.dispose();
    await rm(this.folder, { recursive: true, force: true });
  }
}

interface Place {
  readonly folder: string;
  readonly directory: string;
  /** Of a plain listener without an access list, for tests that watch and probe. */
  readonly port: number;
  readonly ports: Readonly<Record<Door, number>>;
}

function configFor(config: string, { folder, directory, port, ports }: Place): string {
  const moved = config
    .replaceAll('/etc/mosquitto/certs/', `${folder}/`)
    .replaceAll('/etc/mosquitto/', `${folder}/`)
    .replace('/run/mosquitto/mosquitto.pid', join(directory, 'pid'))
    .replace('/var/log/mosquitto/mosquitto.log', join(directory, 'log'))
    .replace('/var/lib/mosquitto/', `${directory}/`)
    .replace('listener 8883', `listener ${ports.gateways} localhost`)
    .replace('listener 8884', `listener ${ports.people} localhost`);
  const user = process.getuid?.() === 0 ? ['user root'] : [];
  return [moved, ...user, 'log_type debug', `listener ${port} localhost`, 'allow_anonymous true', ''].join('\n');
}
