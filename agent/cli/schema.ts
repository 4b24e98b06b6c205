import { configJsonSchema } from '../../config/json-schema.ts';
import { FAULTS } from '../../drivers/contract/faults.ts';
import { type Catalogue, openCatalogue } from '../../drivers/registry/loader.ts';
import { readArguments } from './arguments.ts';
import { type CliIo, EXIT, type ExitCode } from './io.ts';
import { loadAll } from './load-all.ts';

const HELP = `Usage: fieldward schema

Prints the JSON Schema (draft 2020-12) of the config for editors, with the options and points of every driver. Save it,
and begin the config with # yaml-language-server: $schema=fieldward.schema.json`;

/** `fieldward schema`. */
export async function schema(
  args: readonly string[],
  io: CliIo,
  catalogue: Catalogue = openCatalogue(),
): Promise<ExitCode> {
  const read = readArguments(args, io, { options: { json: { type: 'boolean' } }, words: 0, help: HELP });
  if (read.done) return read.code;
  const { drivers, failed } = await loadAll(catalogue);
  for (const { name, fault } of failed)
    io.err(`warning: driver ${name} is left out: ${FAULTS[fault].message} (${fault})`);
  io.out(JSON.stringify(configJsonSchema(drivers), undefined, 2));
  return EXIT.ok;
}
