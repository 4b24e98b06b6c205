import { profileNames, readProfile } from '../../../../config/profile.ts';
import type { Profile } from '../../../../config/profiles/schema.ts';
import type { Driver } from '../../../../drivers/contract/driver.ts';
import type { FaultCode } from '../../../../drivers/contract/faults.ts';
import type { Catalogue } from '../../../../drivers/registry/loader.ts';
import { profileCandidate, sunspecCandidates } from './candidate.ts';
import { MOST_READS, ProbeSearch } from './probe-search.ts';
import { fittingProfiles, type SunspecUnit, sunspecDriverFor, sunspecUnit } from './sunspec-unit.ts';
import { type Ask, NO_FUNCTION, type QuestionSetup, questionMs, readFor } from './unit-questions.ts';

/** A model that a unit may be, and how the config reads it. */
export interface FittingModel {
  readonly driver: string;
  /** Absent: the driver's usual points. */
  readonly profile?: string;
  readonly maker: string;
  readonly model: string;
  readonly serial?: string | undefined;
  /** Options beside unit and profile. */
  readonly options?: Readonly<Record<string, number>>;
  /** False: its values are plausible, and those of other models may be too. */
  readonly certain: boolean;
}

/**
 * Asks one unit what the probes of the profiles want to know. Reads, and never writes.
 * @param first why it refused the question to which it answered first; undefined: it gave a value
 */
export type NameUnit = (unit: number, ask: Ask, first?: FaultCode) => Promise<readonly FittingModel[]>;

export interface FinderSetup extends QuestionSetup {
  readonly catalogue: Catalogue;
}

/** The words for the naming of a unit, in the estimate of a scan. */
export function namingEstimate(timeout: number): string {
  const seconds = Math.ceil((MOST_READS * questionMs(timeout)) / 1000);
  return `Each unit that answers is asked ${MOST_READS} questions more at the most, mostly fewer than 10: ${seconds} s where it is silent to all.`;
}

/** Names units by the shipped profiles with a probe, and by SunSpec. */
export async function modelFinder(setup: FinderSetup): Promise<NameUnit> {
  const { catalogue, driver } = setup;
  const sunspec = sunspecDriverFor(driver.name);
  const profiles = await profilesFor(catalogue, driver);
  const candidates = [
    ...profiles.flatMap((profile) => profileCandidate(profile) ?? []),
    ...(sunspec === undefined ? [] : sunspecCandidates()),
  ].toSorted((a, b) => Number(b.certain) - Number(a.certain));
  const sunspecProfiles = sunspec === undefined ? [] : await profilesFor(catalogue, await catalogue.load(sunspec));
  return async (unit, ask, first) => {
    const search = new ProbeSearch(candidates);
    // it was asked for a holding register
    if (first === NO_FUNCTION) search.lacks('holding');
    for (let next = search.next(); next !== undefined && !setup.signal.aborted; next = search.next()) {
      search.take(next, await readFor(setup, unit, next, ask));
    }
    const fitting: FittingModel[] = [];
    for (const { candidate, certain } of search.matches) {
      const { profile, base } = candidate;
      if (profile !== undefined) fitting.push(fittingModel(driver.name, profile, certain));
      else if (sunspec !== undefined && base !== undefined) {
        const told = await sunspecUnit(setup, unit, base, ask);
        fitting.push(...sunspecModels(sunspec, sunspecProfiles, told, base));
      }
    }
    return fitting;
  };
}

async function profilesFor(catalogue: Catalogue, driver: Driver): Promise<readonly Profile[]> {
  const names = await profileNames(catalogue.folder, driver.name);
  const read = await Promise.all(names.map((name) => readProfile(catalogue.folder, driver, name)));
  return read.filter((profile) => profile !== undefined);
}

function fittingModel(driver: string, { name, maker, model }: Profile, certain: boolean): FittingModel {
  return { driver, profile: name, maker, model, certain };
}

/** One for each profile that fits, or one by the driver's usual points. */
function sunspecModels(
  driver: string,
  profiles: readonly Profile[],
  { identity, models }: SunspecUnit,
  base: number,
): readonly FittingModel[] {
  const { maker = 'SunSpec', model = `device with models ${models.join(', ')}`, serial } = identity;
  const common = { driver, maker, model, serial, certain: true, ...(base !== USUAL_BASE && { options: { base } }) };
  const fitting = fittingProfiles(profiles, models);
  return fitting.length === 0 ? [common] : fitting.map(({ name }) => ({ ...common, profile: name }));
}

/** Where the driver looks first. */
const USUAL_BASE = 40_000;
