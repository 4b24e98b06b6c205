import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '../../testbed/agent-process.ts';
import { asTheUnit } from '../../testbed/as-the-unit.ts';
import { liveHeapBytes, snapshotFolder, snapshotOptions } from '../../testbed/live-heap.ts';
import { freePort } from '../../testbed/place.ts';
import type { Program } from '../../testbed/program.ts';
import type { Figures } from '../figures.ts';
import { residentBytes } from '../usage.ts';
import type { Case, Row } from './case.ts';

const METERS = 240;
const POINTS = 85;
const BUSES = 16;
/** So many more are only checked. */
const THOUSAND = 1024;
/** Of each figure of a start, the middle one counts. */
const RUNS = 5;
/** A slow machine is slow; this only ends a run that hangs. */
const AT_MOST_MS = 120_000;
/**
 * After it says that it has started: V8 looks at an idle heap after 8 s for the first time, and some seconds later again.
 * Sooner the memory is that of the start, whose garbage differs by megabytes from run to run.
 */
const SETTLE_MS = 20_000;

export const plantCase: Case = {
  name: 'plant',
  summary: `${METERS} SDM630 by their profile, ${METERS * POINTS} points, on ports that are not there: check, start, memory`,
  bauds: [],
  columns: [
    { head: 'check ms', figure: 'checkMs', digits: 0 },
    { head: 'check 1024 ms', figure: 'thousandCheckMs', digits: 0 },
    { head: 'started ms', figure: 'startedMs', digits: 0 },
    { head: 'RSS MiB', figure: 'rssMiB', digits: 1 },
    { head: 'a meter a line MiB', figure: 'fewRssMiB', digits: 1 },
    { head: 'B/point', figure: 'bytesPerPoint', digits: 0 },
    { head: 'live B/point', figure: 'liveBytesPerPoint', digits: 0 },
    { head: 'one meter MiB', figure: 'oneRssMiB', digits: 1 },
    { head: 'MiB/line', figure: 'mebibytesPerLine', digits: 2 },
  ],
  async *run({ signal }) {
    const folder = await mkdtemp(join(tmpdir(), 'fieldward-plant-'));
    try {
      const plant = await configIn(folder, METERS);
      const few = await configIn(folder, BUSES);
      const one = await configIn(folder, 1);
      const thousand = await configIn(folder, THOUSAND);
      const runs: Figures[] = [];
      for (let run = 0; run < RUNS && !signal.aborted; run += 1) {
        const checkMs = await checked(plant);
        const thousandCheckMs = await checked(thousand);
        const whole = await started(plant, folder);
        const [sparse, alone] = [await started(few, folder), await started(one, folder)];
        runs.push({
          checkMs,
          thousandCheckMs,
          startedMs: whole.startedMs,
          rssMiB: whole.bytes / 1_048_576,
          fewRssMiB: sparse.bytes / 1_048_576,
          liveMiB: whole.liveBytes / 1_048_576,
          fewLiveMiB: sparse.liveBytes / 1_048_576,
          oneRssMiB: alone.bytes / 1_048_576,
        });
      }
      if (runs.length > 0) yield row(runs);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

function row(runs: readonly Figures[]): Row {
  const middle = (key: string) => runs.map((run) => run[key] ?? Number.NaN).toSorted((a, b) => a - b)[runs.length >> 1];
  const keys = Object.keys(runs[0] ?? {});
  const figures = Object.fromEntries(keys.map((key) => [key, middle(key) ?? Number.NaN]));
  // of the middle ones: the difference of two figures of one run swings as much as both together
  const between = (more: string, less: string) => (figures[more] ?? Number.NaN) - (figures[less] ?? Number.NaN);
  const further = ((METERS - BUSES) * POINTS) / 1_048_576;
  const grown = {
    bytesPerPoint: between('rssMiB', 'fewRssMiB') / further,
    liveBytesPerPoint: between('liveMiB', 'fewLiveMiB') / further,
    mebibytesPerLine: between('fewRssMiB', 'oneRssMiB') / (BUSES - 1),
  };
  return { case: 'plant', subject: 'fieldward', baud: 0, figures: { ...figures, ...grown } };
}

/** @returns the path of a config with so many meters */
async function configIn(folder: string, meters: number): Promise<string> {
  const port = await freePort();
  const perBus = Math.ceil(meters / BUSES);
  const buses = Array.from({ length: Math.min(BUSES, meters) }, (_, bus) => ({
    id: `bus-${bus}`,
    port: { path: `/dev/fieldward-bench-${bus}`, baudRate: 115_200, parity: 'even' },
    devices: Array.from({ length: Math.min(perBus, meters) }, (_, unit) => ({
      id: `meter-${bus}-${unit}`,
      driver: 'modbus-rtu',
      options: { unit: unit + 1, profile: 'eastron-sdm630' },
      pollMs: 60_000,
    })),
  }));
  const file = join(folder, `${meters}.yaml`);
  const config = { gateway: 'bench', mqtt: { url: `mqtt://127.0.0.1:${port}` }, commands: { enabled: false }, buses };
  await writeFile(file, JSON.stringify(config));
  return file;
}

async function checked(config: string): Promise<number> {
  const agent = startAgent({ args: ['check', config, '--json'] });
  const { code } = await agent.ended;
  if (code !== 0) throw new Error(`the config is refused: ${agent.stdout}`);
  return performance.now() - agent.startedAt;
}

interface Start {
  readonly startedMs: number;
  /** Of RAM. */
  readonly bytes: number;
  /** See {@link liveHeapBytes}. */
  readonly liveBytes: number;
}

async function started(config: string, folder: string): Promise<Start> {
  const snapshots = await snapshotFolder(folder);
  const agent = startAgent(asTheUnit({ args: ['run', '--config', config], nodeArgs: snapshotOptions(snapshots) }));
  try {
    const startedMs = await untilStarted(agent);
    await sleep(SETTLE_MS);
    const bytes = await residentBytes(agent.pid);
    return { startedMs, bytes, liveBytes: await liveHeapBytes(agent, snapshots) };
  } finally {
    await agent.stop();
  }
}

/** Milliseconds from the start of the process to the line by which it says that it has started. */
async function untilStarted(agent: Program): Promise<number> {
  while (!`${agent.stdout}${agent.stderr}`.includes('"started"')) {
    const passed = performance.now() - agent.startedAt;
    if (passed > AT_MOST_MS) throw new Error('the agent did not start');
    await sleep(5);
  }
  return performance.now() - agent.startedAt;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
