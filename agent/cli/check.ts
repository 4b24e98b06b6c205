import type { BusBudget } from '../../config/budget.ts';
import type { BusConfig } from '../../config/config.ts';
import { type LoadedConfig, loadConfig, type RefusedConfig } from '../../config/load.ts';
import { formatProblem } from '../../config/problem.ts';
import { type Catalogue, openCatalogue } from '../../drivers/registry/loader.ts';
import { readArguments } from './arguments.ts';
import { type CliIo, DEFAULT_CONFIG, EXIT, type ExitCode } from './io.ts';
import { describeSlowAdapter, slowAdapters } from './slow-adapters.ts';

const HELP = `Usage: fieldward check [FILE] [--config FILE] [--json]

Checks a config as \`run\` would, opens nothing, and names every problem as FILE:LINE:COLUMN: place: what is wrong.
FILE is ${DEFAULT_CONFIG} unless given. With --json the problems are printed as a JSON array.

Exit code: 0 the config is good, 64 wrong usage, 78 the config is refused.`;

/** `fieldward check`. */
export async function check(
  args: readonly string[],
  io: CliIo,
  catalogue: Catalogue = openCatalogue(),
): Promise<ExitCode> {
  const options = { config: { type: 'string' }, json: { type: 'boolean' } } as const;
  const read = readArguments(args, io, { options, words: 1, help: HELP });
  if (read.done) return read.code;
  const named = [...read.words, ...(typeof read.flags.config === 'string' ? [read.flags.config] : [])];
  if (named.length > 1) {
    io.err(`fieldward: wrong usage\n\n${HELP}`);
    return EXIT.usage;
  }
  const file = named[0] ?? DEFAULT_CONFIG;
  const loaded = await loadConfig({ file, environment: io.environment, catalogue });
  if (read.flags.json === true) io.out(JSON.stringify(loaded.ok ? loaded.warnings : loaded.problems, undefined, 2));
  else report(loaded, io);
  if (loaded.ok && read.flags.json !== true)
    for (const each of await slowAdapters(loaded)) io.err(describeSlowAdapter(each));
  return loaded.ok ? EXIT.ok : EXIT.config;
}

function report(loaded: LoadedConfig | RefusedConfig, io: CliIo): void {
  if (!loaded.ok) {
    io.err(describeRefusal(loaded));
    return;
  }
  for (const warning of loaded.warnings) io.err(`warning: ${formatProblem(warning)}`);
  io.out(describe(loaded));
}

/** All problems of a refused config, a line each; `run` prints the same. */
export function describeRefusal(refused: RefusedConfig): string {
  const count = refused.problems.length + refused.omitted;
  const lines = refused.problems.map(formatProblem);
  if (refused.omitted > 0) lines.push(`… and ${refused.omitted} more`);
  return [...lines, `The config is refused: ${count} ${count === 1 ? 'problem' : 'problems'}.`].join('\n');
}

function describe({ config, hash, budgets }: LoadedConfig): string {
  const devices = config.buses.flatMap((bus) => bus.devices);
  return [
    `The config of gateway ${config.gateway} is good.`,
    ...config.buses.map((bus) => `  bus ${bus.id}: ${describeBus(bus, budgets.get(bus.id))}`),
    `  ${devices.length} ${devices.length === 1 ? 'device' : 'devices'}, outbox in memory only, sha256 ${hash.slice(0, 12)}`,
  ].join('\n');
}

/** A bus's devices and its worst-case cycle; nothing to say of the cycle where nothing is asked or the speed is unknown. */
function describeBus({ devices, port }: BusConfig, budget: BusBudget | undefined): string {
  const names = devices.map(({ id }) => id).join(', ') || 'no devices';
  if (budget === undefined || budget.devices.length === 0) return names;
  const silent = `${Math.ceil(budget.worstCycleMs)} ms when none does`;
  if (!('path' in port)) return `${names}; all are read once in ${silent.replace('none does', 'none answers')}`;
  const share = `${Math.ceil(budget.load * 100)} % of the line used`;
  return `${names}; all are read once in ${Math.ceil(budget.cycleMs)} ms when they answer at once, ${silent}; ${share}`;
}
