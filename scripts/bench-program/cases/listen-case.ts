import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startAgent } from '../../testbed/agent-process.ts';
import { startMosquitto } from '../../testbed/mosquitto.ts';
import { startRig } from '../../testbed/rig.ts';
import { fieldward } from '../fieldward.ts';
import type { Figures } from '../figures.ts';
import { holdingRegisters } from '../quantity.ts';
import { cpuMsOf, residentBytes } from '../usage.ts';
import { type Case, type CaseSetup, REGISTERS, UNITS } from './case.ts';

/** To have the first readings behind it. */
const WARM_UP = 3000;
const LOOK_EVERY = 250;
const READY_WITHIN = 120_000;

export const listenCase: Case = {
  name: 'listen',
  summary: '`fieldward listen` on a second end beside the agent, that asks as fast as the line allows',
  bauds: [9600, 115_200],
  columns: [
    { head: 'exchanges', figure: 'exchanges', digits: 0 },
    { head: 'heard', figure: 'heard', digits: 0 },
    { head: 'ratio', figure: 'heardRatio', digits: 4 },
    { head: 'written', figure: 'bytesWritten', digits: 0 },
    { head: 'core', figure: 'shareOfCore', digits: 3 },
    { head: 'RSS MiB', figure: 'rssMiB', digits: 1 },
  ],
  async *run(setup) {
    yield { case: 'listen', subject: 'fieldward listen', baud: setup.baud, figures: await measure(setup) };
  },
};

async function measure({ baud, seconds, signal }: CaseSetup): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'fieldward-bench-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const tap = join(folder, 'tap');
    const rig = await startRig({ baud, units: UNITS.join(','), options: { tap, rt: true } });
    undo.push(() => rig.stop());
    const broker = await startMosquitto();
    undo.push(() => broker.stop());
    // it prints every exchange, as people use it
    const listener = startAgent({ args: ['listen', tap, '--baud', `${baud}`, '--json'] });
    undo.push(() => listener.stop());
    // the first exchange is to be heard too
    await until(async () => listener.stderr.includes('nothing is written'), signal);
    const quantities = holdingRegisters(REGISTERS);
    const work = { brokerPort: broker.port, baud, links: rig.links, units: UNITS, quantities, folder };
    const agent = await fieldward.start(work);
    undo.push(() => agent.stop());
    await until(async () => ((await rig.summary()).lines[0]?.requests ?? 0) > 0, signal);
    await wait(WARM_UP, undefined, { signal });
    const [before, from] = [await cpuMsOf(listener.pid), performance.now()];
    await wait(seconds * 1000, undefined, { signal });
    const shareOfCore = ((await cpuMsOf(listener.pid)) - before) / (performance.now() - from);
    const rssMiB = (await residentBytes(listener.pid)) / 1_048_576;
    await agent.stop();
    const exchanges = (await rig.transactions()).filter(({ what }) => what === 'ok').length;
    await listener.stop();
    const { tap_in: bytesWritten } = await rig.stop();
    const heard = answersIn(listener.stdout);
    return { exchanges, heard, heardRatio: heard / exchanges, bytesWritten, shareOfCore, rssMiB };
  } finally {
    for (const each of undo.reverse()) await each().catch(() => {});
  }
}

async function until(met: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  const from = performance.now();
  while (!(await met())) {
    if (performance.now() - from > READY_WITHIN) throw new Error('a program did not become ready');
    await wait(LOOK_EVERY, undefined, { signal });
  }
}

/** Of the summary, which is the last line. */
function answersIn(printed: string): number {
  const { summary } = JSON.parse(printed.trimEnd().split('\n').at(-1) ?? '');
  return summary.units.reduce((sum: number, { answers }: { answers: number }) => sum + answers, 0);
}
