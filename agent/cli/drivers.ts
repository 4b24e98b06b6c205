import { takesProfiles } from '../../config/profile.ts';
import { FAULTS } from '../../drivers/contract/faults.ts';
import { type Catalogue, openCatalogue } from '../../drivers/registry/loader.ts';
import { readArguments } from './arguments.ts';
import { type CliIo, EXIT, type ExitCode } from './io.ts';
import { loadAll } from './load-all.ts';
import { table } from './table.ts';

const HELP = `Usage: fieldward drivers [--json]

Lists the drivers of this build, each checked against the manifest of the build and loaded.

Exit code: 0 all can be loaded, 64 wrong usage, 70 some can not.`;

/** `fieldward drivers`. */
export async function drivers(
  args: readonly string[],
  io: CliIo,
  catalogue: Catalogue = openCatalogue(),
): Promise<ExitCode> {
  const read = readArguments(args, io, { options: { json: { type: 'boolean' } }, words: 0, help: HELP });
  if (read.done) return read.code;
  const all = await loadAll(catalogue);
  if (read.flags.json === true) {
    const loaded = all.drivers.map((driver) => ({
      name: driver.name,
      summary: driver.summary,
      profiles: takesProfiles(driver),
      fault: null,
    }));
    const failed = all.failed.map(({ name, fault }) => ({ name, summary: null, profiles: null, fault }));
    io.out(
      JSON.stringify(
        [...loaded, ...failed].sort((a, b) => (a.name < b.name ? -1 : 1)),
        undefined,
        2,
      ),
    );
  } else {
    if (all.drivers.length > 0) io.out(table(all.drivers.map(({ name, summary }) => [name, summary])));
    for (const { name, fault } of all.failed) io.err(`${name}: ${FAULTS[fault].message} (${fault})`);
  }
  return all.failed.length === 0 ? EXIT.ok : EXIT.internal;
}
