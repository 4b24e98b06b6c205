import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, listens } from '../../testbed/place.ts';
import {
  type ClusterPlan,
  type NodePlan,
  nodeConfig,
  nodeEnvironment,
  planCluster,
  SESSIONS_ON_TWO_NODES,
} from './node-config.ts';
import { killSession } from './session-processes.ts';

/** The script of the server itself: the one in the PATH works for the system's service alone. */
const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const CALLER = '/usr/lib/erlang/bin/erl_call';
export const NO_RABBITMQ = 'RabbitMQ is not installed. Debian has it in the package rabbitmq-server.';

/** Three programs that start on a busy machine, and find each other. */
const START_WITHIN = 600_000;
const MOST_SAID = 2000;
const CALL_WITHIN = 30_000;

export interface RabbitCluster {
  readonly nodes: readonly NodePlan[];
  readonly urls: readonly string[];
  /** Of a node's process; undefined: it does not run. */
  pid(node: NodePlan): number | undefined;
  /** As a power cut would; its files on disk stay. */
  kill(node: NodePlan): Promise<void>;
  /** Settles once it takes MQTT connections. */
  start(node: NodePlan, signal: AbortSignal): Promise<void>;
  /** The node itself ends all MQTT connections that it has. */
  closeConnections(node: NodePlan): Promise<void>;
  /** Ends all of it. Safe twice. */
  stop(): Promise<void>;
}

/**
 * Brokers of their own below the folder, on the loopback. The system's broker is not touched.
 * @throws where RabbitMQ is not there, or a node does not start
 */
export async function startCluster(count: number, folder: string, signal: AbortSignal): Promise<RabbitCluster> {
  if (!existsSync(SERVER)) throw new Error(NO_RABBITMQ);
  const ports = [await freePort()];
  for (let need = count; need > 0; need -= 1) ports.push(await freePort(), await freeEverywhere());
  const plan = planCluster(folder, ports);
  await writeFile(join(folder, '.erlang.cookie'), randomBytes(20).toString('hex'), { mode: 0o400 });
  const processes = new Map<NodePlan, Owned>();
  let daemon: Owned | undefined;
  const cluster: RabbitCluster = {
    nodes: plan.nodes,
    urls: plan.nodes.map(({ mqttPort }) => `mqtt://127.0.0.1:${mqttPort}`),
    pid: (node) => processes.get(node)?.child.pid,
    async kill(node) {
      const last = processes.get(node);
      processes.delete(node);
      await last?.end();
    },
    async start(node, starting) {
      const owned = await startNode(node, plan);
      processes.set(node, owned);
      await untilThere(node, owned, starting);
    },
    // each connection that is the node's own ends as in its maintenance
    closeConnections: (node) => askNode(node, folder, CLOSING),
    async stop() {
      await Promise.all(plan.nodes.map((node) => cluster.kill(node)));
      await daemon?.end();
    },
  };
  try {
    daemon = own('epmd', ['-port', String(plan.epmdPort), '-address', '127.0.0.1'], { HOME: folder }, folder);
    const [first, ...others] = plan.nodes;
    // the first one makes the cluster, the others join it
    if (first !== undefined) await cluster.start(first, signal);
    await Promise.all(others.map((node) => cluster.start(node, signal)));
    if (first !== undefined) await askNode(first, folder, SESSIONS_ON_TWO_NODES);
    return cluster;
  } catch (thrown) {
    await cluster.stop();
    throw thrown;
  }
}

async function startNode(node: NodePlan, plan: ClusterPlan): Promise<Owned> {
  await mkdir(node.folder, { recursive: true });
  await writeFile(join(node.folder, 'rabbitmq.conf'), nodeConfig(node, plan.nodes[0] ?? node));
  await writeFile(join(node.folder, 'enabled_plugins'), '[rabbitmq_mqtt].\n');
  return own(SERVER, [], nodeEnvironment(node, plan), node.folder);
}

interface Owned {
  readonly child: ChildProcess;
  readonly over: () => boolean;
  /** The end of what it wrote. */
  readonly said: () => string;
  end(): Promise<void>;
}

/** A process of its own session, so that Ctrl-C does not reach it. It ends with this one, however this one ends. */
function own(program: string, args: readonly string[], env: Readonly<Record<string, string>>, folder: string): Owned {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // also for the dump of one that crashes
    cwd: folder,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LANG: 'C.UTF-8', ...env },
    detached: true,
  });
  let isOver = false;
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-MOST_SAID);
    });
  }
  const ended = new Promise<void>((resolve) => {
    const gone = () => {
      isOver = true;
      resolve();
    };
    child.once('error', gone);
    child.once('exit', gone);
  });
  // the programs that it has started beside it too
  const kill = () => {
    if (child.pid !== undefined) killSession(child.pid);
  };
  process.once('exit', kill);
  void ended.then(() => process.off('exit', kill));
  return {
    child,
    over: () => isOver,
    said: () => said,
    async end() {
      kill();
      await ended;
      // the processes that it started meanwhile
      kill();
    },
  };
}

async function untilThere(node: NodePlan, { over, said }: Owned, signal: AbortSignal): Promise<void> {
  const late = performance.now() + START_WITHIN;
  while (!(await listens(node.mqttPort))) {
    if (over() || performance.now() > late) {
      throw new Error(`node ${node.number} of RabbitMQ did not start: ${said()}`);
    }
    await wait(100, undefined, { signal });
  }
}

/**
 * The node refuses a port for its distribution that anybody has at any address; so it can't be a reserved one. As
 * those, it lies below the ports of outgoing connections: a node that comes back finds it free.
 */
async function freeEverywhere(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

const CLOSING = `[rabbit_mqtt_reader:close_connection(Pid, "test")
  || {_, Pid} <- rabbit_mqtt_collector:list(), node(Pid) =:= node()], ok.
`;

/**
 * Runs Erlang in the node. Straight to the node's port: neither is the daemon asked nor a second Erlang started. The
 * secret is in the folder.
 * @param what must come to `ok`
 */
async function askNode({ distributionPort }: NodePlan, folder: string, what: string): Promise<void> {
  const child = spawn(CALLER, ['-address', `127.0.0.1:${distributionPort}`, '-e'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: CALL_WITHIN,
    env: { HOME: folder },
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(0, 1000);
  });
  child.stdin.end(what);
  const [code] = await once(child, 'close');
  if (code !== 0 || !/^\{ok, *ok\}\s*$/.test(said)) throw new Error(`the node did not do it: ${said}`);
}
