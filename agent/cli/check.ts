import { UNREADABLE } from '../../config/credentials/credentials.ts';
import { type LoadedConfig, loadConfig, type RefusedConfig } from '../../config/load.ts';
import { formatProblem } from '../../config/problem.ts';
import { ABSENT } from '../../config/source/file.ts';
import { type Catalogue, openCatalogue } from '../../drivers/registry/loader.ts';
import { readArguments, wrongArguments } from './arguments.ts';
import { budgetReport, describeBudget, describeWear, wearReport } from './budget-text.ts';
import { type CliIo, DEFAULT_CONFIG, EXIT, type ExitCode } from './io.ts';
import { absentPorts } from './ports/absent-ports.ts';
import { sharedNames } from './ports/shared-names.ts';
import { describeSlowAdapter, slowAdapters } from './ports/slow-adapters.ts';
import type { Inspection } from './security/finding.ts';
import { CREDENTIALS_FOLDER, type FindService, findService, type InstalledService } from './service/service-view.ts';

const HELP = `Usage: fieldward check [FILE] [--config FILE] [--json [--budget]] [--security [--interrupt]]

Checks a config as \`run\` would, opens nothing, and names every problem as FILE:LINE:COLUMN: place: what is wrong. FILE
is ${DEFAULT_CONFIG} unless given. With --json the problems are printed as a JSON array. With --budget too it is an
object with \`problems\`, \`warnings\`, \`buses\`, what their lines can carry, and \`outbox\`.

The config of the service is seen as the service will see it. That is with the credentials that its unit hands over, its
state directory, its environment, and what its user may read. Run it as root for that.

For each bus it says what its line can carry, worked out from baud rate, frames, gaps, timeouts and retries. A device
that answered its last poll is asked again within \`waits at most\` from when it is due. That holds also when all
answers of the others come damaged at the end of their timeouts. \`with commands\` is the same while commands come as
fast as they are taken. \`turn\` means no period: as often as the bus allows.

Of the outbox it says how long it holds without a broker, and how much of flash memory its folder wears. While the
broker takes the readings, only their numbers are written. While it does not, readings are written too, and no deadband
is reckoned with.

With --security it then looks at what protects the running service: its sandbox as the service manager and the kernel
have it, and the clock. It looks at modes and owners of the config, of secrets and of every folder that leads to them.
It says what to do where something is bad, weak or unknown; with --json it prints an array of \`name\`, \`state\` and
\`advice\`. Run it as root to see all. It also meets the broker with the gateway's credentials, and looks at encryption
and certificates. While the service is stopped it tries the access list, by publishing what must be refused. With
--interrupt it does that while the service runs. A broker that takes one connection for each name then ends that of the
service, which comes back within \`reconnectMaxMs\`. Until then it is offline, and \`onLinkLoss\` counts.

Exit code: 0 the config is good, 64 wrong usage, 77 --security found something bad, 78 the config is refused.`;

/** `fieldward check`. */
export async function check(
  args: readonly string[],
  io: CliIo,
  catalogue: Catalogue = openCatalogue(),
  security?: Inspection,
  find: FindService = findService,
): Promise<ExitCode> {
  const flag = { type: 'boolean' } as const;
  const options = { config: { type: 'string' }, json: flag, budget: flag, security: flag, interrupt: flag } as const;
  const read = readArguments(args, io, { options, words: 1, help: HELP });
  if (read.done) return read.code;
  const named = [...read.words, ...(typeof read.flags.config === 'string' ? [read.flags.config] : [])];
  const json = read.flags.json === true;
  const secure = read.flags.security === true;
  if (named.length > 1) return wrongArguments(io, 'FILE and --config are the same: give one of them', HELP);
  if (read.flags.budget === true && (!json || secure)) {
    return wrongArguments(io, '--budget goes with --json, and not with --security', HELP);
  }
  if (read.flags.interrupt === true && !secure) return wrongArguments(io, '--interrupt goes with --security', HELP);
  const file = named[0] ?? DEFAULT_CONFIG;
  const service = await find(file, io.environment);
  const environment = { ...service?.environment, ...io.environment };
  const loaded = withService(await loadConfig({ file, environment, catalogue, service: service?.view }), service);
  if (service?.isStale === true) io.err(STALE);
  if (secure && loaded.ok) {
    // late: `run` shares this file, and needs none of it
    const { describeFindings, inspect } = await import('./security/security.ts');
    const findings = await (security ?? inspect)(loaded, file, io, read.flags.interrupt === true);
    io.out(json ? JSON.stringify(findings, undefined, 2) : describeFindings(findings));
    return findings.some(({ state }) => state === 'bad') ? EXIT.insecure : EXIT.ok;
  }
  if (json) io.out(JSON.stringify(asJson(loaded, read.flags.budget === true), undefined, 2));
  else report(loaded, io);
  if (loaded.ok && !json) {
    for (const each of await slowAdapters(loaded)) io.err(describeSlowAdapter(each));
    recordersWithoutFolder(loaded).forEach(io.err);
    (await sharedNames(loaded)).forEach(io.err);
    (await absentPorts(loaded.config.buses)).forEach(io.out);
  }
  return loaded.ok ? EXIT.ok : EXIT.config;
}

