import type { Device, Driver, PortFacts } from '../drivers/contract/driver.ts';
import { toFault } from '../drivers/contract/fault.ts';
import { FAULTS, type FaultCode } from '../drivers/contract/faults.ts';
import type { Identity } from '../drivers/contract/identity.ts';
import type { LineTiming } from '../drivers/contract/port.ts';
import { type Catalogue, conflictsOf, costModelOf, tryCreate } from '../drivers/registry/loader.ts';
import { isDriverName } from '../drivers/registry/name.ts';
import type { FileFinder } from './credentials/credentials.ts';
import { readDeviceSecrets } from './credentials/device-secrets.ts';
import { conflictFindings, doubtFindings, doubtsAbout, pacingWarnings } from './device-findings.ts';
import { AMOUNTS, LIMITS } from './limits.ts';
import { meaningRules } from './meaning.ts';
import type { Finding, Path, Problem } from './problem.ts';
import { type LaidPoint, layPoints, profileNames, readProfile, takesProfiles } from './profile.ts';
import type { OwnProfiles } from './profiles/own.ts';
import type { Profile } from './profiles/schema.ts';
import { interlockRules, interlockValueRules, type PlacedPoint, rangeWarnings } from './rules/write-limits.ts';
import { deviceShape } from './schema/device.ts';
import { asNumber, asText, get, isMapping, list, type Mapping } from './source/data.ts';
import { nearest } from './source/known-keys.ts';
import { oneOf, REQUIRED, validated } from './source/words.ts';

/** The outcome of loading a driver: the driver, or the code of why not. */
export type DriverOutcome =
  | { readonly loaded: true; readonly driver: Driver }
  | { readonly loaded: false; readonly fault: FaultCode };

/** A device after its driver has looked at it. */
export interface PreparedDevice {
  /** With the profile's. */
  readonly options: Mapping;
  readonly points: readonly Mapping[];
  /** Of the file, or of its profile. */
  readonly minGapMs: number;
  /** The model's identity in the profile. */
  readonly identity: Pick<Identity, 'maker' | 'model'>;
  /** As they stand in the file: of the device and of its profile. */
  readonly placed: readonly PlacedPoint[];
  /** Absent where its driver can not run, or something in it is wrong. */
  readonly device: Device | undefined;
  /** Devices with the same one cost the same on the same line; absent: none is known to be like it. */
  readonly model?: string | undefined;
}

interface Preparing {
  readonly own: Mapping;
  readonly points: readonly Mapping[];
  readonly minGapMs: number | undefined;
  readonly raw: unknown;
  readonly path: Path;
  readonly line: LineTiming | undefined;
  readonly port: PortFacts;
}

/** Lets drivers check their own part of the config. One instance for one reading of the config. */
export class DeviceChecker {
  readonly findings: Finding[] = [];
  /** The faults in profiles of the operator's own, each once. */
  readonly problems: Problem[] = [];
  readonly warnings: Finding[] = [];
  readonly drivers = new Map<string, DriverOutcome>();
  readonly #catalogue: Catalogue;
  readonly #find: FileFinder;
  readonly #own: OwnProfiles;
  readonly #profiles = new Map<string, Promise<Known>>();

  /**
   * @param find where the credential files of devices are
   * @param own the profiles beside the config
   */
  constructor(catalogue: Catalogue, find: FileFinder, own: OwnProfiles) {
    this.#catalogue = catalogue;
    this.#find = find;
    this.#own = own;
  }

  /**
   * @param raw the device as it was read
   * @param line undefined where the port is wrong: then the device is checked but not made
   * @param port what the driver may find doubtful
   */
  async prepare(raw: unknown, path: Path, line: LineTiming | undefined, port: PortFacts = {}): Promise<PreparedDevice> {
    const own = get(raw, 'options') ?? {};
    const points = list(get(raw, 'points')).filter(isMapping);
    const minGapMs = ownGap(raw);
    const unprepared = {
      options: isMapping(own) ? own : {},
      points,
      minGapMs: minGapMs ?? LIMITS.device.minGapMs.default,
      identity: {},
      placed: [],
      device: undefined,
    };
    const driver = await this.#driver(get(raw, 'driver'), [...path, 'driver']);
    if (driver === undefined || !isMapping(own)) return unprepared;
    try {
      return await this.#prepareWith(driver, { own, points, minGapMs, raw, path, line, port });
    } catch {
      // a schema that throws: see `#mistaken`
      this.#mistaken(path);
      return unprepared;
    }
  }

