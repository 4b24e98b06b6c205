import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Conflict, Device, Doubt, Driver, PortFacts, RegisterContents, Setup } from '../contract/driver.ts';
import { Fault } from '../contract/fault.ts';
import type { LineTiming } from '../contract/port.ts';
import type { Sample } from '../contract/reading.ts';
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

/** The parts that the catalogue stands on; all of them are given by the code, none by an operator. */
export interface CatalogueParts {
  readonly table?: DriverTable;
  /** A `drivers` folder; when built, its chunks lie beside it. */
  readonly folder?: string;
  readonly integrity?: Integrity;
}

/** The catalogue of this build. The parts are for tests; the agent in the field passes none. */
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

/** The setup that `createDevice` gets: options and points as the config holds them. */
export interface DeviceSetup {
  readonly options: unknown;
  readonly points: readonly unknown[];
  readonly line: LineTiming;
  readonly secrets?: ReadonlyMap<string, Uint8Array> | undefined;
}

/**
 * The outcome of making a device: made; refused, because its driver says that options and points are wrong; or failed,
 * because the driver threw no fault but something else, or made no device: then the config is not to blame.
 */
export type Creation =
  | { readonly state: 'made'; readonly device: Device }
  | { readonly state: 'refused' | 'failed'; readonly fault: Fault };

/** Checks options and points with the driver's own schemas and makes the device. Never throws. */
export function tryCreate(driver: Driver, setup: DeviceSetup): Creation {
  let whole: Setup<unknown, unknown>;
  try {
    whole = parsed(driver, setup);
  } catch (thrown) {
    return {
      state: thrown instanceof Fault ? 'refused' : 'failed',
      fault: new Fault('driver/options', undefined, thrown),
    };
  }
  try {
    const device = driver.create(whole);
    return isDevice(device) ? { state: 'made', device } : { state: 'failed', fault: new Fault('driver/create') };
  } catch (thrown) {
    if (thrown instanceof Fault) return { state: 'refused', fault: thrown };
    return { state: 'failed', fault: new Fault('driver/create', undefined, thrown) };
  }
}

/**
 * The same for callers that have no use for a device that was not made.
 * @throws Fault `driver/options`, `driver/create`; a fault of the driver's `create` comes as it is
 */
export function createDevice(driver: Driver, setup: DeviceSetup): Device {
  const made = tryCreate(driver, setup);
  if (made.state === 'made') return made.device;
  throw made.fault;
}

/** The driver's conflicts in a setup whose parts are right for themselves; none where the driver fails at that. */
export function conflictsOf(driver: Driver, setup: DeviceSetup): readonly Conflict[] {
  return judged(driver, setup, (whole) => driver.conflicts?.(whole));
}

/** The driver's doubts about a setup of which it made a device; none where it fails at that. */
export function doubtsOf(driver: Driver, setup: DeviceSetup, port: PortFacts): readonly Doubt[] {
  return judged(driver, setup, (whole) => driver.doubts?.(whole, port));
}

/**
 * Devices of which it is the same, with the same points and on the same line, cost the same; undefined where the driver
 * does not say, or fails at that.
 */
export function costModelOf(driver: Driver, setup: DeviceSetup): string | undefined {
  try {
    const options = driver.costOptions?.(parsed(driver, setup).options);
    return options === undefined ? undefined : JSON.stringify([driver.name, options]);
  } catch {
    return undefined;
  }
}

/** The samples of what a device of this setup would hold; nothing where the driver fails at that. */
export function decodedBy(driver: Driver, setup: DeviceSetup, contents: RegisterContents): readonly Sample[] {
  return judged(driver, setup, (whole) => driver.decode?.(whole, contents));
}

function judged<T>(
  driver: Driver,
  setup: DeviceSetup,
  judge: (setup: Setup<unknown, unknown>) => readonly T[] | undefined,
): readonly T[] {
  try {
    return judge(parsed(driver, setup)) ?? [];
  } catch {
    return [];
  }
}

/** Of each driver the setups that it has parsed: one is judged several times over. */
const SETUPS = new WeakMap<Driver, WeakMap<DeviceSetup, Setup<unknown, unknown>>>();

/** @throws Fault `driver/options` for a setup that the schemas refuse; any other error of a schema as it is */
function parsed(driver: Driver, setup: DeviceSetup): Setup<unknown, unknown> {
  const known = SETUPS.get(driver) ?? new WeakMap<DeviceSetup, Setup<unknown, unknown>>();
  SETUPS.set(driver, known);
  const found = Object.isFrozen(setup) ? known.get(setup) : undefined;
  const whole = found ?? parsedAnew(driver, setup);
  known.set(setup, whole);
  return whole;
}

function parsedAnew({ options, point }: Driver, setup: DeviceSetup): Setup<unknown, unknown> {
  const parse = (schema: Driver['options'], value: unknown): unknown => {
    const result = schema.safeParse(value);
    if (!result.success) throw new Fault('driver/options');
    return result.data;
  };
  return {
    options: parse(options, setup.options),
    points: parsedPoints(point, setup.points, (each) => parse(point, each)),
    line: setup.line,
    secrets: setup.secrets,
  };
}

/** Of each schema the points that it has parsed, and their lists, as long as anybody holds them. */
const PARSED = new WeakMap<object, WeakMap<object, unknown>>();

/**
 * The points of a profile are the same objects, in the same list, for all devices of its model: hundreds of meters share
 * them, and the schema's result of them. Nobody changes either.
 */
function parsedPoints(
  schema: Driver['point'],
  points: readonly unknown[],
  parse: (point: unknown) => unknown,
): readonly unknown[] {
  const list = () => points.map((each) => once(schema, each, () => parse(each)));
  return once(schema, points, () => Object.freeze(list()));
}

function once<T>(schema: Driver['point'], given: unknown, make: () => T): T {
  if (typeof given !== 'object' || given === null || !Object.isFrozen(given)) return make();
  const known = PARSED.get(schema) ?? new WeakMap<object, unknown>();
  PARSED.set(schema, known);
  const found = (known.get(given) as T | undefined) ?? make();
  known.set(given, found);
  return found;
}