/** A recorder without a place for its files remembers nothing: the agent would only say so in its log. */
function recordersWithoutFolder({ config }: LoadedConfig): readonly string[] {
  return config.buses
    .filter(({ recorder }) => recorder !== undefined && recorder.directory === undefined)
    .map(
      ({ id }) =>
        `warning: bus ${id}: its recorder is off without a state directory: the service has one, else set STATE_DIRECTORY`,
    );
}

const STALE = 'warning: the unit was changed since systemd read it: run `systemctl daemon-reload`, then check again';

/** A config is refused, too, where the service that it belongs to could not start with it. */
function withService(
  loaded: LoadedConfig | RefusedConfig,
  service: InstalledService | undefined,
): LoadedConfig | RefusedConfig {
  const problems = service?.problems ?? [];
  if (problems.length === 0) return loaded;
  if (loaded.ok) return { ok: false, problems, omitted: 0 };
  return { ...loaded, problems: [...problems, ...loaded.problems] };
}

/** The array is what programs rely on; the object is for those that ask for the budget. */
function asJson(loaded: LoadedConfig | RefusedConfig, budget: boolean): object {
  if (!budget) return loaded.ok ? loaded.warnings : loaded.problems;
  if (!loaded.ok) return { problems: loaded.problems, warnings: [], buses: [], outbox: null };
  return { problems: [], warnings: loaded.warnings, buses: budgetReport(loaded), outbox: wearReport(loaded) };
}

function report(loaded: LoadedConfig | RefusedConfig, io: CliIo): void {
  if (!loaded.ok) {
    io.err(describeRefusal(loaded));
    return;
  }
  for (const warning of loaded.warnings) io.err(`warning: ${formatProblem(warning)}`);
  io.out(describe(loaded));
}

const CREDENTIALS_HINT = `A service has the files in ${CREDENTIALS_FOLDER} and those that LoadCredential= of its unit names: see fieldward.service(8).`;

/**
 * All problems of a refused config, a line each; `run` prints the same.
 * @param isNew it is to come in the place of another one: `init` is no way to it
 */
export function describeRefusal(refused: RefusedConfig, isNew = false): string {
  const count = refused.problems.length + refused.omitted;
  const lines = refused.problems.map(formatProblem);
  if (refused.omitted > 0) lines.push(`… and ${refused.omitted} more`);
  if (refused.problems.some(({ message }) => message === UNREADABLE)) lines.push(CREDENTIALS_HINT);
  if (!isNew && refused.problems.some(({ message }) => message === ABSENT))
    lines.push('`fieldward init` makes a config; `fieldward --help` lists the commands.');
  return [...lines, `The config is refused: ${count} ${count === 1 ? 'problem' : 'problems'}.`].join('\n');
}

function describe(loaded: LoadedConfig): string {
  const { config, hash, budgets } = loaded;
  const devices = config.buses.flatMap((bus) => bus.devices);
  return [
    `The config of gateway ${config.gateway} is good.`,
    ...config.buses.flatMap((bus) => [
      `  bus ${bus.id}: ${bus.devices.map(({ id }) => id).join(', ') || 'no devices'}`,
      ...describeBudget(budgets.get(bus.id)).map((line) => `    ${line}`),
    ]),
    ...describeWear(loaded).map((line) => `  ${line}`),
    `  ${devices.length} ${devices.length === 1 ? 'device' : 'devices'}, outbox ${config.outbox.directory === undefined ? 'in memory only' : 'on disk'}, sha256 ${hash.slice(0, 12)}`,
  ].join('\n');
}
