import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import {
  type AgentProcess,
  agentFor,
  configFile,
  type Rig,
  rigBus,
  rigDevice,
  rigFor,
  temporaryFolder,
} from './agent-process.ts';
import { type Network, networkFor } from './network.ts';
import { type FarBroker, type FarBrokerSetup, farBrokerFor } from './network-broker.ts';
import { type Reading, type Witness, witnessOf } from './witness.ts';

export const GATEWAY = 'system';
export const PREFIX = `fieldward/${GATEWAY}`;
/** Short, so that the tests are; the shortest that a config may ask for. */
export const KEEPALIVE = 5_000;
export const CONNECT_TIMEOUT = 1_000;
export const RECONNECT_LEAST = 200;
export const RECONNECT_MOST = 1_000;
const POLL = 50;

export interface Scene {
  readonly network: Network;
  readonly broker: FarBroker;
  readonly rig: Rig;
  readonly witness: Witness;
  readonly agent: AgentProcess;
}

export interface SceneSetup {
  readonly broker?: FarBrokerSetup;
  readonly mqtt?: object;
  readonly devices?: readonly object[];
  readonly units?: string;
  /** Done when all but the agent is there. */
  readonly before?: (network: Network, broker: FarBroker) => Promise<void>;
}

/** A line with devices, the built agent behind a network, a broker at its far end, and a witness beside the broker. */
export async function sceneFor(setup: SceneSetup = {}): Promise<Scene> {
  const network = await networkFor();
  const broker = await farBrokerFor(network, setup.broker);
  const rig = await rigFor({ baud: 115_200, units: setup.units ?? '1' });
  const witness = await witnessOf(broker.watchUrl, PREFIX);
  await setup.before?.(network, broker);
  const config = {
    gateway: GATEWAY,
    mqtt: {
      url: broker.url,
      allowPlaintext: true,
      keepaliveMs: KEEPALIVE,
      connectTimeoutMs: CONNECT_TIMEOUT,
      reconnectMinMs: RECONNECT_LEAST,
      reconnectMaxMs: RECONNECT_MOST,
      ...setup.mqtt,
    },
    outbox: { directory: await temporaryFolder() },
    commands: { enabled: true, allow: ['status'] },
    buses: [rigBus('line', rig.links[0] ?? '', setup.devices ?? [rigDevice(1, { pollMs: POLL })])],
  };
  const agent = agentFor({ args: ['run', '--config', await configFile(config)], through: network.inGateway });
  return { network, broker, rig, witness, agent };
}

interface Line {
  readonly event: string;
  readonly time: string;
  readonly device?: string;
  readonly fault?: { readonly code: string };
}

/** The agent's log lines of one event. */
export function logged(agent: AgentProcess, event: string): readonly Line[] {
  return agent.stdout
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line))
    .filter((line) => line.event === event);
}

/** Connections lost or attempts failed, by their fault codes in the order of the log, which tells each kind once. */
export function troubles({ agent }: Scene): readonly (string | undefined)[] {
  return logged(agent, 'broker not connected').map(({ fault }) => fault?.code);
}

/** Settles once live readings come. */
export async function live(witness: Witness, device = 'unit-1', count = 5): Promise<void> {
  const before = witness.readings(device).length;
  await witness.until('live readings', () => {
    const since = witness.readings(device).slice(before);
    return since.filter((each) => !each.backfill).length >= count;
  });
}

/** Answers of the devices in this time, and how many there should be at the most. */
export async function pollsIn(rig: Rig, duration: number, period = POLL): Promise<number> {
  const answers = async () => ({ count: (await rig.summary()).lines[0]?.responses ?? 0, at: performance.now() });
  const from = await answers();
  await wait(duration);
  const to = await answers();
  return ((to.count - from.count) * period) / (to.at - from.at);
}

/** Readings of all devices as they came, copies included. */
export function taken(witness: Witness): readonly Reading[] {
  return witness.allReadings();
}

/** Numbers between the first and the last that never came. */
export function missing(readings: readonly Reading[]): readonly number[] {
  const numbers = new Set(readings.map(({ seq }) => seq));
  if (numbers.size === 0) return [];
  const [first, last] = [Math.min(...numbers), Math.max(...numbers)];
  return Array.from({ length: last - first + 1 }, (_, index) => first + index).filter((seq) => !numbers.has(seq));
}

/**
 * Ends the agent once all has arrived that waited, and looks at the witness's record: every answer of the devices is a
 * reading in it, numbered without a gap; copies are copies; in order, waiting and live readings each by themselves.
 */
export async function expectNothingLost({ witness, agent, rig }: Scene): Promise<void> {
  await witness.until('all that waited', () => {
    const readings = taken(witness);
    return readings.at(-1)?.backfill === false && missing(readings).length === 0;
  });
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
  await witness.until('offline', () => witness.latest('availability') === 'offline');
  const readings = taken(witness);
  expect(missing(readings)).toEqual([]);
  const first = new Map<number, Reading>();
  for (const reading of readings) {
    const known = first.get(reading.seq);
    if (known === undefined) first.set(reading.seq, reading);
    else expect({ ...reading, backfill: known.backfill }).toEqual(known);
  }
  const news = [...first.values()];
  for (const waited of [true, false]) {
    const numbers = news.filter(({ backfill }) => backfill === waited).map(({ seq }) => seq);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  }
  const answers = (await rig.transactions()).filter(({ what }) => what === 'ok').length;
  const good = news.filter(({ quality }) => quality === 'good').length;
  // an answer may be on its way when the agent is told to stop
  expect(good).toBeGreaterThanOrEqual(answers - 2);
}
