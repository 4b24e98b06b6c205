import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, listens } from './place.ts';

export interface Mosquitto {
  readonly port: number;
  readonly url: string;
  /** Of the running broker; undefined while it is killed. */
  readonly pid: number | undefined;
  /** Ends it as a power cut would; {@link start} brings it back on the same port. Safe twice. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes what it had. Safe twice. */
  stop(): Promise<void>;
}

/** Debian puts it where a user's PATH may not look. */
const PROGRAM = existsSync('/usr/sbin/mosquitto') ? '/usr/sbin/mosquitto' : 'mosquitto';
const START_WITHIN = 10_000;

/** A broker on a free port of the loopback, anonymous and without persistence. */
export async function startMosquitto(setup: { readonly lines?: readonly string[] } = {}): Promise<Mosquitto> {
  const folder = await mkdtemp(join(tmpdir(), 'fieldward-mosquitto-'));
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence false',
    'set_tcp_nodelay true',
    'log_dest stderr',
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    ...(setup.lines ?? []),
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  let running: Running | undefined;
  const broker: Mosquitto = {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    get pid() {
      return running?.pid;
    },
    async start() {
      running ??= await run(config, port);
    },
    async kill() {
      const last = running;
      running = undefined;
      await last?.end();
    },
    async stop() {
      await broker.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await broker.start();
  return broker;
}

interface Running {
  readonly pid: number | undefined;
  end(): Promise<void>;
}

async function run(config: string, port: number): Promise<Running> {
  const child = spawn(PROGRAM, ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  void ended.then(() => process.off('exit', kill));
  const end = async () => {
    kill();
    await ended;
  };
  const late = performance.now() + START_WITHIN;
  while (!(await listens(port))) {
    const over = child.exitCode !== null || child.pid === undefined;
    if (over || performance.now() > late) {
      await end();
      throw new Error(`mosquitto did not start (./scripts/setup --test-packages installs it): ${said}`);
    }
    await wait(10);
  }
  return { pid: child.pid, end };
}
