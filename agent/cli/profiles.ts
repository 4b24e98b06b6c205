import { formatProblem } from '../../config/problem.ts';
import { profileNames, profileTakers, readProfile } from '../../config/profile.ts';
import { OwnProfiles } from '../../config/profiles/own.ts';
import type { Profile } from '../../config/profiles/schema.ts';
import type { Driver } from '../../drivers/contract/driver.ts';
import { type Catalogue, openCatalogue } from '../../drivers/registry/loader.ts';
import { readArguments } from './arguments.ts';
import { type CliIo, DEFAULT_CONFIG, EXIT, type ExitCode } from './io.ts';
import { loadAll } from './load-all.ts';
import { table } from './table.ts';

const HELP = `Usage: fieldward profiles [--config FILE] [--json]

Lists the profiles: files that describe a model's points. A device takes one by \`options: { profile: NAME }\`. Your own
lie as NAME.yaml in the folder profiles beside the config, by default /etc/fieldward/profiles. They belong to root or to
the owner of the config, and none has the name of one that is shipped. \`fieldward profile\` proves one. With --json the
points, the sources and the test vectors of each are printed too.

  fieldward profiles
  fieldward profiles --json | jq -r '.[] | select(.maker == "ABB") | .name'

Exit code: 0 all can be read, 64 wrong usage, 70 some are damaged or their driver can not be loaded, 78 one of your own
is refused.`;

/** `fieldward profiles`. */
export async function profiles(
  args: readonly string[],
  io: CliIo,
  catalogue: Catalogue = openCatalogue(),
): Promise<ExitCode> {
  const options = { json: { type: 'boolean' }, config: { type: 'string' } } as const;
  const read = readArguments(args, io, { options, words: 0, help: HELP });
  if (read.done) return read.code;
  const { drivers, failed } = await loadAll(catalogue);
  const found: Listed[] = [];
  const damaged: string[] = failed.map(({ name }) => `driver ${name} can not be loaded`);
  const refused: string[] = [];
  const own = new OwnProfiles(typeof read.flags.config === 'string' ? read.flags.config : DEFAULT_CONFIG);
  const ownNames = await own.names();
  for (const driver of profileTakers(drivers)) {
    const shipped = await profileNames(catalogue.folder, driver.name);
    for (const name of shipped) {
      const profile = await readProfile(catalogue.folder, driver, name);
      if (profile === undefined) damaged.push(`profile ${name} of ${driver.name} is damaged: reinstall the package`);
      else found.push({ ...profile, own: false });
    }
    refused.push(...ownNames.filter((name) => shipped.includes(name)).map((name) => `${own.fileOf(name)}: ${SHADOWS}`));
  }
  for (const name of ownNames) {
    const { profile, problems } = await readOwn(own, name, profileTakers(drivers));
    if (profile === undefined) refused.push(...problems);
    else if (!found.some((each) => each.name === name)) found.push({ ...profile, own: true });
  }
  if (read.flags.json === true) io.out(JSON.stringify(found, asJson, 2));
  else if (found.length > 0) io.out(table([HEADINGS, ...found.map(row)]));
  for (const line of [...damaged, ...refused]) io.err(line);
  if (damaged.length > 0) return EXIT.internal;
  return refused.length > 0 ? EXIT.config : EXIT.ok;
}

const SHADOWS = 'a profile of this name is shipped: rename yours';

interface Listed extends Profile {
  /** Of the people who run the gateway. */
  readonly own: boolean;
}

/** The first family that takes it; else what the first says of it. */
async function readOwn(
  own: OwnProfiles,
  name: string,
  takers: readonly Driver[],
): Promise<{ readonly profile?: Profile; readonly problems: readonly string[] }> {
  let problems: readonly string[] | undefined;
  for (const driver of takers) {
    const outcome = await own.read(name, driver);
    if (outcome.state === 'read') return { profile: outcome.profile, problems: [] };
    if (outcome.state === 'refused') problems ??= outcome.problems.map(formatProblem);
  }
  return { problems: problems ?? [] };
}

/** A whole number that no double holds is printed as its digits. */
function asJson(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

const HEADINGS = ['name', 'driver', 'maker', 'model', 'points', ''];

function row(profile: Listed): readonly string[] {
  const { name, driver, maker, model, points, own } = profile;
  return [name, driver, maker, model, String(points.length), own ? 'your own' : ''];
}
