import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type AgentProcess, type AgentSetup, startAgent } from '../../scripts/testbed/agent-process.ts';
import { type Mosquitto, startMosquitto } from '../../scripts/testbed/mosquitto.ts';
import { type Rig, type RigSetup, startRig } from '../../scripts/testbed/rig.ts';

export type { AgentProcess, Mosquitto, Rig };

/** A folder for one test; gone when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fieldward-system-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function rigFor(setup: RigSetup): Promise<Rig> {
  const rig = await startRig(setup);
  onTestFinished(async () => void (await rig.stop()));
  return rig;
}

export async function brokerFor(setup?: Parameters<typeof startMosquitto>[0]): Promise<Mosquitto> {
  const broker = await startMosquitto(setup);
  onTestFinished(() => broker.stop());
  return broker;
}

/** Runs the built agent; the test's end ends it too. */
export function agentFor(setup: AgentSetup): AgentProcess {
  const agent = startAgent(setup);
  onTestFinished(async ({ task }) => {
    await agent.stop();
    if (task.result?.state === 'fail') process.stderr.write(`the agent said:\n${agent.stdout}${agent.stderr}\n`);
  });
  return agent;
}

/** Writes the config, as JSON, which is YAML. @param edit what JSON has no word for is put in by it @returns its path */
export async function configFile(
  config: object,
  folder?: string,
  edit: (text: string) => string = (text) => text,
): Promise<string> {
  const file = join(folder ?? (await temporaryFolder()), 'fieldward.yaml');
  await writeFile(file, edit(JSON.stringify(config, null, 2)));
  return file;
}

/** The agent with this config, running. */
export async function runAgent(config: object, setup: Partial<AgentSetup> = {}): Promise<AgentProcess> {
  return agentFor({ args: ['run', '--config', await configFile(config)], ...setup });
}

/** Does something while the agent stands still, so that it can't be quicker: a broker returns, a witness subscribes. */
export async function whileFrozen<T>(agent: AgentProcess, act: () => Promise<T>): Promise<T> {
  agent.signal('SIGSTOP');
  try {
    return await act();
  } finally {
    agent.signal('SIGCONT');
  }
}

/** Where no poll may fail, a device has more time than any pause that a busy machine makes. */
export const AMPLE_MS = 5000;

/** A Modbus device of the rig: register 0 holds the line's counter, register 1 the unit. */
export function rigDevice(unit: number, more: object = {}): object {
  return {
    id: `unit-${unit}`,
    driver: 'modbus-rtu',
    // Tests share a busy machine: a wait that fits an idle one, or adapts to it, would be too short.
    options: { unit, timeoutMs: AMPLE_MS },
    minTimeoutMs: AMPLE_MS,
    pollMs: 50,
    points: [
      { name: 'counter', register: 'holding', address: 0, type: 'uint16' },
      { name: 'mark', register: 'holding', address: 1, type: 'uint16' },
    ],
    ...more,
  };
}

/** A bus on one of the rig's lines with these devices. */
export function rigBus(id: string, path: string, devices: readonly object[], port: object = {}): object {
  return {
    id,
    port: {
      path,
      baudRate: 115_200,
      dataBits: 8,
      parity: 'none',
      stopBits: 1,
      reopenMinMs: 100,
      reopenMaxMs: 500,
      ...port,
    },
    devices,
  };
}
