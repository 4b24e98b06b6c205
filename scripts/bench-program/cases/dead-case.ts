import { fieldward } from '../fieldward.ts';
import { type Figures, figuresOf, shareOf } from '../figures.ts';
import { observe, type Scene } from '../observe.ts';
import { holdingRegisters } from '../quantity.ts';
import type { Status } from '../witness.ts';
import { type Case, type CaseSetup, REGISTERS } from './case.ts';

const ALL: readonly number[] = Array.from({ length: 16 }, (_, index) => index + 1);
const DEAD: readonly number[] = [4, 9, 14];

export const deadCase: Case = {
  name: 'dead',
  summary: '16 units of which 3 never answer, against the 13 living ones alone on the same line',
  bauds: [19_200, 115_200],
  columns: [
    { head: 'dead', figure: 'deadUnits', digits: 0 },
    { head: 'polls/s', figure: 'pollsPerS', digits: 2 },
    { head: 'share', figure: 'shareOfLimit', digits: 3 },
    { head: 'of without', figure: 'ofWithoutDead', digits: 4 },
    { head: 'known after s', figure: 'knownAfterS', digits: 1 },
    { head: 'lost ms/s', figure: 'lostMsPerS', digits: 1 },
    { head: 'probes', figure: 'probes', digits: 0 },
    { head: 'ms/probe', figure: 'lostMsPerProbe', digits: 0 },
    { head: 't3.5 viol.', figure: 't35Violations', digits: 0 },
    { head: 'collisions', figure: 'collisions', digits: 0 },
    { head: 'wrong', figure: 'wrongValues', digits: 0 },
  ],
  async *run(setup) {
    const without = await measureDead(setup, []);
    const row = { case: 'dead', subject: fieldward.name, baud: setup.baud };
    yield { ...row, figures: without };
    const withDead = await measureDead(setup, DEAD);
    yield { ...row, figures: { ...withDead, ...cost(without, withDead) } };
  },
};

async function measureDead({ baud, seconds, warmUpS, signal }: CaseSetup, dead: readonly number[]): Promise<Figures> {
  const units = dead.length > 0 ? ALL : ALL.filter((unit) => !DEAD.includes(unit));
  const quantities = holdingRegisters(REGISTERS);
  // the case measures life with the dead; the time until they are told from the others is a figure of its own
  const ready = ({ devices }: Status) => offline(devices) >= dead.length;
  const scene: Scene = { subject: fieldward, baud, units, dead, quantities, seconds, warmUpS, signal, ready };
  const observed = await observe(scene);
  const figures = figuresOf(observed, scene);
  const probes = observed.summary.lines[0]?.foreign_unit ?? 0;
  return {
    ...figures,
    ...shareOf(figures, baud, REGISTERS),
    deadUnits: dead.length,
    probes,
    ...knownAfter(dead, observed.readyMs),
  };
}

function offline(devices: Status['devices']): number {
  return Object.values(devices).filter(({ health }) => health === 'offline').length;
}

function knownAfter(dead: readonly number[], readyMs: number): Figures {
  return dead.length === 0 ? {} : { knownAfterS: readyMs / 1000 };
}

/** The share that the dead units take from the others. */
export function cost(without: Figures, withDead: Figures): Figures {
  const kept = (withDead.pollsPerS ?? 0) / (without.pollsPerS ?? Number.NaN);
  const lostMsPerS = 1000 * (1 - kept);
  const probes = withDead.probes ?? 0;
  return {
    ofWithoutDead: kept,
    lostMsPerS,
    ...(probes > 0 ? { lostMsPerProbe: (lostMsPerS * (withDead.seconds ?? 0)) / probes } : {}),
  };
}
