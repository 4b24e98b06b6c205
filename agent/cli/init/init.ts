import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadConfig } from '../../../config/load.ts';
import { formatProblem, type Problem } from '../../../config/problem.ts';
import { isSystemError } from '../../../drivers/contract/fault.ts';
import { openCatalogue } from '../../../drivers/registry/loader.ts';
import { readArguments, wrongArguments } from '../arguments.ts';
import { describeRefusal } from '../check.ts';
import { type CliProcess, EXIT, type ExitCode } from '../io.ts';
import { fittingPeriod } from '../periods.ts';
import { LINE_FLAGS, numberRange, wholeNumberFlag } from '../ports/port-argument.ts';
import { type Given, gather } from './answers.ts';
import { configText, type FoundBus, type NamedBus, withIds } from './config-text.ts';
import { findDevices, type Search } from './find-devices.ts';
import { neededLines, overrideText, type PortNode, portNodes, serviceGroup } from './override.ts';
import {
  type GatewayPlaces,
  groupNumber,
  type InTheWay,
  isThere,
  makeConfig,
  makeCredentials,
  makeFile,
  obstacles,
  placesOf,
  SECRET_FILES,
} from './places.ts';

const HELP = `Usage: fieldward init [--url URL] [--gateway NAME] [--port PORT[=DRIVER]]… [--driver D] [--units FIRST-LAST]
                     [--baud N] [--parity P] [--data-bits 7|8] [--stop-bits 1|2] [--timeout-ms N] [--no-scan]
                     [--username NAME] [--password-file FILE] [--ca FILE] [--cert FILE --key-file FILE]
                     [--root DIR | --config FILE] [--json]

Makes the config of this gateway, the folder of its credentials, and what its service must be told (a drop-in of the unit).
It asks for what the options do not say: the broker, the name of the gateway, the ports. Then it looks who is on each port,
as \`scan\` does, reads and never writes, and puts the devices that it knows into the config. The config passes \`check\`.

Nothing that stands there is overwritten, but the config of the package as long as nobody has changed it.

  --url URL      the broker: mqtts://HOST:PORT, or a host alone, which is taken for one with TLS
  --gateway NAME a-z, 0-9 and -; default: the name of this machine
  --port PORT    PATH or HOST:PORT, may be repeated; =DRIVER after it where it is not as --driver says
  --driver D     modbus-rtu, modbus-ascii, modbus-tcp or mbus; default: a path is asked by modbus-rtu, a server by modbus-tcp
  --units        units that are asked; default 1-10, and where one answers on a serial port, all others there
  --baud, --parity  one of them, or both: the line has these settings; without them all usual ones are tried
  --no-scan      does not look for devices: the config has the ports alone
  --password-file, --ca, --cert, --key-file  files that are copied to the credentials; a person is asked for the password
  --root DIR     makes everything below DIR, for an image that is being built
  --config FILE  makes only this file, and \`credentials\` beside it
  --json         asks nothing, and prints one object: what was made, the buses with their devices, and what comes next

Without a terminal nothing is asked: --url and --port must be there.

Exit code: 0 made; 64 wrong usage; 73 nothing was made, because something stands there already or may not be made; 78 the
config would be refused.`;

