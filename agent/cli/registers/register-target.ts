import { toFault } from '../../../drivers/contract/fault.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';
import { wrongArguments } from '../arguments.ts';
import { type CliIo, EXIT, type ExitCode } from '../io.ts';
import { LINE_FLAGS, portArgument, wholeNumberFlag, wrongPort } from '../ports/port-argument.ts';
import { describeHolders } from '../ports/port-holder.ts';
import { isScanDriver, SCAN_DRIVERS, serverArgument, usualDriver } from '../ports/scan-target.ts';
import type { RegisterTarget } from './register-device.ts';

/** The flags of `read` and `write` alike. */
export const TARGET_FLAGS = {
  ...LINE_FLAGS,
  driver: { type: 'string' },
  'timeout-ms': { type: 'string' },
  'word-order': { type: 'string' },
  'byte-order': { type: 'string' },
  type: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** No dialogue of one request takes longer, milliseconds. */
export const LONGEST_RUN = 30_000;

type Flags = Readonly<Record<string, unknown>>;

/** The device that is asked, and the way to it; or the code of the fault in its place. */
export function targetOf(
  where: string,
  unitWord: string,
  flags: Flags,
  io: CliIo,
  help: string,
): RegisterTarget | ExitCode {
  const server = serverArgument(where);
  const port = server ?? portArgument(where, flags);
  if (port === undefined) return wrongArguments(io, wrongPort(where, flags), help);
  if (flags.driver !== undefined && !isScanDriver(flags.driver)) {
    return wrongArguments(io, `--driver is one of ${SCAN_DRIVERS.join(', ')}`, help);
  }
  const driver = isScanDriver(flags.driver) ? flags.driver : usualDriver(port);
  if (driver === 'modbus-tcp' && server === undefined) {
    return wrongArguments(io, 'modbus-tcp needs a server, and not a serial port', help);
  }
  const unit = wholeNumberFlag(unitWord, 0, 255);
  if (unit === undefined) return wrongArguments(io, 'UNIT is 0 to 255', help);
  const timeoutMs = wholeNumberFlag(flags['timeout-ms'] ?? '1000', 20, 10_000);
  if (timeoutMs === undefined) return wrongArguments(io, '--timeout-ms is 20 to 10000', help);
  return { port, driver, unit, timeoutMs };
}

/** The orders that the flags say; undefined where one is none. */
export function ordersOf(flags: Flags): { wordOrder: 'big' | 'little'; byteOrder: 'big' | 'little' } | undefined {
  const [wordOrder, byteOrder] = [flags['word-order'] ?? 'big', flags['byte-order'] ?? 'big'];
  if ((wordOrder !== 'big' && wordOrder !== 'little') || (byteOrder !== 'big' && byteOrder !== 'little'))
    return undefined;
  return { wordOrder, byteOrder };
}

/** Says why the port can not be used, and which program holds it. */
export function portFailed(thrown: unknown, { port }: RegisterTarget, io: CliIo): ExitCode {
  const { code } = toFault(thrown);
  io.err(`${FAULTS[code].message}. ${FAULTS[code].advice}`);
  if (code === 'port/busy' && 'path' in port) for (const line of describeHolders(port.path)) io.err(line);
  return EXIT.internal;
}
