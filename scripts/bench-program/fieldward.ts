import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AgentSetup, startAgent } from '../testbed/agent-process.ts';
import { asTheUnit } from '../testbed/as-the-unit.ts';
import type { Program } from '../testbed/program.ts';
import { deviceId, type Subject, type Work } from './subject.ts';

/** Every subject's wait for an answer. */
const TIMEOUT_MS = 500;

/** The built agent, started as the unit starts it. */
export const fieldward: Subject = {
  name: 'fieldward',
  start: (work) => startFieldward(work, {}),
};

/** The built agent, started in another way: `how` comes on top of the unit's. */
export async function startFieldward(work: Work, how: Omit<AgentSetup, 'args'>): Promise<Program> {
  const config = join(work.folder, 'fieldward.yaml');
  await writeFile(config, JSON.stringify(configFor(work), null, 2));
  return startAgent(asTheUnit({ ...how, args: ['run', '--config', config] }));
}

export function configFor(work: Work): object {
  return {
    gateway: 'bench',
    mqtt: { url: `mqtt://127.0.0.1:${work.brokerPort}` },
    // Only to ask for the status when a case is over.
    commands: { enabled: true, allow: [] },
    log: { level: 'warn' },
    buses: work.links.map((path, line) => ({
      id: `line-${line}`,
      port: { path, baudRate: work.baud, dataBits: 8, parity: 'none', stopBits: 1 },
      devices: work.units.map((unit) => ({
        id: deviceId(line, unit),
        driver: 'modbus-rtu',
        options: { unit, timeoutMs: TIMEOUT_MS, ...work.options },
        pollMs: work.pollMs ?? 0,
        points: work.quantities,
      })),
    })),
  };
}