const FLAGS = {
  ...LINE_FLAGS,
  url: { type: 'string' },
  gateway: { type: 'string' },
  port: { type: 'string', multiple: true },
  driver: { type: 'string' },
  units: { type: 'string' },
  'timeout-ms': { type: 'string' },
  'no-scan': { type: 'boolean' },
  username: { type: 'string' },
  'password-file': { type: 'string' },
  ca: { type: 'string' },
  cert: { type: 'string' },
  'key-file': { type: 'string' },
  root: { type: 'string' },
  config: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** `fieldward init`. */
export async function init(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const read = readArguments(args, io, { options: FLAGS, words: 0, help: HELP });
  if (read.done) return read.code;
  const { flags } = read;
  const json = flags.json === true;
  const units = numberRange(flags.units ?? '1-10', 0, 255);
  const others = flags.units === undefined ? (numberRange('1-247', 1, 247) ?? []) : [];
  const timeoutMs = wholeNumberFlag(flags['timeout-ms'] ?? '150', 20, 5000);
  if (units === undefined) return wrongArguments(io, '--units is FIRST-LAST or one unit, within 0 to 255', HELP);
  if (timeoutMs === undefined) return wrongArguments(io, '--timeout-ms is 20 to 5000', HELP);
  if (flags.root !== undefined && flags.config !== undefined) {
    return wrongArguments(io, '--root and --config exclude each other', HELP);
  }
  const root = typeof flags.root === 'string' ? resolve(flags.root) : '/';
  const places = await placesOf(typeof flags.config === 'string' ? resolve(flags.config) : undefined, root);
  const early = await obstacles(places);
  if (early.length > 0) return blocked(early, json, io);
  const gathered = await gather(flags, io, json ? undefined : io.ask);
  if (gathered === 'ended') {
    io.err('Nothing was made.');
    return EXIT.notMade;
  }
  if ('usage' in gathered) return wrongArguments(io, gathered.usage, HELP);
  if ('file' in gathered) {
    for (const problem of gathered.file) io.err(`fieldward: ${problem}`);
    return EXIT.config;
  }
  const late = await obstacles(places, gathered.given.secrets);
  if (late.length > 0) return blocked(late, json, io);
  // the devices that the search meets are told to the person meanwhile; the result is the list at the end
  const aside = { ...io, out: io.err };
  const buses = await look(gathered.given, { units, others, timeoutMs }, flags['no-scan'] === true, aside);
  if (io.stopping.aborted) {
    io.err('Nothing was made.');
    return EXIT.notMade;
  }
  return make({ places, root, given: gathered.given, buses: withIds(buses), json }, io);
}

async function look(given: Given, search: Search, none: boolean, io: CliProcess): Promise<readonly FoundBus[]> {
  const buses: FoundBus[] = [];
  for (const wish of given.wishes) {
    if (none || io.stopping.aborted) {
      buses.push({ port: wish.port, devices: [], remark: 'Its devices go here: `fieldward scan` looks for them.' });
      continue;
    }
    io.err(`Looking at ${'host' in wish.port ? 'the server' : wish.port.path}. Nothing is written to any device.`);
    const isServer = 'host' in wish.port;
    // through a gateway an answer takes its time
    buses.push(
      await findDevices(wish, isServer ? { ...search, timeoutMs: Math.max(search.timeoutMs, 1000) } : search, io),
    );
  }
  return buses;
}

interface Making {
  readonly places: GatewayPlaces;
  readonly root: string;
  readonly given: Given;
  readonly buses: readonly NamedBus[];
  readonly json: boolean;
}

async function make(making: Making, io: CliProcess): Promise<ExitCode> {
  const { places, root, given, buses } = making;
  const { gateway, url, username, secrets } = given;
  const files = Object.keys(secrets).map((key) => [
    key,
    `${places.prefix}${SECRET_FILES[key as keyof typeof SECRET_FILES]}`,
  ]);
  const answers = { gateway, url, username, ...Object.fromEntries(files) };
  const nodes = await portNodes(
    buses.flatMap(({ port }) => ('path' in port ? [port.path] : [])),
    root,
  );
  const isOwn = places.override !== undefined && !(await isThere(places.override));
  // the service reads it by its group; a config elsewhere is nobody else's business
  const gid = places.prefix === '' ? await groupNumber(root, serviceGroup(isOwn ? nodes : [])) : undefined;
  try {
    const made = [...(await makeCredentials(places, secrets))];
    const secretsMade = made.filter((file) => file !== places.credentials);
    let refusal = '';
    const catalogue = openCatalogue();
    const environment = { CREDENTIALS_DIRECTORY: places.credentials };
    const text = (pollMs: number | undefined) => configText(answers, buses, pollMs);
    const pollMs = await fittingPeriod(text, { file: places.config, environment, catalogue });
    const isMade = await makeConfig(places, text(pollMs), gid, async (file) => {
      const loaded = await loadConfig({ file, environment, catalogue });
      // told as of the place that it will have
      const placed = (problems: readonly Problem[]) => problems.map((each) => ({ ...each, file: places.config }));
      if (!loaded.ok) {
        refusal = describeRefusal({ ...loaded, problems: placed(loaded.problems) });
        return false;
      }
      for (const warning of placed(loaded.warnings)) io.err(`warning: ${formatProblem(warning)}`);
      return true;
    });
    if (isMade) {
      made.push(places.config);
      return await finish({ ...making, made, nodes }, io);
    }
    await Promise.all(secretsMade.map((file) => rm(file, { force: true })));
    io.err(refusal);
    return EXIT.config;
  } catch (thrown) {
    if (!isSystemError(thrown)) throw thrown;
    return blocked(
      [{ file: places.config, advice: 'it could not be made: look at the disk and its rights' }],
      making.json,
      io,
    );
  }
}

async function finish(
  making: Making & { readonly made: string[]; readonly nodes: readonly PortNode[] },
  io: CliProcess,
): Promise<ExitCode> {
  const { places, root, given, buses, made, nodes, json } = making;
  const kept: InTheWay[] = [];
  if (places.override !== undefined) {
    const needed = neededLines(nodes);
    if (!(await isThere(places.override))) {
      await makeFile(places.override, overrideText(needed, given.url), 0o644);
      made.push(places.override);
    } else if (needed.length > 0) {
      kept.push({ file: places.override, advice: `add to [Service], if it is not there: ${needed.join('; ')}` });
    }
  }
  const isService = places.override !== undefined && root === '/';
  const next = isService
    ? ['fieldward check --security', 'systemctl enable --now fieldward']
    : ['check', 'run --config'].map(
        (words) =>
          `${places.prefix === '' ? `CREDENTIALS_DIRECTORY=${places.credentials} ` : ''}fieldward ${words} ${places.config}`,
      );
  if (json) {
    const shown = buses.map(({ id, port, devices }) => ({
      ...{ id, port: portOf(port) },
      devices: devices.map(({ name, driver, profile }) => ({ id: name, driver, profile })),
    }));
    io.out(JSON.stringify({ gateway: given.gateway, made, kept, buses: shown, next }));
    return EXIT.ok;
  }
  for (const { id, devices } of buses) {
    io.out(
      `bus ${id}: ${devices.map(({ name, driver, profile }) => `${name} (${profile ?? driver})`).join(', ') || 'no device yet'}`,
    );
  }
  for (const file of made) io.out(`made ${file}`);
  for (const { file, advice } of kept) io.err(`kept ${file}: ${advice}`);
  io.out(['Next:', ...next.map((line) => `  ${line}`)].join('\n'));
  return EXIT.ok;
}

function portOf(port: FoundBus['port']): object {
  if ('host' in port) return { host: port.host, tcpPort: port.tcpPort };
  const { path, baudRate, dataBits, parity, stopBits } = port;
  return { path, baudRate, dataBits, parity, stopBits };
}

function blocked(obstacle: readonly InTheWay[], json: boolean, io: CliProcess): ExitCode {
  if (json) io.out(JSON.stringify({ made: [], standing: obstacle }));
  else for (const { file, advice } of obstacle) io.err(`${file}: ${advice}`);
  return EXIT.notMade;
}
