import { writeFile } from 'node:fs/promises';
import { readArguments, USAGE, type Wishes } from './arguments.ts';
import { BUILT_AGENTS, runCluster } from './cluster/cluster-course.ts';
import { clusterFigures } from './cluster/cluster-figures.ts';
import { clusterTables } from './cluster/cluster-table.ts';
import { runCourse } from './course.ts';
import { figuresOf } from './figures.ts';
import { plot } from './plot.ts';
import { mostOpenFiles } from './process-load.ts';
import { tables } from './table.ts';

const WRONG_USAGE = 64;
/** Beside one connection for each agent, in the broker. */
const OTHER_FILES = 64;

/** @returns the exit code */
async function main(wishes: Wishes, signal: AbortSignal): Promise<number> {
  const files = await mostOpenFiles();
  if (wishes.agents + OTHER_FILES > files) {
    throw new RangeError(`the broker may have ${files} files open (ulimit -n): too few for ${wishes.agents} agents`);
  }
  if (wishes.cluster) return onCluster(wishes, signal);
  const account = await runCourse(wishes, signal);
  const figures = figuresOf(account, wishes.agents);
  if (wishes.svg !== undefined) await writeFile(wishes.svg, plot(wishes, figures));
  const { agents: _, cluster: __, ...told } = wishes;
  process.stdout.write(wishes.json ? `${JSON.stringify({ ...told, ...figures })}\n` : tables(wishes, figures));
  const { calm, allBack, drained, nothingLost } = figures.verdict;
  return calm !== false && allBack && drained && nothingLost ? 0 : 1;
}

/** The events are told on stderr meanwhile: the run takes minutes. */
async function onCluster(wishes: Wishes, signal: AbortSignal): Promise<number> {
  const account = await runCluster(wishes, signal, (text) => process.stderr.write(`fleet: ${text}\n`));
  const figures = clusterFigures(account, wishes.agents, BUILT_AGENTS);
  const { agents: _, readingsPerS, reconnectMaxMs } = wishes;
  const told = { readingsPerS, reconnectMaxMs, ...figures };
  process.stdout.write(wishes.json ? `${JSON.stringify(told)}\n` : clusterTables(wishes, figures));
  return Object.values(figures.verdict).every((good) => good) ? 0 : 1;
}

function readOrLeave(): Wishes {
  try {
    return readArguments(process.argv.slice(2));
  } catch (thrown) {
    process.stderr.write(`fleet: ${thrown instanceof Error ? thrown.message : 'wrong usage'}\n\n${USAGE}`);
    process.exit(WRONG_USAGE);
  }
}

const wishes = readOrLeave();
if (wishes.help) {
  process.stdout.write(USAGE);
} else {
  const stop = new AbortController();
  let code: number | undefined;
  for (const [signal, ends] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      code = ends;
      stop.abort();
    });
  }
  try {
    const verdict = await main(wishes, stop.signal);
    process.exitCode = code ?? verdict;
  } catch (thrown) {
    if (!stop.signal.aborted) process.stderr.write(`fleet: ${thrown instanceof Error ? thrown.message : 'failed'}\n`);
    process.exitCode = code ?? 1;
  }
}
