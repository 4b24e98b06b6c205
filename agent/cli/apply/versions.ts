import { AMOUNTS } from '../../../config/limits.ts';
import { readTextFile } from '../../../config/source/file.ts';
import { type CliIo, EXIT, type ExitCode } from '../io.ts';
import type { ConfigPlace } from './config-place.ts';

const NAMES = ['current', 'trial', 'previous'] as const;

/** `fieldward apply list`. */
export async function printVersions(place: ConfigPlace, io: CliIo, json: boolean): Promise<ExitCode> {
  const found: { name: string; hash: string; modifiedAt: string }[] = [];
  for (const name of NAMES) {
    const about = await place.about(pathOf(place, name));
    if (about === undefined) continue;
    found.push({ name, hash: about.hash, modifiedAt: new Date(about.modifiedMs).toISOString() });
  }
  if (json) io.out(JSON.stringify(found, undefined, 2));
  else for (const { name, hash, modifiedAt } of found) io.out(`${name.padEnd(9)}${hash.slice(0, 12)}  ${modifiedAt}`);
  return EXIT.ok;
}

/** `fieldward apply get`. @returns undefined: there is no such name */
export async function printVersion(place: ConfigPlace, name: string, io: CliIo): Promise<ExitCode | undefined> {
  const known = NAMES.find((each) => each === name);
  if (known === undefined) return undefined;
  const content = await readTextFile(pathOf(place, known), AMOUNTS.fileBytes);
  if (!content.ok) {
    io.err(`fieldward: that config ${content.message}`);
    return EXIT.unavailable;
  }
  // the line end is added again
  io.out(content.text.replace(/\n$/, ''));
  return EXIT.ok;
}

function pathOf(place: ConfigPlace, name: (typeof NAMES)[number]): string {
  return name === 'current' ? place.file : place[name];
}
