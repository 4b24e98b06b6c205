import { join } from 'node:path';
import { AMOUNTS } from '../limits.ts';
import { freezeDeep } from '../source/data.ts';
import { ABSENT, readTextFile } from '../source/file.ts';
import type { Profile } from './schema.ts';

/** Below a folder of shipped profiles: each as the build examined it. */
const MADE = 'made';

/** Where the build puts what it made of a profile. @param profiles the folder that the profile lies in */
export function madeFile(profiles: string, name: string): string {
  return join(profiles, MADE, `${name}.json`);
}

/** An examined profile as it is written. A profile with a number that no double holds has no such form, and throws. */
export function formatMade(profile: Profile): string {
  return `${JSON.stringify(profile)}\n`;
}

/**
 * Reads what the build made of a profile: to read its YAML, to judge it and to prove its vectors took a quarter of the
 * time of a start. The file is one of the manifest's, and was compared with it before the driver was imported.
 * @returns deeply frozen; `absent` where nothing was built; `damaged` for a file that is cut or unreadable
 */
export async function readMade(profiles: string, name: string): Promise<Profile | 'absent' | 'damaged'> {
  const content = await readTextFile(madeFile(profiles, name), AMOUNTS.fileBytes);
  if (!content.ok) return content.message === ABSENT ? 'absent' : 'damaged';
  try {
    return freezeDeep(JSON.parse(content.text) as Profile);
  } catch {
    return 'damaged';
  }
}
