import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compileC } from '../testbed/compile.ts';
import { type Program, startProgram } from '../testbed/program.ts';
import { installNodePeer } from './node-peer.ts';
import { type Quantity, registersOf, withoutHoles } from './quantity.ts';
import { deviceId, type Subject, type Work } from './subject.ts';
import { silenceS } from './wire.ts';

/** `points`: a request for each point; `groups`: for each run of points without a hole between them. */
export type Grouping = 'points' | 'groups';

/** The most registers in one request (Modbus Application Protocol V1.1b3, 6.3), where a device does not say less. */
const MOST_REGISTERS = 125;

const run = promisify(execFile);

/** Each peer as users write it, and with the silence that the standard asks for. */
export async function peers(grouping: Grouping): Promise<readonly Subject[]> {
  const c = await buildCPeer();
  const node = await installNodePeer('peer-node');
  return [
    peer('c', [c], grouping, false),
    peer('c+t3.5', [c], grouping, true),
    peer('node', [process.execPath, node], grouping, false),
    peer('node+t3.5', [process.execPath, node], grouping, true),
  ];
}

function peer(name: string, words: readonly [string, ...string[]], grouping: Grouping, keepsSilence: boolean): Subject {
  return {
    name,
    async start(work): Promise<Program> {
      const plan = join(work.folder, 'plan');
      await writeFile(plan, planFor(work, grouping));
      // In whole microseconds, and not less than it has to be.
      const silence = keepsSilence ? Math.ceil(silenceS(work.baud) * 1e6) : 0;
      const args = [work.links[0] ?? '', String(work.baud), String(work.brokerPort), plan, String(silence)];
      return startProgram({ words: [...words, ...args] });
    },
  };
}

/** A line for each request, as the peers read it; they know one line with all units. */
export function planFor(work: Pick<Work, 'units' | 'quantities' | 'options'>, grouping: Grouping): string {
  const requests =
    grouping === 'points'
      ? work.quantities.map((each) => [each])
      : withoutHoles(work.quantities, work.options?.maxRegisters ?? MOST_REGISTERS);
  return work.units.flatMap((unit) => requests.map((quantities) => `${planLine(unit, quantities)}\n`)).join('');
}

function planLine(unit: number, quantities: readonly Quantity[]): string {
  const [first] = quantities;
  if (first === undefined) throw new Error('a request reads something');
  const count = quantities.reduce((sum, each) => sum + registersOf(each), 0);
  const topic = `peer/bench/${deviceId(0, unit)}/readings`;
  const names = quantities.map(({ name }) => name).join(',');
  return [unit, first.register === 'input' ? 4 : 3, first.address, count, first.type, topic, names].join(' ');
}

async function buildCPeer(): Promise<string> {
  const { stdout } = await run('pkg-config', ['--cflags', '--libs', 'libmodbus', 'libmosquitto']);
  return compileC('test/bench/peer.c', stdout.trim().split(/\s+/));
}
