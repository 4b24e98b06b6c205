import { profileNames, readProfile } from '../../../config/profile.ts';
import { isCertain, meets, probedPoint } from '../../../config/profiles/probes.ts';
import type { Probe, Profile } from '../../../config/profiles/schema.ts';
import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import type { Driver } from '../../../drivers/contract/driver.ts';
import { type Duration, milliseconds } from '../../../drivers/contract/duration.ts';
import { toFault } from '../../../drivers/contract/fault.ts';
import type { LineTiming } from '../../../drivers/contract/port.ts';
import type { Value } from '../../../drivers/contract/reading.ts';
import { type Catalogue, createDevice } from '../../../drivers/registry/loader.ts';
import type { Outcome } from '../../bus/dialogue/inquiry.ts';
import type { Clock } from '../../clock/clock.ts';

/** A profile whose probe fits a unit. */
export interface FittingModel {
  readonly profile: Profile;
  /** False: its values are plausible, and those of other models may be too. */
  readonly certain: boolean;
}

/** Asks one unit what the probes of the profiles want to know. Reads, and never writes. */
export type NameUnit = (
  unit: number,
  ask: (dialogue: Dialogue) => Promise<Outcome>,
) => Promise<readonly FittingModel[]>;

export interface ModelSearch {
  readonly catalogue: Catalogue;
  readonly driver: Driver;
  readonly line: LineTiming;
  readonly timeout: Duration;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** So many registers are looked at for one unit, at the most. */
const MOST_READS = 64;
/** Rest before each: the longest that a shipped profile asks for. */
const REST = milliseconds(100);
/** An old answer may still come: so often the question is put again. */
const PENDING_TRIES = 8;
/** How long an answer to a question of a probe may be late, milliseconds. */
const LATE_MS = 500;

/** The shipped profiles with a probe, those that name their model for certain first. */
export async function modelFinder(search: ModelSearch): Promise<NameUnit> {
  const { catalogue, driver } = search;
  const names = await profileNames(catalogue.folder, driver.name);
  const read = await Promise.all(names.map((name) => readProfile(catalogue.folder, driver, name)));
  const probed = read.flatMap((profile) => (profile?.probe === undefined ? [] : [{ profile, probe: profile.probe }]));
  const sorted = probed.toSorted((a, b) => Number(isCertain(b.probe)) - Number(isCertain(a.probe)));
  return async (unit, ask) => {
    const values = new Map<string, Value | undefined>();
    const fitting: FittingModel[] = [];
    for (const { profile, probe } of sorted) {
      const certain = isCertain(probe);
      if (!certain && fitting.some((each) => each.certain)) break;
      if (await fits(search, { unit, ask, profile, probe, values })) fitting.push({ profile, certain });
    }
    return fitting;
  };
}

interface Fitting {
  readonly unit: number;
  readonly ask: (dialogue: Dialogue) => Promise<Outcome>;
  readonly profile: Profile;
  readonly probe: readonly Probe[];
  /** What was read of the unit before, by the point that was read. */
  readonly values: Map<string, Value | undefined>;
}

async function fits(search: ModelSearch, fitting: Fitting): Promise<boolean> {
  const { unit, ask, profile, probe, values } = fitting;
  for (const part of probe) {
    const point = probedPoint(profile.points, part, 'probed');
    const { wordOrder, byteOrder } = profile.options;
    const key = JSON.stringify([point, wordOrder, byteOrder]);
    if (!values.has(key)) {
      if (values.size >= MOST_READS) return false;
      const options = { ...profile.options, unit, anyUnit: true, timeoutMs: search.timeout, lateMs: LATE_MS };
      values.set(key, await valueSeen(search, ask, { options, point }));
    }
    const value = values.get(key);
    if (value === undefined || !meets(part, value)) return false;
  }
  return true;
}

/** Undefined: the unit refuses it, is silent, or can not be asked for it. */
async function valueSeen(
  { driver, line, clock, signal }: ModelSearch,
  ask: Fitting['ask'],
  { options, point }: { readonly options: object; readonly point: object },
): Promise<Value | undefined> {
  const device = createDevice(driver, { options, points: [point], line });
  const [dialogue] = device.kind === 'poll' ? device.plan(['probed']) : [];
  if (dialogue === undefined) return undefined;
  for (let tries = 1; ; tries += 1) {
    await clock.sleep(REST, signal);
    try {
      const outcome = await ask(dialogue);
      return outcome.ok ? outcome.samples[0]?.value : undefined;
    } catch (thrown) {
      if (toFault(thrown).code !== 'bus/answer-pending') throw thrown;
      if (tries === PENDING_TRIES) return undefined;
    }
  }
}

/** What to print of a unit, and what to paste into the config. */
export function modelLine(unit: number, fitting: readonly FittingModel[]): string {
  const words = fitting.map(({ profile }) => `${profile.maker} ${profile.model} (${profile.name})`).join('; or ');
  return `unit ${unit}: ${fitting.some(({ certain }) => certain) ? 'is' : 'may be'} ${words}`;
}

/** The same for programs. */
export function modelsOf(fitting: readonly FittingModel[]): readonly object[] {
  return fitting.map(({ profile: { name, maker, model }, certain }) => ({ profile: name, maker, model, certain }));
}

/** A device of the config; one that no profile fits has its first register alone. */
export function deviceLine(
  unit: number,
  driver: string,
  fitting: readonly FittingModel[],
  id = `unit-${unit}`,
): string {
  const [first, ...others] = fitting.map(({ profile }) => profile.name);
  const more = unit >= 1 && unit <= 247 ? '' : ', anyUnit: true';
  const head = `- { id: ${id}, driver: ${driver}, options: { unit: ${unit}${more}`;
  if (first === undefined) return `${head} }, points: [{ name: first, register: holding, address: 0, type: uint16 }] }`;
  const doubt = others.length === 0 ? '' : ` # or ${others.join(', ')}`;
  return `${head}, profile: ${first} } }${doubt}`;
}
