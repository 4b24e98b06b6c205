import type { BusConfig } from '../../../config/config.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { toFault } from '../../../drivers/contract/fault.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';
import { portTiming } from '../../../drivers/port/create.ts';
import { LEAST_LATENCY_MS } from '../../../drivers/port/latency.ts';
import { SystemClock } from '../../clock/system-clock.ts';
import { readArguments, wrongArguments } from '../arguments.ts';
import { durationFlag } from '../duration-flag.ts';
import { loadNamed } from '../find.ts';
import { type CliProcess, EXIT, type ExitCode } from '../io.ts';
import { LINE_FLAGS, portArgument, wrongPort } from '../ports/port-argument.ts';
import { describeHolders } from '../ports/port-holder.ts';
import { isListenDriver, LISTEN_DRIVERS, type ListenDriver, modbusProfile } from './decoders.ts';
import { HeardFiles } from './heard-files.ts';
import { Hearing } from './hearing.ts';
import { openEar } from './line-ear.ts';
import { HeardPrinter } from './printer.ts';
import { findSpeed } from './speeds.ts';

const HELP = `Usage: fieldward listen BUS|PATH [--driver D] [--baud N|auto] [--data-bits 7|8] [--parity none|even|odd]
                       [--stop-bits 1|2] [--for TIME] [--profile NAME] [--summary] [--pcap FILE] [--output FILE]
                       [--config FILE] [--json]

Listens to a line on which others speak, and never writes. It decodes a master and its devices, pairs requests with
answers, and counts at the end. DTR and RTS are left as they are. The agent must not hold the same port: use a second
adapter beside it, or \`fieldward trace BUS\`. PATH is a serial port (default 9600 8N1), BUS a bus of the config.

  --driver D      ${LISTEN_DRIVERS.slice(0, 6).join(', ')},
                  ${LISTEN_DRIVERS.slice(6).join(', ')}; without it, it is told by what comes
  --baud auto     tries the usual speeds and parities until something is understood
  --for TIME      ends after 60s, 5m, 1h …; without it at Ctrl-C
  --profile NAME  shows the values of a model's points in what a Modbus master reads
  --summary       prints the counts at the end, and no exchanges
  --pcap FILE     writes a capture for Wireshark; --output FILE writes the open text form, for \`fieldward replay\`
  --json          one object a line: {"at":…,"unit":1,"function":3,"outcome":"answered",…}, then {"summary":{…}}

Outcomes of Modbus: answered, refused (with its exception), unanswered, damaged, broadcast, unasked (an answer whose
request was not heard). Response times are exact to what the adapter and this machine let through.

Example: fieldward listen /dev/serial/by-id/usb-FTDI_USB-RS485-if00-port0 --baud 19200 --parity even --for 60s

Exit code: 0 stopped as asked, 64 wrong usage, 69 nothing was understood, 70 the port can not be used, 74 a file can not
be written, 78 config refused.`;

