import type { BusConfig, SerialPortConfig } from '../../../config/config.ts';
import type { Device } from '../../../drivers/contract/driver.ts';
import { portTiming } from '../../../drivers/port/create.ts';
import { openCatalogue, tryCreate } from '../../../drivers/registry/loader.ts';
import { findDevice, loadNamed } from '../find.ts';
import { type CliIo, EXIT, type ExitCode } from '../io.ts';
import { sunspecDriverFor } from '../ports/naming/sunspec-unit.ts';
import { portArgument, wholeNumberFlag, wrongPort } from '../ports/port-argument.ts';
import { serverArgument, usualDriver } from '../ports/scan-target.ts';

/** The device that is asked or heard, and its place. */
export interface IdentifyTarget {
  readonly port: BusConfig['port'];
  readonly driver: string;
  readonly device: Device;
  /** A further way to ask the same device, where nobody said by which driver. */
  readonly also?: IdentifyTarget | undefined;
}

type Line = Pick<SerialPortConfig, 'baudRate' | 'dataBits' | 'parity'>;

interface KnownDriver {
  /** How its lines are set as a rule; absent: 9600 8N1. */
  readonly line?: Line;
  /** The option that `--unit` is. */
  readonly unit?: 'unit' | 'address';
  readonly usualUnit?: number;
  readonly options?: Readonly<Record<string, unknown>>;
}

const MODBUS: KnownDriver = { unit: 'unit', usualUnit: 1, options: { anyUnit: true } };

/** Drivers that need to be told no more than a number. */
const KNOWN: Readonly<Record<string, KnownDriver>> = {
  'modbus-rtu': MODBUS,
  'modbus-ascii': MODBUS,
  'modbus-tcp': MODBUS,
  'sunspec-rtu': MODBUS,
  'sunspec-tcp': MODBUS,
  mbus: { unit: 'address', line: { baudRate: 2400, dataBits: 8, parity: 'even' } },
  sdi12: { unit: 'address', usualUnit: 0, line: { baudRate: 1200, dataBits: 7, parity: 'even' } },
  'iec62056-21': { line: { baudRate: 300, dataBits: 7, parity: 'even' } },
  'dsmr-p1': { line: { baudRate: 115_200, dataBits: 8, parity: 'none' } },
  'dlms-push': { line: { baudRate: 2400, dataBits: 8, parity: 'even' } },
  sml: {},
  vedirect: { line: { baudRate: 19_200, dataBits: 8, parity: 'none' } },
  nmea0183: {},
};

export const KNOWN_DRIVERS: readonly string[] = Object.keys(KNOWN);

/** The flags that say how a PATH or a server is asked. */
export const IDENTIFY_FLAGS = {
  driver: { type: 'string' },
  unit: { type: 'string' },
  'timeout-ms': { type: 'string' },
} as const;

type Flags = Readonly<Record<string, unknown>>;

/** A device of the config. @returns the exit code where that says it already */
export async function configured(id: string, config: unknown, io: CliIo): Promise<IdentifyTarget | ExitCode> {
  const loaded = await loadNamed(config, io);
  if (!loaded) return EXIT.config;
  const found = findDevice(loaded, id);
  const device = loaded.devices.get(id);
  if (found === undefined || device === undefined) {
    io.err(
      `fieldward: ${found === undefined ? 'the config has no such device' : 'the driver of that device can not run'}`,
    );
    return found === undefined ? EXIT.usage : EXIT.internal;
  }
  const [{ port }, { driver }] = found;
  return { port, driver, device };
}

/**
 * The device on a port or behind a server, as the flags name it.
 * @returns or the fault of the flags, in words that repeat no value
 * @throws Fault of a driver that can't be loaded
 */
export async function named(where: string, flags: Flags): Promise<IdentifyTarget | string> {
  const server = serverArgument(where);
  const given = flags.driver;
  if (given !== undefined && (typeof given !== 'string' || !Object.hasOwn(KNOWN, given))) {
    return `--driver is one of ${KNOWN_DRIVERS.join(', ')}`;
  }
  const name = typeof given === 'string' ? given : server === undefined ? 'modbus-rtu' : usualDriver(server);
  if (name.endsWith('-tcp') && server === undefined) return `${name} needs a server, and not a serial port`;
  const target = await targetFor(name, where, flags);
  const sunspec = given === undefined ? sunspecDriverFor(name) : undefined;
  if (typeof target === 'string' || sunspec === undefined) return target;
  const also = await targetFor(sunspec, where, flags);
  return typeof also === 'string' ? target : { ...target, also };
}

async function targetFor(name: string, where: string, flags: Flags): Promise<IdentifyTarget | string> {
  const server = serverArgument(where);
  const known = KNOWN[name] ?? {};
  const line = known.line === undefined ? flags : { ...flagsOf(known.line), ...flags };
  const port = server ?? portArgument(where, line);
  if (port === undefined) return wrongPort(where, line);
  const options = optionsOf(known, flags);
  if (typeof options === 'string') return options;
  const driver = await openCatalogue().load(name);
  const made = tryCreate(driver, { options, points: [], line: portTiming(port) });
  if (made.state !== 'made') return known.unit === 'address' ? '--unit is the address, as the driver takes it' : UNFIT;
  return { port, driver: name, device: made.device };
}

const UNFIT = 'the driver does not take these options: name a device of a config instead';

function optionsOf(
  { unit, usualUnit, options = {} }: KnownDriver,
  flags: Flags,
): Readonly<Record<string, unknown>> | string {
  const number = flags.unit === undefined ? usualUnit : wholeNumberFlag(flags.unit, 0, 255);
  if (unit === undefined && flags.unit !== undefined) return 'this driver has no --unit';
  if (unit !== undefined && number === undefined) return '--unit is 0 to 255: the unit or address of the device';
  const timeoutMs = flags['timeout-ms'] === undefined ? undefined : wholeNumberFlag(flags['timeout-ms'], 20, 5000);
  if (flags['timeout-ms'] !== undefined && timeoutMs === undefined) return '--timeout-ms is 20 to 5000';
  return {
    ...options,
    ...(unit !== undefined && { [unit]: number }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}

function flagsOf({ baudRate, dataBits, parity }: Line): Flags {
  return { baud: String(baudRate), 'data-bits': String(dataBits), parity };
}
