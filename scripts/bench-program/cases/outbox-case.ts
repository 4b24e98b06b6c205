import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkout } from '../../testbed/place.ts';
import { type Figures, ratios } from '../figures.ts';
import type { StoreOrder } from '../store/program.ts';
import { type Payload, recordOf, recordsToFill, type StoreName, SUBJECTS } from '../store/store.ts';
import type { Case, CaseSetup, Column, Row } from './case.ts';

const COLUMNS: readonly Column[] = [
  { head: 'record B', figure: 'recordBytes', digits: 0 },
  { head: 'Node', figure: 'node', digits: 0 },
  { head: 'appends/s', figure: 'appendsPerS', digits: 0 },
  { head: 'CPU us', figure: 'cpuUsPerRecord', digits: 1 },
  { head: 'stall ms', figure: 'stallMs', digits: 0 },
  { head: 'B written', figure: 'writtenPerRecord', digits: 0 },
  { head: 'B paced', figure: 'pacedWrittenPerRecord', digits: 0 },
  { head: 'recover ms', figure: 'recoverMs', digits: 0 },
  { head: 'drained/s', figure: 'drainPerS', digits: 0 },
  { head: 'CPU us drain', figure: 'drainCpuUs', digits: 1 },
  { head: 'missing', figure: 'missing', digits: 0 },
  { head: 'held/MiB', figure: 'heldPerMiB', digits: 0 },
  { head: 'B of pages', figure: 'pagesPerRecord', digits: 0 },
  { head: 'MiB', figure: 'pacedMemoryMiB', digits: 1 },
  { head: 'MiB drain', figure: 'memoryMiB', digits: 1 },
];

const COMPARED = [
  'appendsPerS',
  'cpuUsPerRecord',
  'stallMs',
  'writtenPerRecord',
  'pacedWrittenPerRecord',
  'recoverMs',
  'drainPerS',
  'drainCpuUs',
  'pacedMemoryMiB',
  'memoryMiB',
];

/** A reading with a few points, one with many, whose values have nothing in common; and what a plant of energy meters brings. */
const PAYLOADS: readonly Payload[] = [300, 1024, 'meters'];

/** The version of Node, and whether it has SQLite. */
const WHICH = "parseInt(process.versions.node) + ' ' + (process.getBuiltinModule?.('node:sqlite') !== undefined)";

/** One step of one store. */
export const PROGRAM = join(
  import.meta.dirname,
  `../store/program${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`,
);

const run = promisify(execFile);

export const outboxCase: Case = {
  name: 'outbox',
  summary: 'the outbox on disk: 64 MiB filled, found again and drained, beside LevelDB and SQLite',
  bauds: [],
  columns: COLUMNS,
  async *run(setup) {
    const node = nodeAtHand();
    for (const payloadBytes of PAYLOADS) {
      let ours: Figures = {};
      for (const subject of SUBJECTS) {
        const figures = await measure(node, subject, payloadBytes, setup);
        // Node 20 has no sqlite
        if (figures === undefined) continue;
        if (subject === 'fieldward') ours = figures;
        const row: Row = { case: 'outbox', subject, baud: 0, figures };
        yield subject === 'fieldward' ? row : { ...row, ratios: ratios(ours, figures, COMPARED) };
      }
    }
  },
};

/** One Node for all: the one that scripts/test fetches has SQLite; without it the bench's own. */
function nodeAtHand(): string {
  const fetched = join(checkout(), `.cache/node24/node_modules/node-linux-${arch()}/bin/node`);
  return existsSync(fetched) ? fetched : process.execPath;
}

async function measure(
  node: string,
  subject: StoreName,
  payloadBytes: Payload,
  { seconds, signal }: CaseSetup,
): Promise<Figures | undefined> {
  // beside the checkout, because /tmp may be memory
  const cache = join(checkout(), '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'outbox-'));
  try {
    const { stdout } = await run(node, ['-p', WHICH]);
    const [major, sqlite] = stdout.trim().split(' ');
    if (subject === 'node:sqlite' && sqlite !== 'true') return undefined;
    const records = recordsToFill(payloadBytes);
    const step = async (name: StoreOrder['step'], place: string): Promise<Figures> => {
      await mkdir(join(folder, place), { recursive: true });
      const order: StoreOrder = { subject, step: name, folder: join(folder, place), payloadBytes, records, seconds };
      const words = ['--disable-warning=ExperimentalWarning', PROGRAM, JSON.stringify(order)];
      return JSON.parse((await run(node, words, { signal })).stdout);
    };
    return {
      recordBytes: payloadBytes === 'meters' ? recordOf(1, payloadBytes).payload.length : payloadBytes,
      records,
      node: Number(major),
      ...(await step('fill', 'full')),
      ...(await step('drain', 'full')),
      ...(await step('paced', 'paced')),
      ...(subject === 'fieldward' && payloadBytes === 'meters' ? await step('hold', 'hold') : {}),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
