import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Driver } from '../drivers/contract/driver.ts';
import { familyOf, profilesOf } from '../drivers/registry/folders.ts';
import { ID_PATTERN } from '../drivers/schema/text.ts';
import { AMOUNTS } from './limits.ts';
import { examineProfile } from './profiles/examine.ts';
import type { Profile } from './profiles/schema.ts';
import { asText, get, type Mapping } from './source/data.ts';
import { readTextFile } from './source/file.ts';
import { hasKey } from './source/known-keys.ts';

/** Whether a driver's devices can take their points from a profile. */
export function takesProfiles(driver: Driver): boolean {
  return hasKey(driver.options, 'profile');
}

/** Of each family the first of these drivers that takes profiles: the others take the same ones. */
export function profileTakers(drivers: readonly Driver[]): readonly Driver[] {
  const takers = drivers.filter(takesProfiles);
  const family = ({ name }: Driver) => familyOf(name);
  return takers.filter((driver, place) => takers.findIndex((each) => family(each) === family(driver)) === place);
}

/**
 * Names of the profiles of a driver, sorted.
 * @param drivers the `drivers` folder of the running code
 * @param driver a name of the driver table, never one that was read
 */
export async function profileNames(drivers: string, driver: string): Promise<readonly string[]> {
  const files = await readdir(join(drivers, profilesOf(driver))).catch(() => []);
  const names = files.filter((file) => file.endsWith('.yaml')).map((file) => file.slice(0, -'.yaml'.length));
  return names.filter((name) => ID_PATTERN.test(name)).sort();
}

/**
 * Reads one profile, whole and checked against the driver's own point schema.
 * @param name one of {@link profileNames}
 * @returns undefined for a file that is damaged; the tests check the shipped ones
 */
export async function readProfile(drivers: string, driver: Driver, name: string): Promise<Profile | undefined> {
  const content = await readTextFile(join(drivers, profilesOf(driver.name), `${name}.yaml`), AMOUNTS.fileBytes);
  if (!content.ok) return undefined;
  return examineProfile({ text: content.text, file: name, name, driver }).profile;
}

/** A point and where it stands in the file; undefined: it is the profile's alone. */
export interface LaidPoint {
  readonly point: Mapping;
  readonly index: number | undefined;
}

/** The file's points over the profile's: the keys of a known name are laid over, new names are added at the end. */
export function layPoints(profile: readonly Mapping[], file: readonly Mapping[]): readonly LaidPoint[] {
  const laid: LaidPoint[] = profile.map((point) => ({ point, index: undefined }));
  for (const [index, point] of file.entries()) {
    const name = asText(get(point, 'name'));
    const place = profile.findIndex((candidate) => name !== undefined && get(candidate, 'name') === name);
    const under = laid[place];
    // A second entry of the same name is not laid over the first: it is a mistake, and found as one.
    if (under === undefined || under.index !== undefined) laid.push({ point, index });
    else laid[place] = { point: { ...under.point, ...point }, index };
  }
  return laid;
}