  async #prepareWith(
    driver: Driver,
    { own, points, minGapMs, raw, path, line, port }: Preparing,
  ): Promise<PreparedDevice> {
    const before = this.findings.length;
    const profile = await this.#profile(driver, own, [...path, 'options', 'profile']);
    const options = { ...profile?.options, ...own };
    const checked = validated(driver.options, options, [...path, 'options']);
    if (!checked.ok) this.findings.push(...checked.findings);
    this.warnings.push(...pacingWarnings(profile, raw, own, path));
    // with points of its own a device could be like no other
    const isModel = profile !== undefined && points.length === 0;
    const laid = layPoints(profile?.points ?? [], points);
    // Without its profile nobody knows what a point that is laid over it lacks.
    const partial = profile === undefined && get(own, 'profile') !== undefined;
    const placed = placedPoints(laid, list(get(raw, 'points')), path);
    // a profile's own were judged with it
    if (!isModel) this.#checkPoints(driver, placed, { partial, path });
    const secrets = await readDeviceSecrets(driver, options, [...path, 'options'], this.#find);
    this.findings.push(...secrets.findings);
    this.warnings.push(...secrets.warnings);
    const prepared = {
      options: { ...options, ...secrets.files },
      points: isModel ? profile.points : laid.map(({ point }) => point),
      minGapMs: minGapMs ?? profile?.minGapMs ?? LIMITS.device.minGapMs.default,
      identity: profile === undefined ? {} : { maker: profile.maker, model: profile.model },
      placed,
      device: undefined,
    };
    if (this.findings.length > before || line === undefined) return prepared;
    const setup = Object.freeze({ options, points: prepared.points, line, secrets: secrets.contents });
    this.findings.push(...conflictFindings(conflictsOf(driver, setup), placed, path));
    if (this.findings.length > before) return prepared;
    const device = this.#create(driver, setup, path);
    if (device !== undefined) {
      this.findings.push(...interlockValueRules(placed, device), ...meaningRules(placed, device.points));
      this.warnings.push(...rangeWarnings(placed, device));
      // a setting of two sources is proven, and not doubted: an address of 40960 is right where both have it
      const proven = (profile?.sources.length ?? 0) >= 2;
      const unproven = laid.flatMap(({ index }, at) => (proven && index === undefined ? [] : [at]));
      this.warnings.push(...doubtFindings(doubtsAbout(driver, setup, port, unproven), placed, path));
    }
    return { ...prepared, device, model: isModel ? costModelOf(driver, setup) : undefined };
  }

  async #driver(name: unknown, path: Path): Promise<Driver | undefined> {
    // Anything else is the schema's to refuse.
    if (!isDriverName(name)) return undefined;
    if (!this.#catalogue.names.includes(name)) {
      this.findings.push({ path, message: oneOf(this.#catalogue.names) });
      return undefined;
    }
    const outcome = this.drivers.get(name) ?? (await loadOutcome(this.#catalogue, name));
    this.drivers.set(name, outcome);
    if (outcome.loaded) return outcome.driver;
    // The file is not to blame: the device stays unloaded, and all others run.
    this.warnings.push({
      path,
      message: `${FAULTS[outcome.fault].message} (${outcome.fault}); the device will not run`,
    });
    return undefined;
  }

  async #profile(driver: Driver, options: Mapping, path: Path): Promise<Profile | undefined> {
    const name = asText(get(options, 'profile'));
    if (name === undefined || !takesProfiles(driver)) return undefined;
    const key = `${driver.name}/${name}`;
    const reading = this.#profiles.get(key) ?? this.#readProfile(driver, name);
    this.#profiles.set(key, reading);
    const { profile, message } = await reading;
    if (message !== undefined) this.findings.push({ path, message });
    return profile;
  }

  async #readProfile(driver: Driver, name: string): Promise<Known> {
    const names = await profileNames(this.#catalogue.folder, driver.name);
    // Looked up among the files that there are; the name itself never becomes a path.
    const known = names.find((candidate) => candidate === name);
    if (known !== undefined) {
      if (await this.#own.has(known))
        return { message: 'is shipped, and a profile of your own has its name: rename yours' };
      const profile = await readProfile(this.#catalogue.folder, driver, known);
      return profile === undefined ? { message: 'the profile is damaged: reinstall the package' } : { profile };
    }
    const own = await this.#own.read(name, driver);
    if (own.state === 'read') return { profile: own.profile };
    if (own.state === 'refused') {
      this.problems.push(...own.problems);
      return { message: 'is a profile of your own that is refused' };
    }
    return { message: unknownProfile(name, [...names, ...(await this.#own.names())]) };
  }

  #checkPoints(
    driver: Driver,
    placed: readonly PlacedPoint[],
    { partial, path }: { partial: boolean; path: Path },
  ): void {
    const names = new Set<string>();
    for (const { point, place } of placed) {
      // the profile's own were judged with it
      const checked = place.at(-1) === 'profile' ? undefined : validated(driver.point, point, place);
      const found = checked === undefined || checked.ok ? [] : checked.findings;
      this.findings.push(...found.filter(({ message }) => !partial || message !== REQUIRED));
      const name = asText(get(point, 'name'));
      if (name !== undefined && names.has(name)) {
        this.findings.push({ path: [...place, 'name'], message: 'another point of the device has this name' });
      }
      if (name !== undefined) names.add(name);
    }
    if (!partial) this.findings.push(...interlockRules(placed));
    if (placed.length > AMOUNTS.pointsPerDevice) {
      const message = `must be at most ${AMOUNTS.pointsPerDevice} together with those of the profile`;
      this.findings.push({ path: [...path, 'points'], message });
    }
  }

  #create(driver: Driver, setup: Parameters<typeof tryCreate>[1], path: Path): Device | undefined {
    const made = tryCreate(driver, setup);
    if (made.state === 'made') return made.device;
    const { code } = made.fault;
    if (made.state === 'failed') this.#mistaken(path);
    else this.findings.push({ path, message: `${FAULTS[code].message} (${code})` });
    return undefined;
  }

  /** The driver failed, and not the config: that device is `unloaded`, and all others run. */
  #mistaken(path: Path): void {
    const message = `${FAULTS['driver/create'].message} (driver/create); the device will not run`;
    this.warnings.push({ path, message });
  }
}

function placedPoints(laid: readonly LaidPoint[], written: readonly unknown[], path: Path): readonly PlacedPoint[] {
  // the laid points count only mappings, and the file may have others between them
  const places = written.flatMap((entry, index) => (isMapping(entry) ? [index] : []));
  const ofProfile = [...path, 'options', 'profile'];
  return laid.map(({ point, index }) => {
    return { point, place: index === undefined ? ofProfile : [...path, 'points', places[index] ?? index] };
  });
}

/** A profile, or why there is none. */
interface Known {
  readonly profile?: Profile;
  readonly message?: string;
}

function unknownProfile(name: string, names: readonly string[]): string {
  if (names.length > 0 && names.length <= 12) return oneOf(names);
  const near = nearest(name, names);
  return near === undefined
    ? 'must be a profile; see `fieldward profiles`'
    : `there is no such profile; did you mean \`${near}\`?`;
}

/** A gap that is refused for itself counts as not written. */
function ownGap(raw: unknown): number | undefined {
  const written = get(raw, 'minGapMs');
  return written === undefined ? undefined : deviceShape.minGapMs.safeParse(written).data;
}

async function loadOutcome(catalogue: Catalogue, name: string): Promise<DriverOutcome> {
  try {
    return { loaded: true, driver: await catalogue.load(name) };
  } catch (thrown) {
    return { loaded: false, fault: toFault(thrown).code };
  }
}

/** The shortest period that a device's points promise; 0: none. */
export function shortestPeriod(raw: unknown, points: readonly Mapping[], fallback: number): number {
  const device = asNumber(get(raw, 'pollMs')) ?? fallback;
  const periods = points.map((point) => asNumber(get(point, 'pollMs')) ?? device);
  return Math.min(...(periods.length > 0 ? periods : [device]));
}
