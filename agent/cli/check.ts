import { type LoadedConfig, loadConfig, type RefusedConfig } from '../../config/load.ts';
import { formatProblem } from '../../config/problem.ts';
import { type Catalogue, openCatalogue } from '../../drivers/registry/loader.ts';
import { readArguments } from './arguments.ts';
import { type CliIo, DEFAULT_CONFIG, EXIT, type ExitCode } from './io.ts';

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

function describe({ config, hash }: LoadedConfig): string {
  const devices = config.buses.flatMap((bus) => bus.devices);
  const points = devices.reduce((sum, device) => sum + device.points.length, 0);
  return [
    `The config of gateway ${config.gateway} is good.`,
    ...config.buses.map(
      ({ id, devices }) => `  bus ${id}: ${devices.map((device) => device.id).join(', ') || 'no devices'}`,
    ),
    `  ${devices.length} devices with ${points} listed points; outbox ${config.outbox.directory === undefined ? 'in memory only' : 'on disk'}; sha256 ${hash.slice(0, 12)}`,
  ].join('\n');
}
