import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { BROKER_ADDRESS, BROKER_PORT, type Network } from './network.ts';
import { PATIENCE_MS } from './patience.ts';

/** A real broker at the far end of the network. Watchers reach it by a socket of the file system, past all faults. */
export interface FarBroker {
  /** For the gateway. */
  readonly url: string;
  /** For watchers: no change of the network reaches this. */
  readonly watchUrl: string;
  readonly log: string;
  start(): Promise<void>;
  /** SIGKILL; nothing is kept. Safe twice. */
  kill(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** A new access list for the gateway, in force when this settles. */
  allow(acl: readonly string[]): Promise<void>;
}

export interface FarBrokerSetup {
  /** Access list for the gateway; it may do everything where there is none. */
  readonly acl?: readonly string[];
  /** More lines, for the gateway's listener or all. */
  readonly lines?: readonly string[];
}

const PROGRAM = existsSync('/usr/sbin/mosquitto') ? '/usr/sbin/mosquitto' : 'mosquitto';

/** Runs it for one test. */
export async function farBrokerFor(network: Network, setup: FarBrokerSetup = {}): Promise<FarBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'fieldward-far-'));
  const file = (name: string) => join(folder, name);
  const lines = [
    'user root',
    'per_listener_settings true',
    `log_dest file ${file('log')}`,
    'log_type all',
    'set_tcp_nodelay true',
    `listener 0 ${file('socket')}`,
    'allow_anonymous true',
    `listener ${BROKER_PORT} ${BROKER_ADDRESS}`,
    'allow_anonymous true',
    ...(setup.acl === undefined ? [] : [`acl_file ${file('acl')}`]),
    ...(setup.lines ?? []),
  ];
  const writeAcl = (acl: readonly string[]) => writeFile(file('acl'), `${acl.join('\n')}\n`, { mode: 0o600 });
  await writeFile(file('conf'), `${lines.join('\n')}\n`);
  await writeFile(file('log'), '');
  await writeAcl(setup.acl ?? []);
  let child: ChildProcess | undefined;
  const broker: FarBroker = {
    url: `mqtt://${BROKER_ADDRESS}:${BROKER_PORT}`,
    watchUrl: `mqtt+unix://${file('socket')}`,
    get log() {
      return readFileSync(file('log'), 'utf8');
    },
    async start() {
      const [enter = '', ...into] = network.inBroker;
      const started = spawn(enter, [...into, PROGRAM, '-c', file('conf')], { stdio: 'ignore' });
      child = started;
      const late = performance.now() + PATIENCE_MS;
      // it opens the listeners in the order of the config, and serves none before it has them all
      while (!(await answers(file('socket')))) {
        const over = started.exitCode !== null || started.signalCode !== null;
        if (over || performance.now() > late) throw new Error(`mosquitto did not start: ${broker.log}`);
        await wait(10);
      }
    },
    async kill() {
      const last = child;
      child = undefined;
      if (last === undefined || last.exitCode !== null || last.signalCode !== null) return;
      const ended = once(last, 'exit');
      last.kill('SIGKILL');
      await ended;
    },
    signal: (signal) => void child?.kill(signal),
    async allow(acl) {
      await writeAcl(acl);
      const reloads = () => broker.log.split('Reloading config').length;
      const before = reloads();
      broker.signal('SIGHUP');
      while (reloads() === before) await wait(10);
    },
  };
  const killNow = () => child?.kill('SIGKILL');
  process.once('exit', killNow);
  onTestFinished(async () => {
    process.off('exit', killNow);
    await broker.kill();
    await rm(folder, { recursive: true, force: true });
  });
  await broker.start();
  return broker;
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
