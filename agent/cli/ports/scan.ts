import type { BusConfig } from '../../../config/config.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { toFault } from '../../../drivers/contract/fault.ts';
import { FAULTS, type FaultCode } from '../../../drivers/contract/faults.ts';
import { portTiming } from '../../../drivers/port/create.ts';
import { type Catalogue, openCatalogue } from '../../../drivers/registry/loader.ts';
import type { Clock } from '../../clock/clock.ts';
import { SystemClock } from '../../clock/system-clock.ts';
import { readArguments, wrongArguments } from '../arguments.ts';
import { loadNamed } from '../find.ts';
import { type CliProcess, EXIT, type ExitCode } from '../io.ts';
import { speaksModbusTcp } from './modbus-tcp-probe.ts';
import { type FittingModel, modelFinder, namingEstimate } from './naming/model-finder.ts';
import { configLines, deviceLine, modelLine, modelsOf } from './naming/model-words.ts';
import { periodToPaste } from './naming/period-to-paste.ts';
import type { Talk } from './overheard.ts';
import { LINE_FLAGS, numberRange, portArgument, wholeNumberFlag, wrongPort } from './port-argument.ts';
import { describeHolders } from './port-holder.ts';
import { answerWords, type ScanResult, scanLine } from './scan-line.ts';
import { lookForMeters } from './scan-meters.ts';
import { isScanDriver, SCAN_DRIVERS, serverArgument, usualDriver } from './scan-target.ts';
import { sweep } from './sweep.ts';

const HELP = `Usage: fieldward scan BUS|PATH|HOST:PORT [--driver D] [--config FILE] [--baud N|all] [--data-bits 7|8]
                     [--parity none|even|odd|all] [--stop-bits 1|2] [--units FIRST-LAST] [--timeout-ms N] [--listen-ms N]
                     [--secondary] [--json]

Asks every Modbus unit on a line for one holding register, and lists who answers, be it with an exception. BUS is a bus
of the config with its line settings. PATH is a serial port, with the settings given here (default 9600 8N1). HOST:PORT
is a server on the network. D is modbus-rtu, modbus-ascii, modbus-tcp or mbus. Without it a bus is asked as its devices
are, a path by modbus-rtu and a server by modbus-tcp. The agent must not hold the same port meanwhile. Units are 1 to
247 (default all), on Modbus TCP 0 to 255. The timeout is 20 to 5000 ms (default 100, on Modbus TCP 1000).

A unit that answers is then asked for the registers that the profiles know a model by. It is named where a profile fits:
by a code of the model, or with all models for which its values are plausible. SunSpec devices are named by their common
model, with the serial number. Registers that most profiles know come first, and a match ends the search. A config to
paste is printed at the end, with periods that the line keeps. Where BUS is one of the config, its devices are printed
alone. Nothing is written to any unit.

Before it asks it listens, 0 to 60000 ms (default 1500, on Modbus TCP 0). Where something talks by itself, as a GPS
receiver or another master does, it says so and asks nobody. It also says where requests come back, where bytes come
that are no answers, and where a server speaks Modbus TCP. How far it is stands on standard error.

With --driver mbus it looks for meters; a bus of M-Bus devices has that by itself. It asks by primary address, 0 to 250
or --units, or with --secondary by the numbers of the meters. Each is read once and shown with its records, as a device
to paste into the config. A PATH is taken for 2400 8E1; --timeout-ms, 20 to 5000, is by the standard where it is not
given.

With --baud all, --parity all or both it sweeps a PATH: all usual speeds and parities by likelihood, the first units
first. It says how long that takes at most. It ends at the first setting at which a unit answers, with all units there
and the line as an entry of the config. It asks nobody where others talk. Example: fieldward scan /dev/ttyUSB0 --baud
all --parity all

Exit code: 0 at least one unit answers, 64 wrong usage, 69 none does, 70 the port can not be used, 78 config refused.`;

