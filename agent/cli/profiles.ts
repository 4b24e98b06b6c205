import { type Profile, profileNames, profileTakers, readProfile } from '../../config/profile.ts';
import { type Catalogue, openCatalogue } from '../../drivers/registry/loader.ts';
import { readArguments } from './arguments.ts';
import { type CliIo, EXIT, type ExitCode } from './io.ts';
import { loadAll } from './load-all.ts';
import { table } from './table.ts';

const HELP = `Usage: fieldward profiles [--json]

Lists the profiles: files that describe a model's points. A device takes one by \`options: { profile: NAME }\`.
With --json the points and the source of each are printed too.

Exit code: 0 all can be read, 64 wrong usage, 70 some are damaged or their driver can not be loaded.`;

/** `fieldward profiles`. */
export async function profiles(
  args: readonly string[],
  io: CliIo,
  catalogue: Catalogue = openCatalogue(),
): Promise<ExitCode> {
  const read = readArguments(args, io, { options: { json: { type: 'boolean' } }, words: 0, help: HELP });
  if (read.done) return read.code;
  const { drivers, failed } = await loadAll(catalogue);
  const found: Profile[] = [];
  const damaged: string[] = failed.map(({ name }) => `driver ${name} can not be loaded`);
  for (const driver of profileTakers(drivers)) {
    for (const name of await profileNames(catalogue.folder, driver.name)) {
      const profile = await readProfile(catalogue.folder, driver, name);
      if (profile === undefined) damaged.push(`profile ${name} of ${driver.name} is damaged: reinstall the package`);
      else found.push(profile);
    }
  }
  if (read.flags.json === true) io.out(JSON.stringify(found, undefined, 2));
  else if (found.length > 0) io.out(table([HEADINGS, ...found.map(row)]));
  for (const line of damaged) io.err(line);
  return damaged.length === 0 ? EXIT.ok : EXIT.internal;
}

const HEADINGS = ['name', 'driver', 'manufacturer', 'model', 'points'];

function row(profile: Profile): readonly string[] {
  return [profile.name, profile.driver, profile.manufacturer, profile.model, String(profile.points.length)];
}
