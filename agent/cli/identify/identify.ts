import { milliseconds } from '../../../drivers/contract/duration.ts';
import { toFault } from '../../../drivers/contract/fault.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';
import type { ToldIdentity } from '../../../drivers/contract/identity.ts';
import { SystemClock } from '../../clock/system-clock.ts';
import { readArguments, wrongArguments } from '../arguments.ts';
import { type CliProcess, EXIT, type ExitCode } from '../io.ts';
import { LINE_FLAGS, wholeNumberFlag } from '../ports/port-argument.ts';
import { describeHolders } from '../ports/port-holder.ts';
import { serverArgument } from '../ports/scan-target.ts';
import { type Inquired, inquire } from './inquire.ts';
import { configured, IDENTIFY_FLAGS, type IdentifyTarget, KNOWN_DRIVERS, named } from './target.ts';

const HELP = `Usage: fieldward identify DEVICE [--config FILE] [--listen-ms N] [--json]
       fieldward identify PATH|HOST:PORT [--driver D] [--unit N] [--baud N] [--data-bits 7|8] [--parity none|even|odd]
                     [--stop-bits 1|2] [--timeout-ms N] [--listen-ms N] [--json]

Asks one device what it is, and prints maker, model, serial number and firmware as far as it tells them. DEVICE is one of
the config; PATH is a serial port and HOST:PORT a server on the network. The agent must not hold the same port meanwhile.

    fieldward identify /dev/serial/by-id/usb-FTDI_USB-RS485-if00-port0 --unit 7 --baud 19200 --parity even

D is ${KNOWN_DRIVERS.slice(0, 7).join(', ')},
${KNOWN_DRIVERS.slice(7).join(', ')}; default modbus-rtu, of a server modbus-tcp. Where
--driver is not given, a Modbus device that tells no serial number is also asked for the common model of SunSpec.
A PATH is set as is usual for the driver where no flag says otherwise. --unit is the Modbus unit (default 1), the
primary address on M-Bus, or the address on SDI-12 (default 0). --timeout-ms is 20 to 5000, as the driver has it where
it is not given.

A device that talks by itself is only listened to, --listen-ms 1000 to 600000 (default 30000), until it has told.
--json prints one object: {"maker":…,"model":…,"serial":…,"firmware":…,"kind":…}; what is not told is absent, and kind is
what sort of device it is, in common words.

Exit code: 0 it told, 64 wrong usage, 69 it told nothing, 70 the port can not be used, 78 config refused.`;

const FLAGS = {
  ...LINE_FLAGS,
  ...IDENTIFY_FLAGS,
  config: { type: 'string' },
  'listen-ms': { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** `fieldward identify`. */
export async function identify(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const read = readArguments(args, io, { options: FLAGS, words: 1, help: HELP });
  if (read.done) return read.code;
  const [where = ''] = read.words;
  const { flags } = read;
  if (where === '') return wrongArguments(io, 'which device? Name one of the config, a port or a server', HELP);
  const listenMs = wholeNumberFlag(flags['listen-ms'] ?? '30000', 1000, 600_000);
  if (listenMs === undefined) return wrongArguments(io, '--listen-ms is 1000 to 600000', HELP);
  const isPlace = where.includes('/') || serverArgument(where) !== undefined;
  const unused = isPlace ? undefined : Object.keys({ ...LINE_FLAGS, ...IDENTIFY_FLAGS }).find((key) => key in flags);
  if (unused !== undefined) return wrongArguments(io, `--${unused} does not go with a device of the config`, HELP);
  let target: IdentifyTarget | undefined;
  try {
    const found = isPlace ? await named(where, flags) : await configured(where, flags.config, io);
    if (typeof found === 'string') return wrongArguments(io, found, HELP);
    if (typeof found === 'number') return found;
    target = found;
    if (target.device.kind === 'stream') io.err(`Listening for ${Math.ceil(listenMs / 1000)} s at the most.`);
    const inquiry = { ...target, clock: new SystemClock(), listen: milliseconds(listenMs), signal: io.stopping };
    const told = await inquire(inquiry);
    const { also } = target;
    const more =
      also !== undefined && told.identity?.serial === undefined && !io.stopping.aborted
        ? await inquire({ ...inquiry, ...also })
        : undefined;
    return show(together(told, more), target, flags.json === true, io);
  } catch (thrown) {
    if (io.stopping.aborted) return EXIT.ok;
    const { code } = toFault(thrown);
    io.err(`${FAULTS[code].message}. ${FAULTS[code].advice}`);
    const path = target && 'path' in target.port ? target.port.path : undefined;
    if (code === 'port/busy' && path !== undefined) describeHolders(path).forEach(io.err);
    return EXIT.internal;
  }
}

/** One account of a device that gives two; SunSpec's common model comes first, because it has all parts. */
function together(own: Inquired, sunspec: Inquired | undefined): Inquired {
  if (sunspec?.identity === undefined) return { ...own, answered: own.answered || sunspec?.answered === true };
  return { ...sunspec, identity: { ...own.identity, ...sunspec.identity } };
}

function show(
  { identity, fault, answered }: Inquired,
  { driver }: IdentifyTarget,
  json: boolean,
  io: CliProcess,
): ExitCode {
  if (identity !== undefined) {
    const { maker, model, serial, firmware, kind } = identity;
    const told = { maker, model, serial, firmware, kind };
    if (json) io.out(JSON.stringify(told));
    else for (const line of linesOf(told)) io.out(line);
    return EXIT.ok;
  }
  if (io.stopping.aborted) return EXIT.ok;
  if (fault === undefined) {
    io.err(answered ? 'It was heard, and has told nothing of itself.' : 'Nothing was heard that this driver knows.');
  } else if (answered) {
    io.err(`It answers, and does not tell what it is: ${FAULTS[fault].message}.`);
  } else {
    io.err(`${FAULTS[fault].message}. ${FAULTS[fault].advice}`);
    if (driver.startsWith('modbus-')) {
      io.err(
        'Many Modbus devices do not know this question and say nothing to it: `fieldward scan` says whether it is there.',
      );
    }
  }
  return EXIT.unavailable;
}

function linesOf(told: ToldIdentity): readonly string[] {
  return Object.entries(told).flatMap(([part, text]) => (text === undefined ? [] : [`${part.padEnd(9)} ${text}`]));
}
