import type { SerialPortConfig, TcpPortConfig } from '../../../config/config.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { toFault } from '../../../drivers/contract/fault.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';
import { portTiming } from '../../../drivers/port/create.ts';
import { openCatalogue } from '../../../drivers/registry/loader.ts';
import { SystemClock } from '../../clock/system-clock.ts';
import type { CliProcess } from '../io.ts';
import { meterLines } from '../ports/meter-lines.ts';
import { type FittingModel, modelFinder } from '../ports/naming/model-finder.ts';
import { deviceLine, modelLine } from '../ports/naming/model-words.ts';
import { scanLine } from '../ports/scan-line.ts';
import { findMeters } from '../ports/scan-meters.ts';
import type { ScanDriver } from '../ports/scan-target.ts';
import { sweepLine } from '../ports/sweep.ts';
import type { FoundBus, FoundEntry } from './config-text.ts';

/** A port as it was named, and how it is asked. */
export interface Wish {
  readonly port: SerialPortConfig | TcpPortConfig;
  readonly driver: ScanDriver | 'mbus';
  /** Speed and parity were not told: all usual ones are tried. */
  readonly isOpen: boolean;
}

export interface Search {
  readonly units: readonly number[];
  /** PutQuestion too, at the settings at which one of those answers. */
  readonly others: readonly number[];
  readonly timeoutMs: number;
}

/** These bring their usual points, and need no option. */
const COMPLETE = new Set(['dsmr-p1', 'sml', 'vedirect', 'nmea0183', 'dlms-push']);

/** Asks what is on a port, by the machinery of `scan`. A port that can not be had is told, and is a bus without devices. */
export async function findDevices(wish: Wish, search: Search, io: CliProcess): Promise<FoundBus> {
  const { port, driver } = wish;
  const alone = (remark: string): FoundBus => ({ port, devices: [], remark });
  if (driver === 'mbus') return meters(wish, search, io);
  if (!('host' in port)) {
    const clock = new SystemClock();
    const all = { baud: wish.isOpen, parity: wish.isOpen };
    const request = { driver, clock, json: false, listenMs: 300, timeoutMs: search.timeoutMs };
    const first = search.units.filter(isSerialUnit);
    const swept = await sweepLine({ ...request, port, all, units: first }, io);
    const at = swept.port ?? port;
    if (swept.heard !== undefined) return heard(at, swept.heard);
    if (swept.found === undefined) return alone(NOBODY);
    const others = search.others.filter((unit) => isSerialUnit(unit) && !first.includes(unit));
    const alike = { ...request, port: { ...port, ...at }, all: { baud: false, parity: false }, units: others };
    const more = others.length === 0 || io.stopping.aborted ? [] : ((await sweepLine(alike, io)).found ?? []);
    const models = new Map<number, readonly FittingModel[]>();
    for (const { unit, models: fitting } of [...swept.found, ...more]) models.set(unit, fitting);
    return { port: at, devices: unitEntries(models, driver) };
  }
  const models = await server(port, driver, search, io);
  return models.size === 0 ? alone(NOBODY) : { port, devices: unitEntries(models, driver) };
}

/** The addresses of a serial line (Modbus over Serial Line V1.02, 2.2). */
function isSerialUnit(unit: number): boolean {
  return unit >= 1 && unit <= 247;
}

const NOBODY = 'Nobody answered here: `fieldward scan` looks further. Its devices go under `devices`.';

async function server(port: TcpPortConfig, driver: ScanDriver, { units, timeoutMs }: Search, io: CliProcess) {
  const models = new Map<number, readonly FittingModel[]>();
  const catalogue = openCatalogue();
  const common = { timeout: milliseconds(timeoutMs), clock: new SystemClock(), signal: io.stopping };
  try {
    const name = await modelFinder({
      ...common,
      catalogue,
      driver: await catalogue.load(driver),
      line: portTiming(port),
    });
    await scanLine(
      { ...common, port, driver, units, listen: milliseconds(0), name },
      {
        found: (unit, { fault }) => {
          if (fault !== 'modbus/checksum' && fault !== 'modbus/truncated') models.set(unit, []);
        },
        named(unit, fitting) {
          models.set(unit, fitting);
          io.err(modelLine(unit, fitting));
        },
        asked: () => undefined,
      },
    );
  } catch (thrown) {
    const { message, advice } = FAULTS[toFault(thrown).code];
    io.err(`${message}. ${advice}`);
  }
  return models;
}

function unitEntries(models: ReadonlyMap<number, readonly FittingModel[]>, driver: string): readonly FoundEntry[] {
  return [...models]
    .sort(([a], [b]) => a - b)
    .map(([unit, fitting]) => ({
      ...{ id: `unit-${unit}`, driver: fitting[0]?.driver ?? driver, profile: fitting[0]?.profile },
      lines: (id) => [deviceLine(unit, driver, fitting, { id })],
    }));
}

/** A device that talks by itself is one of its own, where it needs nothing else to be told. */
function heard(port: FoundBus['port'], driver: string): FoundBus {
  if (!COMPLETE.has(driver)) {
    return {
      port,
      devices: [],
      remark: `Something talks here by itself: its driver may be ${driver}, see \`fieldward listen\`.`,
    };
  }
  const lines = (id: string) => [`- { id: ${id}, driver: ${driver} }`];
  return { port, devices: [{ id: driver, driver, speaks: true, lines }] };
}

async function meters({ port }: Wish, { units }: Search, io: CliProcess): Promise<FoundBus> {
  const devices: FoundEntry[] = [];
  const request = { port, search: units, beginMs: undefined, clock: new SystemClock(), signal: io.stopping };
  await findMeters(request, io, (device, records) => {
    const [first = '', ...rest] = meterLines(device, records);
    const [, id] = /^- id: ([a-z0-9-]+)$/.exec(first) ?? [];
    // several that answer at once are none
    if (id === undefined || records.length === 0) return;
    devices.push({ id, driver: 'mbus', lines: (name) => [`- id: ${name}`, ...rest] });
  });
  return { port, devices, ...(devices.length === 0 && { remark: NOBODY }) };
}
