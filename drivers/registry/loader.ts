import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Conflict, Device, Doubt, Driver, PortFacts, Setup } from '../contract/driver.ts';
import { Fault } from '../contract/fault.ts';
import type { LineTiming } from '../contract/port.ts';
import { type Integrity, integrityOf, verifyDriver } from './integrity.ts';
import { readManifest } from './manifest.ts';
import { isDriverName } from './name.ts';
import { isDevice, isDriverNamed } from './shape.ts';
import { DRIVERS, type DriverTable } from './table.ts';

/** All drivers of this build, loaded one by one as they are asked for. */
export interface Catalogue {
  /** The names of the table, sorted. */
  readonly names: readonly string[];
  /** The `drivers` folder of the running code: profiles lie in it, beside their driver. */
  readonly folder: string;
  /**
   * The driver of that name. Asked twice, it answers the same.
   * @throws Fault `driver/name`, `driver/unknown`, `driver/manifest`, `driver/altered`, `driver/import`, `driver/shape`
   */
  load(name: string): Promise<Driver>;
}

/** What the catalogue stands on; all of it is given by the code, nothing by an operator. */
export interface CatalogueParts {
  readonly table?: DriverTable;
  /** A `drivers` folder; when built, its chunks lie beside it. */
  readonly folder?: string;
  readonly integrity?: Integrity;
}

/** The catalogue of this build. The parts are for tests; what runs in the field passes none. */
export function openCatalogue(parts: CatalogueParts = {}): Catalogue {
  const table = parts.table ?? DRIVERS;
  const folder = parts.folder ?? join(rootOf(import.meta.url), 'drivers');
  const integrity = parts.integrity ?? integrityOf(import.meta.url);
  const loaded = new Map<string, Promise<Driver>>();
  return Object.freeze({
    names: Object.freeze(Object.keys(table).sort()),
    folder,
    async load(name: string): Promise<Driver> {
      // Steps 1 and 2 come before anything is kept, so that unknown names take no memory.
      if (!isDriverName(name)) throw new Fault('driver/name');
      const load = Object.hasOwn(table, name) ? table[name] : undefined;
      if (load === undefined) throw new Fault('driver/unknown');
      let driver = loaded.get(name);
      if (driver === undefined) {
        driver = loadOne(name, load, folder, integrity);
        loaded.set(name, driver);
      }
      return driver;
    },
  });
}

/**
 * The nearest folder above a module that holds a package.json: Node's own rule for which package a file belongs to.
 * In a bundle nobody knows how deep the chunk lies that this code is in.
 */
function rootOf(moduleUrl: string): string {
  for (let folder = dirname(fileURLToPath(moduleUrl)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) || folder === dirname(folder)) return folder;
  }
}

async function loadOne(name: string, load: DriverTable[string], folder: string, integrity: Integrity): Promise<Driver> {
  if (integrity === 'verify') {
    await verifyDriver(dirname(folder), name, await readManifest(folder));
  }
  let driver: unknown;
  try {
    driver = (await load()).driver;
  } catch (cause) {
    throw new Fault('driver/import', undefined, cause);
  }
  if (!isDriverNamed(name, driver)) throw new Fault('driver/shape');
  return driver;
}

/** What `createDevice` gets: options and points as the config holds them. */
export interface DeviceSetup {
  readonly options: unknown;
  readonly points: readonly unknown[];
  readonly line: LineTiming;
  readonly secrets?: ReadonlyMap<string, Uint8Array> | undefined;
}

/**
 * Checks options and points with the driver's own schemas and makes the device.
 * @throws Fault `driver/options`, `driver/create`; a fault of the driver's `create` comes as it is
 */
export function createDevice(driver: Driver, setup: DeviceSetup): Device {
  const options = parse(() => driver.options.safeParse(setup.options));
  const points = setup.points.map((point) => parse(() => driver.point.safeParse(point)));
  let device: Device;
  try {
    device = driver.create({ options, points, line: setup.line, secrets: setup.secrets });
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw new Fault('driver/create', undefined, thrown);
  }
  if (!isDevice(device)) throw new Fault('driver/create');
  return device;
}

/** What the driver finds wrong in a setup whose parts are right for themselves; nothing where it fails at that. */
export function conflictsOf(driver: Driver, setup: DeviceSetup): readonly Conflict[] {
  return judged(driver, setup, (whole) => driver.conflicts?.(whole));
}

/** What the driver finds doubtful in a setup of which it made a device; nothing where it fails at that. */
export function doubtsOf(driver: Driver, setup: DeviceSetup, port: PortFacts): readonly Doubt[] {
  return judged(driver, setup, (whole) => driver.doubts?.(whole, port));
}

function judged<T>(
  driver: Driver,
  setup: DeviceSetup,
  judge: (setup: Setup<unknown, unknown>) => readonly T[] | undefined,
): readonly T[] {
  try {
    const options = parse(() => driver.options.safeParse(setup.options));
    const points = setup.points.map((point) => parse(() => driver.point.safeParse(point)));
    return judge({ options, points, line: setup.line, secrets: setup.secrets }) ?? [];
  } catch {
    return [];
  }
}

function parse(check: () => ReturnType<Driver['options']['safeParse']>): unknown {
  let result: ReturnType<Driver['options']['safeParse']>;
  try {
    result = check();
  } catch (cause) {
    throw new Fault('driver/options', undefined, cause);
  }
  if (!result.success) throw new Fault('driver/options');
  return result.data;
}
