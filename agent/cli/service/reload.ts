import { UNREADABLE } from '../../../config/credentials/credentials.ts';
import { loadConfig, type RefusedConfig } from '../../../config/load.ts';
import { type Catalogue, openCatalogue } from '../../../drivers/registry/loader.ts';
import { readArguments, wrongArguments } from '../arguments.ts';
import { describeRefusal } from '../check.ts';
import { type CliProcess, DEFAULT_CONFIG, EXIT, type ExitCode } from '../io.ts';

const HELP = `Usage: fieldward reload PID [--config FILE]

Checks the config as \`run\` would and, if it is good, tells the agent that runs as process PID to take it on (SIGHUP).
The agent stops in order and exits with 75, and the service manager starts it again. A config that is not good is never
told of. The unit runs this for \`systemctl reload fieldward\`. FILE is ${DEFAULT_CONFIG} unless given.

Exit code: 0 the agent was told, 64 wrong usage, 69 there is no such process that may be told, 78 the config is refused.`;

/** `fieldward reload`. */
export async function reload(
  args: readonly string[],
  io: CliProcess,
  catalogue: Catalogue = openCatalogue(),
): Promise<ExitCode> {
  const read = readArguments(args, io, { options: { config: { type: 'string' } }, words: 1, help: HELP });
  if (read.done) return read.code;
  const [pid = ''] = read.words;
  // neither 0 nor a negative number, which mean whole groups (kill(2)), nor the init process
  if (!/^[1-9][0-9]{0,9}$/.test(pid) || pid === '1') {
    return wrongArguments(io, 'PID is the number of the process', HELP);
  }
  const file = typeof read.flags.config === 'string' ? read.flags.config : DEFAULT_CONFIG;
  const loaded = await loadConfig({ file, environment: io.environment, catalogue });
  const refused = loaded.ok ? undefined : withoutFiles(loaded);
  if (refused !== undefined && refused.problems.length + refused.omitted > 0) {
    io.err(describeRefusal(refused));
    return EXIT.config;
  }
  if (io.tellToReload(Number(pid))) return EXIT.ok;
  io.err('fieldward: there is no such process, or it may not be told');
  return EXIT.unavailable;
}

/**
 * systemd hands a service's credentials to its main process and not to the programs of ExecReload=. So files that are
 * not found here are no problems: they are left to the agent, which has them, and checks the whole config again before
 * it restarts.
 */
function withoutFiles({ ok, problems, omitted }: RefusedConfig): RefusedConfig {
  return { ok, problems: problems.filter(({ message }) => message !== UNREADABLE), omitted };
}
