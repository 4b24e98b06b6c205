import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { connectionsTo } from '../../../scripts/fleet-test/cluster/connections.ts';
import {
  nodeConfig,
  nodeEnvironment,
  planCluster,
  SESSIONS_ON_TWO_NODES,
} from '../../../scripts/fleet-test/cluster/node-config.ts';
import { realConfig } from '../../../scripts/fleet-test/cluster/real-agents.ts';
import { killSession, sessionIn } from '../../../scripts/fleet-test/cluster/session-processes.ts';
import { brokersInOrder } from '../../../scripts/fleet-test/words.ts';

const plan = planCluster('/tmp/run', [100, 201, 301, 202, 302, 203, 303]);
const [first, second] = plan.nodes;
if (first === undefined || second === undefined) throw new Error('no nodes');

describe('the nodes of a test cluster', () => {
  it('have names, folders and ports of their own', () => {
    expect(plan.epmdPort).toBe(100);
    expect(
      plan.nodes.map(({ name, folder, mqttPort, distributionPort }) => [name, folder, mqttPort, distributionPort]),
    ).toEqual([
      ['fieldward-1@localhost', '/tmp/run/node-1', 201, 301],
      ['fieldward-2@localhost', '/tmp/run/node-2', 202, 302],
      ['fieldward-3@localhost', '/tmp/run/node-3', 203, 303],
    ]);
  });

  it('listen on the loopback alone, keep sessions on most nodes, and join the first one', () => {
    const lines = nodeConfig(second, first).trimEnd().split('\n');
    expect(lines).toContain('listeners.tcp = none');
    expect(lines).toContain('mqtt.listeners.tcp.default = 127.0.0.1:202');
    expect(lines).toContain('mqtt.durable_queue_type = quorum');
    expect(lines).toContain('cluster_partition_handling = pause_minority');
    expect(lines.filter((line) => line.includes('classic_config.nodes'))).toEqual([
      'cluster_formation.classic_config.nodes.1 = fieldward-1@localhost',
    ]);
    expect(lines.filter((line) => line.includes('listeners'))).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(/^[a-z_.0-9]+ = \S+$/);
  });

  it('keep the session of every client on two of them, so that its name is free when one dies', () => {
    const [policy] = /\{.*\}/.exec(SESSIONS_ON_TWO_NODES) ?? [''];
    expect(JSON.parse(policy.replaceAll('\\', ''))).toMatchObject({ 'ha-mode': 'exactly', 'ha-params': 2 });
    expect(SESSIONS_ON_TWO_NODES).toContain('<<"^mqtt-subscription-">>');
  });

  it('have nothing of the system’s broker: every folder is below the run’s, every port bound to the loopback', () => {
    const env = nodeEnvironment(second, plan);
    const places = Object.entries(env).filter(([, value]) => value.startsWith('/'));
    expect(places.filter(([, value]) => !value.startsWith('/tmp/run'))).toEqual([
      ['RABBITMQ_CONF_ENV_FILE', '/dev/null'],
    ]);
    expect(env).toMatchObject({
      HOME: '/tmp/run',
      RABBITMQ_NODENAME: 'fieldward-2@localhost',
      RABBITMQ_DIST_PORT: '302',
      ERL_EPMD_PORT: '100',
      ERL_EPMD_ADDRESS: '127.0.0.1',
    });
    const words = env.RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS;
    expect(words).toContain('-kernel inet_dist_use_interface {127,0,0,1}');
    expect(words).toContain('+S 1:1');
    expect(words).toContain('-start_epmd false');
  });
});

describe('the order in which an agent tries the brokers', () => {
  const urls = ['a', 'b', 'c'];

  it('has each broker once, and gives each order to as many agents', () => {
    const orders = Array.from({ length: 60 }, (_, number) => brokersInOrder(urls, number).join(''));
    const counts = new Map<string, number>();
    for (const order of orders) counts.set(order, (counts.get(order) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({ abc: 10, acb: 10, bac: 10, bca: 10, cab: 10, cba: 10 });
  });

  it('is that broker alone where there is one, and nothing where there is none', () => {
    expect([0, 1, 4999].map((number) => brokersInOrder(['a'], number))).toEqual([['a'], ['a'], ['a']]);
    expect(() => brokersInOrder([], 0)).toThrow(RangeError);
  });

  it('is the same for built agents, in their config', () => {
    const config = realConfig({ urls, returnAfterMs: 10_000, reconnectMaxMs: 30_000 }, 1, 1502);
    expect(config).toMatchObject({
      gateway: 'plant-2',
      mqtt: { url: 'b', fallbackUrls: ['a', 'c'], returnAfterMs: 10_000, reconnectMaxMs: 30_000 },
      buses: [{ port: { host: '127.0.0.1', tcpPort: 1502 } }],
    });
  });
});

it('connections are counted at the listener’s side, established ones alone', () => {
  const line = (local: string, remote: string, state: string) =>
    `   0: 0100007F:${local} 0100007F:${remote} ${state} 00000000:00000000 00:00000000`;
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue',
    line('00C9', '0000', '0A'),
    line('00C9', '8001', '01'),
    line('00C9', '8002', '01'),
    line('00C9', '8003', '08'),
    line('8001', '00C9', '01'),
    line('8002', '00C9', '01'),
    line('00CA', '8004', '01'),
    line('00CB', '8005', '01'),
    '',
  ].join('\n');
  expect(connectionsTo([201, 202, 999], table)).toEqual([2, 1, 0]);
});

it('a session ends whole, with a process that has a group of its own and lost its parent', async () => {
  expect(sessionIn('12 (a) b) S 1 12 7 0 -1')).toBe(7);
  expect(sessionIn('')).toBeNaN();
  // the inner process tells its number, and lives on when the outer one ends; `set -m` gives it a group
  const child = spawn('bash', ['-c', 'set -m; sleep 600 & echo $!'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [said] = await once(child.stdout.setEncoding('utf8'), 'data');
  const orphan = Number(said);
  await once(child, 'exit');
  expect(isThere(orphan)).toBe(true);
  const session = child.pid ?? 0;
  killSession(session);
  await expect.poll(() => isThere(orphan)).toBe(false);
});

/** One that has ended and was not waited for yet is there no more. */
function isThere(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
