import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NotifySocket, openNotifySocket } from '../../testbed/notify-socket.ts';
import { checkout } from '../../testbed/place.ts';
import { startFieldward } from '../fieldward.ts';
import { figuresOf, shareOf } from '../figures.ts';
import { observe, type Scene } from '../observe.ts';
import { holdingRegisters } from '../quantity.ts';
import { HANDICAPS, type Handicap } from '../slow/handicap.ts';
import type { Subject } from '../subject.ts';
import type { Status } from '../witness.ts';
import { type Case, type CaseSetup, REGISTERS, type Row, UNITS } from './case.ts';

const LINES = [1, 4, 16];
/** As the unit has it. */
const WATCHDOG_S = 30;
/** The start is slow too. */
const FIRST_READING_WITHIN = 120_000;

export const slowCase: Case = {
  name: 'slow',
  summary: 'the agent on a simulated slow processor, on 1, 4 and 16 lines that it asks as fast as it can',
  bauds: [9600, 19_200, 115_200],
  columns: [
    { head: 'lines', figure: 'lines', digits: 0 },
    { head: 'polls/s', figure: 'pollsPerS', digits: 1 },
    { head: 'share', figure: 'shareOfLimit', digits: 3 },
    { head: 't3.5 viol.', figure: 't35Violations', digits: 0 },
    { head: 'collisions', figure: 'collisions', digits: 0 },
    { head: 'false silence', figure: 'falseSilences', digits: 0 },
    { head: 'late', figure: 'lateFrames', digits: 0 },
    { head: 'reopens', figure: 'reopens', digits: 0 },
    { head: 'rig late ms', figure: 'rigLateMostMs', digits: 1 },
    { head: 'wrong', figure: 'wrongValues', digits: 0 },
    { head: 'ping s', figure: 'longestPingS', digits: 1 },
    { head: 'first ms', figure: 'firstReadingMs', digits: 0 },
    { head: 'p50 ms', figure: 'latencyP50Ms', digits: 0 },
    { head: 'p99 ms', figure: 'latencyP99Ms', digits: 0 },
    { head: 'loop p99 ms', figure: 'eventLoopP99Ms', digits: 0 },
  ],
  async *run(setup) {
    const folder = await mkdtemp(join(tmpdir(), 'fieldward-slow-'));
    try {
      for (const make of HANDICAPS) {
        for (const lines of LINES) {
          const handicap = await make(folder, setup.baud);
          if (handicap === undefined) break;
          yield await measureSlow(setup, handicap, lines).finally(handicap.remove);
        }
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measureSlow({ baud, seconds, signal }: CaseSetup, handicap: Handicap, lines: number): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'fieldward-notified-'));
  const manager = await openNotifySocket(folder);
  try {
    const subject = slowed(handicap, manager);
    const quantities = holdingRegisters(REGISTERS);
    const scene: Scene = {
      ...{ subject, baud, lines, units: UNITS, quantities, seconds, signal },
      firstWithin: FIRST_READING_WITHIN,
    };
    const observed = await observe(scene);
    const endedAt = performance.now();
    const figures = figuresOf(observed, scene);
    return {
      ...{ case: 'slow', subject: subject.name, baud },
      figures: {
        ...figures,
        ...shareOf({ pollsPerS: (figures.pollsPerS ?? Number.NaN) / lines }, baud, REGISTERS),
        ...countsOf(observed.status),
        rigLateMostMs: Math.max(...observed.summary.lines.map((line) => line.rig_late_us.max)) / 1000,
        longestPingS: longestPing(manager, endedAt) / 1000,
        lines,
      },
    };
  } finally {
    manager.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function slowed(handicap: Handicap, manager: NotifySocket): Subject {
  return {
    name: `fieldward, ${handicap.name}`,
    start: (work) =>
      startFieldward(work, {
        through: ['perl', join(checkout(), 'systemd', 'notify-launcher'), ...handicap.through],
        env: {
          ...handicap.env,
          NOTIFY_SOCKET: manager.address,
          WATCHDOG_USEC: String(WATCHDOG_S * 1_000_000),
        },
      }),
  };
}

/** Since the start. All units answer at once: each silence is one of the agent's own making. */
function countsOf(status: Status | undefined): Readonly<Record<string, number>> {
  if (status === undefined) return {};
  const buses = Object.values(status.buses);
  const sum = (of: (bus: (typeof buses)[number]) => number) => buses.reduce((total, bus) => total + of(bus), 0);
  return {
    falseSilences: sum(({ timeouts }) => timeouts),
    lateFrames: sum(({ lateFrames }) => lateFrames),
    reopens: sum(({ reopens }) => reopens),
  };
}

/** The longest time without a ping, from `READY=1` on, milliseconds. */
function longestPing({ heard, heardAt }: Pick<NotifySocket, 'heard' | 'heardAt'>, endedAt: number): number {
  const times = heardAt().filter((_, at) => /^(READY|WATCHDOG)=1/.test(heard()[at] ?? ''));
  const ends = [...times.slice(1), endedAt];
  return Math.max(...times.map((time, at) => (ends[at] ?? time) - time));
}
