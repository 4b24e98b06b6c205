import { profileNames, profileTakers, readProfile } from '../../config/profile.ts';
import type { Profile } from '../../config/profiles/schema.ts';
import type { Driver } from '../../drivers/contract/driver.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import { FAULTS } from '../../drivers/contract/faults.ts';
import { type Catalogue, openCatalogue } from '../../drivers/registry/loader.ts';
import { configPage } from './config-page.ts';
import { faultsPage } from './faults-page.ts';
import { metricsPage } from './metrics-page.ts';
import { profilesPage } from './profiles-page.ts';
import { topicsPage } from './topics-page.ts';

/** The reference pages: path below the checkout → text. */
export async function referencePages(catalogue: Catalogue = openCatalogue()): Promise<ReadonlyMap<string, string>> {
  const drivers = await Promise.all(catalogue.names.map((name) => catalogue.load(name)));
  const profiles = await Promise.all(profileTakers(drivers).map((driver) => profilesOf(catalogue, driver)));
  return new Map([
    ['config/REFERENCE.md', configPage(drivers, profiles.flat())],
    ['drivers/FAULTS.md', faultsPage(FAULTS)],
    ['agent/TOPICS.md', topicsPage()],
    ['agent/METRICS.md', metricsPage()],
    ['drivers/modbus/PROFILES.md', profilesPage(profiles.flat())],
  ]);
}

async function profilesOf({ folder }: Catalogue, driver: Driver): Promise<readonly Profile[]> {
  const names = await profileNames(folder, driver.name);
  return Promise.all(
    names.map(async (name) => {
      const profile = await readProfile(folder, driver, name);
      if (profile === undefined) throw new Fault('config/unreadable');
      return profile;
    }),
  );
}
