import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { profileNames, takesProfiles } from '../../config/profile.ts';
import { examineProfile } from '../../config/profiles/examine.ts';
import { formatMade, madeFile } from '../../config/profiles/made.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import { profilesOf } from '../../drivers/registry/folders.ts';
import { DRIVERS } from '../../drivers/registry/table.ts';

/**
 * Examines every profile that was put into the built tree, and puts beside it what the agent takes in its place.
 * @param drivers the built folder
 * @throws Fault `driver/options` where a driver of its family refuses one
 */
export async function makeProfiles(drivers: string): Promise<void> {
  for (const load of Object.values(DRIVERS)) {
    const { driver } = await load();
    if (!takesProfiles(driver)) continue;
    const folder = join(drivers, profilesOf(driver.name));
    for (const name of await profileNames(drivers, driver.name)) {
      const text = await readFile(join(folder, `${name}.yaml`), 'utf8');
      const { profile } = examineProfile({ text, file: name, name, driver });
      if (profile === undefined) throw new Fault('driver/options');
      const file = madeFile(folder, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, formatMade(profile));
    }
  }
}
