import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectAsync, type IPublishPacket, type MqttClient } from 'mqtt';
import { freePort } from '../../scripts/testbed/place.ts';
import type { Pair } from './certificates.ts';

const BINARY = ['/usr/sbin/mosquitto', '/usr/bin/mosquitto', '/usr/local/sbin/mosquitto'].find((path) =>
  existsSync(path),
);

/** Why a suite that needs mosquitto can't run; undefined where it can. */
export const mosquittoMissing = BINARY === undefined ? 'mosquitto is not installed (apt install mosquitto)' : undefined;

export interface MosquittoOptions {
  readonly tls?: { readonly ca: string; readonly server: Pair; readonly requireCertificate?: boolean };
  /** User names and passwords; anybody may connect where there are none. */
  readonly passwords?: Readonly<Record<string, string>>;
  /** Lines of the access list. */
  readonly acl?: readonly string[];
  /** More lines of the config. */
  readonly extra?: readonly string[];
  /** A whole config in place of all of these, with a plain listener on `port`; its log is the file `log` of `directory`. */
  readonly config?: (place: { readonly directory: string; readonly port: number }) => string | Promise<string>;
}

/** A real broker on a free port of the loopback. */
export class Mosquitto {
  readonly port: number;
  readonly #directory: string;
  readonly #secure: boolean;
  #child: ChildProcess | undefined;

  private constructor(directory: string, port: number, secure: boolean) {
    this.#directory = directory;
    this.port = port;
    this.#secure = secure;
  }

  static async start(options: MosquittoOptions = {}): Promise<Mosquitto> {
    const directory = await mkdtemp(join(tmpdir(), 'fieldward-mosquitto-'));
    const broker = new Mosquitto(directory, await freePort(), options.tls !== undefined);
    await broker.#configure(options);
    await broker.up();
    return broker;
  }

  get url(): string {
    return `${this.#secure ? 'mqtts' : 'mqtt'}://localhost:${this.port}`;
  }

  get directory(): string {
    return this.#directory;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get log(): string {
    return readFileSync(join(this.#directory, 'log'), 'utf8');
  }

  /** Starts it on the same port with the same config: nothing is kept from before, as after a crash. */
  async up(): Promise<void> {
    const child = spawn(BINARY ?? 'mosquitto', ['-c', join(this.#directory, 'conf')], { stdio: 'ignore' });
    this.#child = child;
    for (let tries = 0; !(await answers(this.port)); tries += 1) {
      if (child.exitCode !== null || tries > 500) throw new Error(`mosquitto did not start: ${this.log}`);
      await pause(10);
    }
  }

  /** SIGKILL by default, and waits for its end. */
  async down(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  /** Another config, read at the next start. */
  async write(config: string): Promise<void> {
    await writeFile(join(this.#directory, 'conf'), config);
  }

  /** A new access list, taken over without a restart. */
  async allow(acl: readonly string[]): Promise<void> {
    await writeFile(join(this.#directory, 'acl'), `${acl.join('\n')}\n`);
    this.signal('SIGHUP');
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async dispose(): Promise<void> {
    this.signal('SIGCONT');
    await this.down();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #configure(options: MosquittoOptions): Promise<void> {
    const file = (name: string) => join(this.#directory, name);
    if (options.config !== undefined) {
      await writeFile(file('log'), '');
      await this.write(await options.config({ directory: this.#directory, port: this.port }));
      return;
    }
    const lines = [
      `listener ${this.port} localhost`,
      `allow_anonymous ${options.passwords === undefined}`,
      'persistence false',
      `log_dest file ${file('log')}`,
      'log_type all',
      'set_tcp_nodelay true',
      ...(options.extra ?? []),
    ];
    if (options.tls !== undefined) {
      const { ca, server, requireCertificate } = options.tls;
      lines.push(`cafile ${ca}`, `certfile ${server.cert}`, `keyfile ${server.key}`);
      lines.push(`require_certificate ${requireCertificate === true}`);
    }
    if (options.passwords !== undefined) {
      await writeFile(file('passwords'), '');
      for (const [user, password] of Object.entries(options.passwords)) {
        execFileSync('mosquitto_passwd', ['-b', file('passwords'), user, password]);
      }
      lines.push(`password_file ${file('passwords')}`);
    }
    if (options.acl !== undefined) {
      await writeFile(file('acl'), `${options.acl.join('\n')}\n`, { mode: 0o600 });
      lines.push(`acl_file ${file('acl')}`);
    }
    await writeFile(file('conf'), `user root\n${lines.join('\n')}\n`);
    await writeFile(file('log'), '');
    await chmod(this.#directory, 0o755);
  }
}

export interface Received {
  readonly topic: string;
  readonly payload: string;
  readonly retained: boolean;
  readonly packet: IPublishPacket;
  /** performance.now() */
  readonly at: number;
}

/** Somebody who watches the broker through a client of his own. */
export class Subscriber {
  readonly client: MqttClient;
  readonly received: Received[] = [];

  private constructor(client: MqttClient) {
    this.client = client;
    client.on('message', (topic, payload, packet) => {
      this.received.push({
        topic,
        payload: payload.toString(),
        retained: packet.retain,
        packet,
        at: performance.now(),
      });
    });
  }

  static async open(url: string, filters: readonly string[], options: object = {}): Promise<Subscriber> {
    const client = await connectAsync(url, { protocolVersion: 5, reconnectPeriod: 100, ...options });
    const subscriber = new Subscriber(client);
    await client.subscribeAsync([...filters], { qos: 1, rap: true });
    return subscriber;
  }

  on(topic: string): string[] {
    return this.received.filter((one) => one.topic === topic).map(({ payload }) => payload);
  }

  async close(): Promise<void> {
    await this.client.endAsync(true);
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: 'localhost' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
