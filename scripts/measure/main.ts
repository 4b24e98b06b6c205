import { parseArgs } from 'node:util';
import { type CaseResult, measure } from './case.ts';

const USAGE = `scripts/bench: the real agent on a paced serial line with 8 Modbus units, 10 registers each, polled without a pause

  --baud LIST     speeds, default 9600,19200,115200
  --seconds N     how long each is measured, default 20
  --json          one JSON object for each case
`;

const COLUMNS: readonly (readonly [head: string, cell: (result: CaseResult) => string])[] = [
  ['baud', (result) => String(result.baud)],
  ['polls/s', (result) => result.pollsPerS.toFixed(2)],
  ['limit/s', (result) => result.limitPerS.toFixed(2)],
  ['share', (result) => result.shareOfLimit.toFixed(3)],
  ['t3.5 viol.', (result) => String(result.t35Violations)],
  ['collisions', (result) => String(result.collisions)],
  ['wrong', (result) => String(result.wrongValues)],
  ['CPU ms/1000', (result) => result.cpuMsPer1000Polls.toFixed(0)],
  ['RSS MiB', (result) => result.rssMiB.toFixed(1)],
  ['first ms', (result) => result.firstReadingMs.toFixed(0)],
  ['p50 ms', (result) => result.latencyP50Ms.toFixed(2)],
  ['p99 ms', (result) => result.latencyP99Ms.toFixed(2)],
];

function row(cells: readonly string[]): string {
  return cells.map((cell, index) => cell.padStart(Math.max(COLUMNS[index]?.[0].length ?? 0, 7))).join('  ');
}

function wholeNumber(text: string, least: number, most: number): number {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new RangeError(`a whole number from ${least} to ${most} is needed`);
  return value;
}

function readArguments(): { bauds: readonly number[]; seconds: number; json: boolean } {
  const { values } = parseArgs({
    options: {
      baud: { type: 'string', default: '9600,19200,115200' },
      seconds: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  return {
    bauds: values.baud.split(',').map((each) => wholeNumber(each, 300, 4_000_000)),
    seconds: wholeNumber(values.seconds, 1, 86_400),
    json: values.json,
  };
}

let setup: ReturnType<typeof readArguments>;
try {
  setup = readArguments();
} catch (thrown) {
  process.stderr.write(`bench: ${thrown instanceof Error ? thrown.message : 'wrong usage'}\n\n${USAGE}`);
  process.exit(64);
}
if (!setup.json) process.stdout.write(`${row(COLUMNS.map(([head]) => head))}\n`);
for (const baud of setup.bauds) {
  const result = await measure(baud, setup.seconds);
  process.stdout.write(`${setup.json ? JSON.stringify(result) : row(COLUMNS.map(([, cell]) => cell(result)))}\n`);
}
