import { fieldward } from '../fieldward.ts';
import { type Figures, figuresOf, ratios, shareOf } from '../figures.ts';
import { observe, type Scene } from '../observe.ts';
import { peers } from '../peers.ts';
import { holdingRegisters } from '../quantity.ts';
import { type Case, type CaseSetup, type Column, REGISTERS, type Row, UNITS } from './case.ts';

const COLUMNS: readonly Column[] = [
  { head: 'polls/s', figure: 'pollsPerS', digits: 2 },
  { head: 'limit/s', figure: 'limitPerS', digits: 2 },
  { head: 'share', figure: 'shareOfLimit', digits: 3 },
  { head: 't3.5 viol.', figure: 't35Violations', digits: 0 },
  { head: 'collisions', figure: 'collisions', digits: 0 },
  { head: 'wrong', figure: 'wrongValues', digits: 0 },
  { head: 'CPU ms/1000', figure: 'cpuMsPer1000Polls', digits: 0 },
  { head: 'RSS MiB', figure: 'rssMiB', digits: 1 },
  { head: 'first ms', figure: 'firstReadingMs', digits: 0 },
  { head: 'p50 ms', figure: 'latencyP50Ms', digits: 2 },
  { head: 'p99 ms', figure: 'latencyP99Ms', digits: 2 },
  { head: 'gap p50 us', figure: 'gapP50Us', digits: 0 },
  { head: 'loop p99 ms', figure: 'eventLoopP99Ms', digits: 1 },
];

const COMPARED = [
  'pollsPerS',
  'shareOfLimit',
  'cpuMsPer1000Polls',
  'rssMiB',
  'firstReadingMs',
  'latencyP50Ms',
  'latencyP99Ms',
];

export const lineCase: Case = {
  name: 'line',
  summary: 'one line, 8 units with 10 holding registers each in one request',
  bauds: [9600, 19_200, 115_200],
  columns: COLUMNS,
  async *run(setup) {
    const ours = await measureLine(setup, {});
    yield ours;
    for (const subject of setup.peers ? await peers('groups') : []) {
      const theirs = await measureLine(setup, { subject });
      yield { ...theirs, ratios: ratios(ours.figures, theirs.figures, COMPARED) };
    }
  },
};

/** The other core, and more, belongs to someone else: on a gateway it does now and then. */
export const loadCase: Case = {
  name: 'load',
  summary: 'the same while another process takes all of a core that it can get',
  bauds: [115_200],
  columns: COLUMNS,
  async *run(setup) {
    yield { ...(await measureLine(setup, { busy: true })), case: 'load' };
  },
};

/** Milliseconds for which an adapter keeps what it received: FTDI's default, and its least. */
const LATENCY_TIMERS = [16, 1];

export const latencyCase: Case = {
  name: 'latency',
  summary: "the same behind a USB adapter that keeps what it received for 16 ms (the kernel's default) or for 1 ms",
  bauds: [19_200, 115_200],
  columns: [{ head: 'timer ms', figure: 'latencyTimerMs', digits: 0 }, ...COLUMNS],
  async *run(setup) {
    for (const latencyTimerMs of LATENCY_TIMERS) {
      const row = await measureLine(setup, { wire: { 'latency-timer': latencyTimerMs } });
      yield { ...row, case: 'latency', figures: { latencyTimerMs, ...row.figures } };
    }
  },
};

async function measureLine(setup: CaseSetup, more: Partial<Scene>): Promise<Row> {
  const { baud, seconds, warmUpS, signal } = setup;
  const scene: Scene = {
    subject: fieldward,
    baud,
    units: UNITS,
    quantities: holdingRegisters(REGISTERS),
    seconds,
    warmUpS,
    signal,
    ...more,
  };
  const figures: Figures = figuresOf(await observe(scene), scene);
  return {
    case: 'line',
    subject: scene.subject.name,
    baud,
    figures: { ...figures, ...shareOf(figures, baud, REGISTERS) },
  };
}
