import { parseArgs } from 'node:util';
import type { Case } from './cases/case.ts';
import { CASES } from './cases/cases.ts';

const NAME_WIDTH = Math.max(...CASES.map(({ name }) => name.length));

/** Cases with serial lines. */
const LINED = CASES.filter(({ bauds }) => bauds.length > 0);

export const USAGE = `scripts/bench: the real agent on paced serial lines

  --case LIST     of these, or all; default line
${CASES.map(({ name, summary }) => `                    ${name.padEnd(NAME_WIDTH)}  ${summary}`).join('\n')}
  --baud LIST     speeds, for every case with lines; default as each case has them:
                    ${LINED.map(({ name, bauds }) => `${name} ${bauds.join(',')}`).join(' · ')}
  --seconds N     how long each setting is measured, default 20
  --warm-up N     seconds before that, in the cases line, lines, load, latency, meters and dead; default 3. V8 compiles for
                  a minute and more: with 60 the cost is that of a program that has run for long
  --peers         also C with libmodbus and libmosquitto, and Node with modbus-serial and mqtt, in the cases line,
                  meters and tcp, each as users write it and with t3.5 kept; needs the npm registry the first time
  --json          one JSON object for each setting, instead of tables
`;

export interface Arguments {
  readonly cases: readonly Case[];
  /** Instead of each case's own. */
  readonly bauds?: readonly number[];
  readonly seconds: number;
  /** Instead of each case's own. */
  readonly warmUpS?: number;
  readonly peers: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

/** Throws what is wrong in words for the user. */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      case: { type: 'string', default: 'line' },
      baud: { type: 'string' },
      seconds: { type: 'string', default: '20' },
      'warm-up': { type: 'string' },
      peers: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { peers, json, help, 'warm-up': warmUp } = values;
  return {
    cases: casesOf(values.case),
    ...(values.baud === undefined
      ? {}
      : { bauds: values.baud.split(',').map((each) => wholeNumber('--baud', each, 300, 4_000_000)) }),
    seconds: wholeNumber('--seconds', values.seconds, 1, 86_400),
    ...(warmUp === undefined ? {} : { warmUpS: wholeNumber('--warm-up', warmUp, 0, 3600) }),
    peers,
    json,
    help,
  };
}

function casesOf(list: string): readonly Case[] {
  if (list === 'all') return CASES;
  const names = list.split(',');
  const unknown = names.filter((name) => !CASES.some((each) => each.name === name));
  if (unknown.length > 0) throw new RangeError(`--case takes all, or ${CASES.map(({ name }) => name).join(', ')}`);
  return CASES.filter(({ name }) => names.includes(name));
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new RangeError(`${option}: a whole number from ${least} to ${most}`);
  return value;
}
