import { fieldward } from '../fieldward.ts';
import { type Figures, figuresOf } from '../figures.ts';
import { type Observed, observe, type Scene } from '../observe.ts';
import { holdingRegisters } from '../quantity.ts';
import { limitPerS } from '../wire.ts';
import { type Case, REGISTERS, UNITS } from './case.ts';

const LINES = [1, 8, 16];

export const linesCase: Case = {
  name: 'lines',
  summary: '1, 8 and 16 such lines at once in one process; what each reaches against what one reaches alone',
  bauds: [115_200],
  columns: [
    { head: 'lines', figure: 'lines', digits: 0 },
    { head: 'share', figure: 'shareOfLimit', digits: 3 },
    { head: 'least share', figure: 'leastShareOfLimit', digits: 3 },
    { head: 'of one line', figure: 'ofOneLine', digits: 3 },
    { head: 'least of one', figure: 'leastOfOneLine', digits: 3 },
    { head: 't3.5 viol.', figure: 't35Violations', digits: 0 },
    { head: 'collisions', figure: 'collisions', digits: 0 },
    { head: 'wrong', figure: 'wrongValues', digits: 0 },
    { head: 'loop p99 ms', figure: 'eventLoopP99Ms', digits: 1 },
    { head: 'p99 ms', figure: 'latencyP99Ms', digits: 2 },
    { head: 'CPU ms/1000', figure: 'cpuMsPer1000Polls', digits: 0 },
    { head: 'RSS MiB', figure: 'rssMiB', digits: 1 },
    { head: 'MiB/further', figure: 'rssMiBPerFurtherLine', digits: 2 },
  ],
  async *run({ baud, seconds, warmUpS, signal }) {
    let one: Figures | undefined;
    for (const lines of LINES) {
      const quantities = holdingRegisters(REGISTERS);
      const scene: Scene = { subject: fieldward, baud, lines, units: UNITS, quantities, seconds, warmUpS, signal };
      const observed = await observe(scene);
      const figures = { ...figuresOf(observed, scene), ...sharesOf(observed, baud), lines };
      one ??= figures;
      yield { case: 'lines', subject: fieldward.name, baud, figures: { ...figures, ...against(one, figures) } };
    }
  },
};

type Shares = Readonly<Record<'shareOfLimit' | 'leastShareOfLimit', number>>;

function sharesOf({ summary }: Observed, baud: number): Shares {
  const limit = limitPerS(baud, REGISTERS) * summary.since_zero_s;
  const shares = summary.lines.map((line) => line.responses / limit);
  return {
    shareOfLimit: shares.reduce((sum, share) => sum + share, 0) / shares.length,
    leastShareOfLimit: Math.min(...shares),
  };
}

/** The rate and the cost of many lines, against the one line of the same run. */
export function against(one: Figures, many: Figures): Figures {
  const [alone = Number.NaN, further = 0] = [one.shareOfLimit, (many.lines ?? 1) - 1];
  return {
    ofOneLine: (many.shareOfLimit ?? 0) / alone,
    leastOfOneLine: (many.leastShareOfLimit ?? 0) / alone,
    ...(further > 0 ? { rssMiBPerFurtherLine: ((many.rssMiB ?? 0) - (one.rssMiB ?? 0)) / further } : {}),
  };
}