const FLAGS = {
  ...LINE_FLAGS,
  config: { type: 'string' },
  driver: { type: 'string' },
  for: { type: 'string' },
  profile: { type: 'string' },
  summary: { type: 'boolean' },
  pcap: { type: 'string' },
  output: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const LONGEST = 31 * 24 * 3_600_000;
/** How often what was heard is printed, and a silence is looked for. */
const LOOK = milliseconds(100);
/** Portions of one frame never come further apart, milliseconds; at slow speeds so many characters. */
const SILENCE = { ms: 200, characters: 40 };

type Line = Pick<BusConfig, 'port' | 'devices'>;

/** `fieldward listen`. */
export async function listen(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const read = readArguments(args, io, { options: FLAGS, words: 1, help: HELP });
  if (read.done) return read.code;
  const [where = ''] = read.words;
  const { flags } = read;
  if (where === '') return wrongArguments(io, 'which line? Name a bus of the config or a port', HELP);
  const { driver } = flags;
  if (driver !== undefined && !isListenDriver(driver)) {
    return wrongArguments(io, `--driver is one of ${LISTEN_DRIVERS.join(', ')}`, HELP);
  }
  const span = durationFlag(flags.for ?? `${LONGEST}ms`, 100, LONGEST);
  if (span === undefined && flags.for !== undefined)
    return wrongArguments(io, '--for is as 60s, 5m or 1h, at most 31 days', HELP);
  const profile = typeof flags.profile === 'string' ? await modbusProfile(flags.profile) : undefined;
  if (flags.profile !== undefined && profile === undefined) {
    return wrongArguments(io, 'there is no such profile; `fieldward profiles` lists them', HELP);
  }
  const isAuto = flags.baud === 'auto';
  const line = await lineOf(where, isAuto ? { ...flags, baud: undefined } : flags, io);
  if (typeof line === 'number') return line;
  const clock = new SystemClock();
  const until = clock.now() + (span ?? LONGEST);
  let { port } = line;
  let found: ListenDriver | undefined = isListenDriver(driver)
    ? driver
    : line.devices.map((each) => heardBy(each.driver)).find(isListenDriver);
  const files = await HeardFiles.open({ pcap: flags.pcap, output: flags.output }, clock);
  if (typeof files === 'string') {
    io.err(`fieldward: ${files}`);
    return EXIT.output;
  }
  try {
    if (isAuto && 'path' in port) {
      const isFramed =
        flags.parity !== undefined || flags['data-bits'] !== undefined || flags['stop-bits'] !== undefined;
      const speed = await findSpeed({ port, isFramed, clock, signal: io.stopping, until, say: io.err });
      if (speed === undefined) {
        if (!io.stopping.aborted)
          io.err('Nothing was understood at any speed. Check the wiring, A and B, and that anybody talks.');
        return io.stopping.aborted ? EXIT.ok : EXIT.unavailable;
      }
      port = speed.port;
      if (found === undefined && isListenDriver(speed.talk.driver)) found = speed.talk.driver;
    }
    return await hear({ port, driver: found, until, profile, files, clock }, flags, io);
  } catch (thrown) {
    if (io.stopping.aborted) return EXIT.ok;
    const { code } = toFault(thrown);
    io.err(`${FAULTS[code].message}. ${FAULTS[code].advice}`);
    if (code === 'port/busy' && 'path' in port) {
      for (const holder of describeHolders(port.path)) io.err(holder);
      io.err('A line that the agent holds is looked at with `fieldward trace BUS`.');
    }
    return EXIT.internal;
  } finally {
    await files.close();
  }
}

interface HearRequest {
  readonly port: BusConfig['port'];
  readonly driver: ListenDriver | undefined;
  readonly until: number;
  readonly profile: Awaited<ReturnType<typeof modbusProfile>>;
  readonly files: HeardFiles;
  readonly clock: SystemClock;
}

async function hear(request: HearRequest, flags: Readonly<Record<string, unknown>>, io: CliProcess): Promise<ExitCode> {
  const { port, driver, until, profile, files, clock } = request;
  const timing = portTiming(port);
  const early: [Uint8Array, number][] = [];
  let take = (chunk: Uint8Array, at: number): void => {
    early.push([Uint8Array.from(chunk), at]);
  };
  const ear = await openEar(port, clock, io.stopping, (chunk, at) => take(chunk, at));
  try {
    const seesSilence = ear.latencyTimerMs === undefined || ear.latencyTimerMs <= LEAST_LATENCY_MS;
    const hearing = new Hearing(driver, { line: timing, seesSilence, profile }, (record) => files.passed(record));
    take = (chunk, at) => hearing.push(chunk, at);
    for (const [chunk, at] of early) hearing.push(chunk, at);
    const printer = new HeardPrinter({
      io,
      clock,
      json: flags.json === true,
      onlySummary: flags.summary === true,
      timing,
    });
    files.begin('path' in port ? port : undefined);
    printer.begin('path' in port ? port : undefined);
    const silence = Math.max(SILENCE.ms, SILENCE.characters * timing.characterMs);
    while (!io.stopping.aborted && clock.now() < until && ear.lost === undefined) {
      await clock.sleep(LOOK, io.stopping).catch(() => undefined);
      await hearing.look(clock.now(), silence);
      printer.show(hearing);
      await files.flush();
    }
    const summary = hearing.end();
    printer.show(hearing);
    printer.end(hearing, summary);
    await files.flush();
    if (ear.lost !== undefined && !io.stopping.aborted) throw ear.lost;
    if (files.failed !== undefined) {
      io.err(`fieldward: ${files.failed}`);
      return EXIT.output;
    }
    return io.stopping.aborted || (summary?.frames ?? 0) > 0 ? EXIT.ok : EXIT.unavailable;
  } finally {
    await ear.close();
  }
}

/** The line that was named, or the code of what is wrong with it. */
async function lineOf(
  where: string,
  flags: Readonly<Record<string, unknown>>,
  io: CliProcess,
): Promise<Line | ExitCode> {
  if (where.includes('/')) {
    const port = portArgument(where, flags);
    return port ? { port, devices: [] } : wrongArguments(io, wrongPort(where, flags), HELP);
  }
  const loaded = await loadNamed(flags.config, io);
  if (!loaded) return EXIT.config;
  const bus = loaded.config.buses.find(({ id }) => id === where);
  if (bus) return bus;
  io.err('fieldward: the config has no such bus');
  return EXIT.usage;
}

/** A device that is only listened to speaks what its master does. */
function heardBy(driver: string): string {
  return driver === 'modbus-listen' ? 'modbus-rtu' : driver;
}
