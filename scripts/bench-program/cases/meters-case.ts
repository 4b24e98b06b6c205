import { fieldward } from '../fieldward.ts';
import { figuresOf, ratios } from '../figures.ts';
import { sweepEnds } from '../freshness.ts';
import { readMeterMap } from '../meter-map.ts';
import { observe, type Scene } from '../observe.ts';
import { type Grouping, peers } from '../peers.ts';
import type { Subject } from '../subject.ts';
import { type Case, type CaseSetup, type Row, UNITS } from './case.ts';

const GROUPINGS: readonly Grouping[] = ['points', 'groups'];
/** A line that has not seen all points twice by then tells nothing more by going on. */
const AT_MOST_S = 120;

const COMPARED = ['freshS', 'requestsPerSweep', 'cpuMsPerSweep', 'rssMiB'];

export const metersCase: Case = {
  name: 'meters',
  summary: '8 energy meters with 40 scattered float32 points each: seconds until every point has come anew',
  bauds: [9600],
  columns: [
    { head: 'fresh s', figure: 'freshS', digits: 2 },
    { head: 'requests', figure: 'requestsPerSweep', digits: 0 },
    { head: 'wire busy', figure: 'wireBusyShare', digits: 3 },
    { head: 't3.5 viol.', figure: 't35Violations', digits: 0 },
    { head: 'collisions', figure: 'collisions', digits: 0 },
    { head: 'wrong', figure: 'wrongValues', digits: 0 },
    { head: 'CPU ms/sweep', figure: 'cpuMsPerSweep', digits: 0 },
    { head: 'RSS MiB', figure: 'rssMiB', digits: 1 },
    { head: 'first ms', figure: 'firstReadingMs', digits: 0 },
  ],
  async *run(setup) {
    const ours = await measureMeters(setup, fieldward);
    yield ours;
    for (const grouping of setup.peers ? GROUPINGS : []) {
      for (const subject of await peers(grouping)) {
        const theirs = await measureMeters(setup, { ...subject, name: `${subject.name}, ${grouping}` });
        yield { ...theirs, ratios: ratios(ours.figures, theirs.figures, COMPARED) };
      }
    }
  },
};

async function measureMeters({ baud, seconds, warmUpS, signal }: CaseSetup, subject: Subject): Promise<Row> {
  const { quantities, maxRegisters, maxHole } = await readMeterMap();
  const values = UNITS.length * quantities.length;
  const scene: Scene = {
    subject,
    baud,
    units: UNITS,
    quantities,
    options: { maxRegisters, maxHole },
    seconds,
    warmUpS,
    enough: (arrivals) => sweepEnds(arrivals, values).length > 1,
    atMostS: Math.max(seconds, AT_MOST_S),
    signal,
  };
  const observed = await observe(scene);
  const figures = figuresOf(observed, scene);
  const ends = sweepEnds(observed.arrivals, values);
  const [first = 0n, last = 0n, sweeps] = [ends[0], ends.at(-1), ends.length - 1];
  const freshS = Number(last - first) / 1e9 / sweeps;
  const requests = observed.transactions.filter(({ answerEndNs }) => answerEndNs > first && answerEndNs <= last).length;
  const line = observed.summary.lines[0];
  return {
    case: 'meters',
    subject: subject.name,
    baud,
    figures: {
      ...figures,
      freshS,
      sweeps,
      requestsPerSweep: requests / sweeps,
      cpuMsPerSweep: (observed.cpuMs / observed.summary.since_zero_s) * freshS,
      wireBusyShare: line?.utilisation ?? Number.NaN,
    },
  };
}
