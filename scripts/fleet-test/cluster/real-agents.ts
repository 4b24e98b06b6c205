import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { readSequenceFile } from '../../../agent/sequence/sequence-file.ts';
import { meterModel } from '../../sim/meter-model.ts';
import { serve } from '../../sim/modbus-server.ts';
import { type AgentProcess, startAgent } from '../../testbed/agent-process.ts';
import { brokersInOrder, DEVICE } from '../words.ts';

/** Agents as they are built and shipped, each with a simulated meter behind Modbus TCP. */
export interface RealAgents {
  readonly gateways: readonly string[];
  /** The output of those that ended by themselves; the check of a run that is under way. */
  broken(): string | undefined;
  /** Stops them in order. @returns how many readings each has numbered */
  stop(): Promise<ReadonlyMap<string, number>>;
}

export interface RealAgentsSetup {
  readonly count: number;
  readonly folder: string;
  readonly urls: readonly string[];
  readonly returnAfterMs: number;
  readonly reconnectMaxMs: number;
}

const PROFILE = 'eastron-sdm120';
/** Where an agent with a state directory keeps its numbers, unless its config says otherwise. */
const OUTBOX = 'outbox';

export async function startRealAgents(setup: RealAgentsSetup): Promise<RealAgents> {
  const meter = await startMeter();
  const agents: { readonly gateway: string; readonly state: string; readonly agent: AgentProcess }[] = [];
  for (let number = 0; number < setup.count; number += 1) {
    const gateway = `plant-${number + 1}`;
    const state = join(setup.folder, gateway);
    await mkdir(state, { recursive: true });
    const file = join(setup.folder, `${gateway}.yaml`);
    await writeFile(file, JSON.stringify(realConfig(setup, number, meter.port)));
    const agent = startAgent({
      args: ['run', '--config', file],
      env: { STATE_DIRECTORY: state },
      // it ends with this program, also where that is killed
      through: ['setpriv', '--pdeathsig', 'TERM'],
      unread: true,
    });
    agents.push({ gateway, state, agent });
  }
  let ended = 0;
  for (const { agent } of agents) void agent.ended.then(() => (ended += 1));
  let stopping: Promise<ReadonlyMap<string, number>> | undefined;
  const stop = async () => {
    await Promise.all(agents.map(({ agent }) => agent.stop()));
    meter.close();
    return new Map(
      await Promise.all(agents.map(async (each) => [each.gateway, await numbered(join(each.state, OUTBOX))] as const)),
    );
  };
  return {
    gateways: agents.map(({ gateway }) => gateway),
    broken: () => (ended > 0 && stopping === undefined ? 'a built agent ended by itself' : undefined),
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** As an operator would write it, in JSON, which is YAML. Its brokers are in an order of its own, as with the light agents. */
export function realConfig(
  { urls, returnAfterMs, reconnectMaxMs }: Pick<RealAgentsSetup, 'urls' | 'returnAfterMs' | 'reconnectMaxMs'>,
  number: number,
  meterPort: number,
): object {
  const [url, ...fallbackUrls] = brokersInOrder(urls, number);
  return {
    gateway: `plant-${number + 1}`,
    mqtt: { url, fallbackUrls, returnAfterMs, reconnectMaxMs },
    buses: [
      {
        id: 'meters',
        port: { host: '127.0.0.1', tcpPort: meterPort },
        devices: [{ id: DEVICE, driver: 'modbus-tcp', options: { unit: 1, profile: PROFILE }, pollMs: 1000 }],
      },
    ],
  };
}

/** After a clean stop the file has the number of the next reading. */
async function numbered(state: string): Promise<number> {
  const stored = await readSequenceFile(state);
  if (stored.state === 'good' && stored.block === undefined) return stored.next - 1;
  throw new Error('a built agent did not stop in order: how many readings it numbered is not known');
}

async function startMeter(): Promise<{ readonly port: number; close(): void }> {
  const models = [await meterModel(PROFILE, { unit: 1, now: () => performance.now() })];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    const line = {
      write: (bytes: Uint8Array) => socket.write(bytes),
      onBytes: (hear: (chunk: Uint8Array) => void) => void socket.on('data', hear),
    };
    serve(line, models, { framing: 'tcp' });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
