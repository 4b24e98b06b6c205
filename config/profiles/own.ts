import type { Stats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Driver } from '../../drivers/contract/driver.ts';
import { ID_PATTERN } from '../../drivers/schema/text.ts';
import { AMOUNTS } from '../limits.ts';
import type { Problem } from '../problem.ts';
import { readTextFile } from '../source/file.ts';
import { examineProfile } from './examine.ts';
import type { Profile } from './schema.ts';

/** The outcome of reading a user's own profile; `absent`: there is no such file. */
export type OwnProfile =
  | { readonly state: 'absent' }
  | { readonly state: 'read'; readonly profile: Profile }
  | { readonly state: 'refused'; readonly problems: readonly Problem[] };

const ENDING = '.yaml';

/**
 * The profiles of the people who run the gateway: `profiles/NAME.yaml` beside the config. They decide what is written
 * to devices, as the config does, so nobody else may be able to change them: no link is followed, and folder and file
 * belong to root or to the owner of the config.
 */
export class OwnProfiles {
  readonly #config: string;
  readonly #folder: string;

  /** @param config the config's file, as it was named */
  constructor(config: string) {
    this.#config = config;
    this.#folder = join(dirname(config), 'profiles');
  }

  /** As it is named in problems. */
  fileOf(name: string): string {
    return join(this.#folder, `${name}${ENDING}`);
  }

  /** Names that an option could hold, sorted; at most {@link AMOUNTS.ownProfiles} of them. */
  async names(): Promise<readonly string[]> {
    const files = await readdir(this.#folder).catch(() => []);
    const names = files.filter((file) => file.endsWith(ENDING)).map((file) => file.slice(0, -ENDING.length));
    return names
      .filter((name) => ID_PATTERN.test(name))
      .sort()
      .slice(0, AMOUNTS.ownProfiles);
  }

  /** Whether anything of that name is there, be it a broken link. */
  async has(name: string): Promise<boolean> {
    return (await lstat(this.fileOf(name)).catch(() => undefined)) !== undefined;
  }

  /** @param name of the form of an id, so that it is no path */
  async read(name: string, driver: Driver): Promise<OwnProfile> {
    if (!ID_PATTERN.test(name) || !(await this.has(name))) return { state: 'absent' };
    const file = this.fileOf(name);
    const refused = (message: string): OwnProfile => {
      return { state: 'refused', problems: [{ file, line: 0, column: 0, path: '', message }] };
    };
    const config = await stat(this.#config).catch(() => undefined);
    const folder = await lstat(this.#folder).catch(() => undefined);
    if (folder?.isDirectory() !== true) return refused('its folder must be a folder, and no link');
    const wrong = foreign(folder, config);
    if (wrong !== undefined) return refused(`its folder ${wrong}`);
    const content = await readTextFile(file, AMOUNTS.profileBytes, (found) => foreign(found, config));
    if (!content.ok) return refused(content.message);
    const { profile, problems } = examineProfile({ text: content.text, file, name, driver });
    return profile === undefined ? { state: 'refused', problems } : { state: 'read', profile };
  }
}

const OTHERS_WRITE = 0o002;
const GROUP_WRITES = 0o020;

/** The reason why people without the right to change the config could change this; undefined: they can not. */
function foreign(found: Stats, config: Stats | undefined): string | undefined {
  if (found.uid !== 0 && found.uid !== config?.uid) return 'must belong to root or to the owner of the config';
  if ((found.mode & OTHERS_WRITE) !== 0) return 'must not be writable by everybody';
  const sameGroup = config !== undefined && found.gid === config.gid && (config.mode & GROUP_WRITES) !== 0;
  if ((found.mode & GROUP_WRITES) !== 0 && !sameGroup)
    return 'must not be writable by a group that can not write the config';
  return undefined;
}