const FLAGS = {
  ...LINE_FLAGS,
  config: { type: 'string' },
  units: { type: 'string' },
  'timeout-ms': { type: 'string' },
  'listen-ms': { type: 'string' },
  driver: { type: 'string' },
  secondary: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** How often it says how far it is. */
const TELL_EVERY = 2000;

/** How an M-Bus is set as a rule. */
const MBUS_LINE = { baud: '2400', parity: 'even' };

/** A server that hangs up on what it takes for a broken request. */
const HUNG_UP: readonly FaultCode[] = ['port/lost', 'port/ended', 'port/not-open'];

/** `fieldward scan`. */
export async function scan(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const read = readArguments(args, io, { options: FLAGS, words: 1, help: HELP });
  if (read.done) return read.code;
  const [where = ''] = read.words;
  const { flags } = read;
  if (where === '') return wrongArguments(io, 'which line? Name a bus of the config, a port or a server', HELP);
  if (flags.driver !== undefined && flags.driver !== 'mbus' && !isScanDriver(flags.driver)) {
    return wrongArguments(io, `--driver is one of ${[...SCAN_DRIVERS, 'mbus'].join(', ')}`, HELP);
  }
  if (flags.baud === 'all' || flags.parity === 'all') return sweepOf(where, flags, io);
  const server = serverArgument(where);
  let bus: Pick<BusConfig, 'port' | 'devices'> | undefined = server && { port: server, devices: [] };
  if (bus !== undefined) {
    // a server needs no config
  } else if (where.includes('/')) {
    const line = flags.driver === 'mbus' ? { ...MBUS_LINE, ...flags } : flags;
    const port = portArgument(where, line);
    if (!port) return wrongArguments(io, wrongPort(where, line), HELP);
    bus = { port, devices: [] };
  } else {
    const loaded = await loadNamed(flags.config, io);
    if (!loaded) return EXIT.config;
    bus = loaded.config.buses.find(({ id }) => id === where);
  }
  if (!bus) {
    io.err('fieldward: the config has no such bus');
    return EXIT.usage;
  }
  const { port, devices } = bus;
  const isMbus = (flags.driver ?? devices[0]?.driver) === 'mbus';
  const driver = isScanDriver(flags.driver) ? flags.driver : usualDriver(port, server ? undefined : bus);
  const isTcp = !isMbus && driver === 'modbus-tcp';
  if (isTcp && !('host' in port)) return wrongArguments(io, 'modbus-tcp needs a server, and not a serial port', HELP);
  const [first, last] = isMbus ? [0, 250] : isTcp ? [0, 255] : [1, 247];
  const units = numberRange(flags.units ?? (isMbus ? '0-250' : '1-247'), first, last);
  const timeoutMs = wholeNumberFlag(flags['timeout-ms'] ?? (isTcp ? '1000' : '100'), 20, 5000);
  const listenMs = wholeNumberFlag(flags['listen-ms'] ?? (isTcp ? '0' : '1500'), 0, 60_000);
  if (!units) return wrongArguments(io, `--units is FIRST-LAST or one unit, within ${first} to ${last}`, HELP);
  if (timeoutMs === undefined) return wrongArguments(io, '--timeout-ms is 20 to 5000', HELP);
  if (listenMs === undefined) return wrongArguments(io, '--listen-ms is 0 to 60000', HELP);
  if (flags.secondary === true && !isMbus) return wrongArguments(io, '--secondary is for --driver mbus', HELP);
  const clock = new SystemClock();
  if (isMbus) {
    const beginMs = flags['timeout-ms'] === undefined ? undefined : timeoutMs;
    const search = flags.secondary === true ? 'secondary' : units;
    return lookForMeters({ port, search, beginMs, clock, signal: io.stopping }, flags.json === true, io);
  }
  const common = { timeout: milliseconds(timeoutMs), clock, signal: io.stopping };
  const catalogue = openCatalogue();
  const loaded = await catalogue.load(driver);
  const name = await modelFinder({ ...common, catalogue, driver: loaded, line: portTiming(port) });
  const isNew = server !== undefined || where.includes('/');
  const request = { ...common, port, driver, units, listen: milliseconds(listenMs), name };
  return look(request, { json: flags.json === true, isNew, catalogue }, io);
}

/** A sweep over the settings of a path. */
async function sweepOf(where: string, flags: Readonly<Record<string, unknown>>, io: CliProcess): Promise<ExitCode> {
  const all = { baud: flags.baud === 'all', parity: flags.parity === 'all' };
  const usual = { ...flags, ...(all.baud && { baud: undefined }), ...(all.parity && { parity: undefined }) };
  const port = portArgument(where, usual);
  if (!port) return wrongArguments(io, `a sweep is of a port: ${wrongPort(where, usual)}`, HELP);
  const driver = isScanDriver(flags.driver) ? flags.driver : 'modbus-rtu';
  if (driver === 'modbus-tcp' || flags.driver === 'mbus')
    return wrongArguments(io, 'a sweep is of Modbus RTU or ASCII', HELP);
  const units = numberRange(flags.units ?? '1-247', 1, 247);
  if (!units) return wrongArguments(io, '--units is FIRST-LAST or one unit, within 1 to 247', HELP);
  const timeoutMs = wholeNumberFlag(flags['timeout-ms'] ?? '100', 20, 5000);
  if (timeoutMs === undefined) return wrongArguments(io, '--timeout-ms is 20 to 5000', HELP);
  const listenMs = wholeNumberFlag(flags['listen-ms'] ?? '300', 0, 60_000);
  if (listenMs === undefined) return wrongArguments(io, '--listen-ms is 0 to 60000', HELP);
  return sweep(
    { port, all, driver, units, timeoutMs, listenMs, clock: new SystemClock(), json: flags.json === true },
    io,
  );
}

interface Showing {
  readonly json: boolean;
  /** No config has the line yet. */
  readonly isNew: boolean;
  readonly catalogue: Catalogue;
}

async function look(
  request: Parameters<typeof scanLine>[0],
  { json, isNew, catalogue }: Showing,
  io: CliProcess,
): Promise<ExitCode> {
  const { port, units, clock, signal } = request;
  io.err(plan(units.length, request.timeout, request.listen));
  io.err(namingEstimate(request.timeout));
  let answering = 0;
  const named: (readonly [number, readonly FittingModel[]])[] = [];
  const tell = progress(clock, (count) => io.err(`Asked ${count} of ${units.length} units, ${answering} answered.`));
  try {
    const result = await scanLine(request, {
      found: (unit, answer) => {
        answering += 1;
        const words = answerWords(answer);
        io.out(json ? JSON.stringify({ unit, answer: words }) : `unit ${unit}: ${words}`);
      },
      named(unit, fitting) {
        io.out(json ? JSON.stringify({ unit, models: modelsOf(fitting) }) : modelLine(unit, fitting));
        named.push([unit, fitting]);
      },
      asked: tell,
    });
    const devices = (pollMs?: number) =>
      named.map(([unit, fitting]) => deviceLine(unit, request.driver, fitting, { pollMs }));
    if (!json && named.length > 0) {
      const lines = isNew
        ? configLines(port, devices(await periodToPaste(port, devices, catalogue)))
        : [PASTE, ...devices()];
      lines.forEach(io.out);
    }
    if (signal.aborted) return EXIT.ok;
    for (const line of await conclusions(result, port, request, answering)) io.err(line);
    return result.valid > 0 ? EXIT.ok : EXIT.unavailable;
  } catch (thrown) {
    const { code } = toFault(thrown);
    if (
      HUNG_UP.includes(code) &&
      mayBeTcp(request) &&
      'host' in port &&
      (await speaksModbusTcp(port, units[0] ?? 1, clock, signal))
    ) {
      io.err(modbusTcp());
      return EXIT.unavailable;
    }
    io.err(`${FAULTS[code].message}. ${FAULTS[code].advice}`);
    if (code === 'port/busy' && 'path' in port) for (const line of describeHolders(port.path)) io.err(line);
    return EXIT.internal;
  }
}

/** Above the devices; the config takes it for a remark too. */
const PASTE = '# To paste into the config, under the devices of the bus:';

function plan(units: number, timeoutMs: number, listenMs: number): string {
  const seconds = (ms: number) => `${Math.ceil(ms / 100) / 10} s`;
  const listening = listenMs === 0 ? 'Asking' : `Listening for ${seconds(listenMs)}, then asking`;
  return `${listening} ${units} ${units === 1 ? 'unit' : 'units'}: ${seconds(units * timeoutMs)} where none answers.`;
}

/** Calls at most once in a while. */
function progress(clock: Clock, tell: (count: number) => void): (count: number) => void {
  let told = clock.now();
  return (count) => {
    if (clock.now() - told < TELL_EVERY) return;
    told = clock.now();
    tell(count);
  };
}

/** It was asked as a line, and may be none. */
function mayBeTcp({ port, driver }: Parameters<typeof scanLine>[0]): boolean {
  return 'host' in port && driver !== 'modbus-tcp';
}

/** The sentences to be said at the end. */
async function conclusions(
  { valid, talk, echoes, strayBytes, unreached }: ScanResult,
  port: BusConfig['port'],
  request: Parameters<typeof scanLine>[0],
  answering: number,
): Promise<readonly string[]> {
  const { units, clock, signal } = request;
  if (talk !== undefined) return [talking(talk)];
  const lines: string[] = [];
  if (echoes > 0) {
    lines.push(
      valid > 0
        ? 'The line returns what is sent: set `echo: true` on its port.'
        : 'Only our own requests came back: the adapter returns what is sent (then set `echo: true` on its port), or its wires are joined, and no device is there.',
    );
  }
  if (valid > 0) return lines;
  if (mayBeTcp(request) && 'host' in port && (await speaksModbusTcp(port, units[0] ?? 1, clock, signal))) {
    return [...lines, modbusTcp()];
  }
  if (unreached > 0) {
    const count = unreached === 1 ? '1 unit' : `${unreached} units`;
    return [...lines, `The gateway answers, and reaches no device: ${count}. Check what is behind it, and its setup.`];
  }
  if (request.driver === 'modbus-tcp') {
    return [
      ...lines,
      'The server takes the connection, and no unit answers: try units 0 and 255, or --driver modbus-rtu.',
    ];
  }
  if (strayBytes > 0 || answering > 0) {
    const bytes = strayBytes === 1 ? '1 byte' : `${strayBytes} bytes`;
    lines.push(`No valid answer, but ${bytes} came: try another baud rate and parity, and look for a second master.`);
  } else {
    lines.push('Nobody answered. Check wiring, A and B (they may be swapped), baud rate, parity and addresses.');
  }
  return lines;
}

function talking({ what, driver }: Talk): string {
  const remedy = isKnown(driver) ? ` Its driver is \`${driver}\`.` : '';
  return `Something on this line talks by itself: units are not asked. It looks like ${what}.${remedy}`;
}

function modbusTcp(): string {
  const remedy = isKnown('modbus-tcp') ? 'use the driver `modbus-tcp`, or set' : 'set';
  return `The server speaks Modbus TCP, and not the raw bytes of a line: ${remedy} its port to raw mode (RTU over TCP).`;
}

function isKnown(driver: string | undefined): boolean {
  return driver !== undefined && openCatalogue().names.includes(driver);
}
