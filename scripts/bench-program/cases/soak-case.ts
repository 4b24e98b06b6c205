import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startMosquitto } from '../../testbed/mosquitto.ts';
import { startRig } from '../../testbed/rig.ts';
import { fieldward } from '../fieldward.ts';
import type { Figures } from '../figures.ts';
import { holdingRegisters } from '../quantity.ts';
import { residentBytes } from '../usage.ts';
import { type Case, REGISTERS, UNITS } from './case.ts';

const LINES = 16;
const LOOK_EVERY_MS = 1000;
/** The part of the time before the slope is taken: the garbage of the start is collected, and the code is compiled. */
const SETTLING = 0.25;

export const soakCase: Case = {
  name: 'soak',
  summary:
    '16 lines as fast as they allow, and whether the memory grows; for a figure worth the name with --seconds 1200',
  bauds: [115_200],
  columns: [
    { head: 'RSS MiB', figure: 'rssMiB', digits: 1 },
    { head: 'most MiB', figure: 'mostRssMiB', digits: 1 },
    { head: 'KiB/min', figure: 'slopeKiBPerMin', digits: 1 },
    { head: '± KiB/min', figure: 'slopeErrorKiBPerMin', digits: 1 },
    { head: 'looks', figure: 'looks', digits: 0 },
  ],
  async *run({ baud, seconds, signal }) {
    const folder = await mkdtemp(join(tmpdir(), 'fieldward-soak-'));
    const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
    try {
      const rig = await startRig({ baud, units: UNITS.join(','), lines: LINES, options: { rt: true } });
      undo.push(() => rig.stop());
      const broker = await startMosquitto();
      undo.push(() => broker.stop());
      const quantities = holdingRegisters(REGISTERS);
      const work = { brokerPort: broker.port, baud, links: rig.links, units: UNITS, quantities, folder };
      const program = await fieldward.start(work);
      undo.push(() => program.stop());
      const looks = await memoryOf(program.pid, seconds, signal);
      yield { case: 'soak', subject: fieldward.name, baud, figures: growth(looks) };
    } finally {
      for (const each of undo.reverse()) await each();
    }
  },
};

interface Look {
  readonly atS: number;
  readonly bytes: number;
}

async function memoryOf(pid: number, seconds: number, signal: AbortSignal): Promise<readonly Look[]> {
  const looks: Look[] = [];
  const began = performance.now();
  for (let atS = 0; atS < seconds; atS = (performance.now() - began) / 1000) {
    looks.push({ atS, bytes: await residentBytes(pid) });
    await wait(LOOK_EVERY_MS, undefined, { signal });
  }
  return looks.filter(({ atS }) => atS >= seconds * SETTLING);
}

/** The straight line of least squares through the looks, and the standard error of its slope. */
function growth(looks: readonly Look[]): Figures {
  const count = looks.length;
  const mean = (of: (look: Look) => number) => looks.reduce((sum, look) => sum + of(look), 0) / count;
  const [atS, bytes] = [mean((look) => look.atS), mean((look) => look.bytes)];
  const spread = count * mean((look) => (look.atS - atS) ** 2);
  const slope = (count * mean((look) => (look.atS - atS) * (look.bytes - bytes))) / spread;
  const rest = count * mean((look) => (look.bytes - bytes - slope * (look.atS - atS)) ** 2);
  const kibibytesPerMin = 60 / 1024;
  return {
    rssMiB: (looks.at(-1)?.bytes ?? Number.NaN) / 1_048_576,
    mostRssMiB: Math.max(...looks.map((look) => look.bytes)) / 1_048_576,
    slopeKiBPerMin: slope * kibibytesPerMin,
    slopeErrorKiBPerMin: Math.sqrt(rest / (count - 2) / spread) * kibibytesPerMin,
    looks: count,
  };
}
