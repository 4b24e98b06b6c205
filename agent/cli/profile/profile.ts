import { type Catalogue, openCatalogue } from '../../../drivers/registry/loader.ts';
import { readArguments, wrongArguments } from '../arguments.ts';
import type { CliIo, ExitCode } from '../io.ts';
import { importProfile } from './import.ts';
import { testProfile } from './test-profile.ts';

const HELP = `Usage: fieldward profile test FILE [--driver D] [--json]
       fieldward profile import FILE.csv

test checks a profile of your own: its keys, its points as the driver D takes them (default modbus-rtu), its probe, and
its test vectors. It names each mistake as FILE:LINE:COLUMN: place: what is wrong, and warns where something is allowed
and leaves the profile unproven. When it is good, put the file into the folder profiles beside the config. A device
takes it by \`options: { profile: NAME }\`, NAME being the file's without .yaml.

import reads a list of registers and prints a profile. Keys that the list does not tell stand in it as comments that begin
with "#?", and \`profile test\` names them. It reads modpoll's CSV (lines that begin with device, poll and ref), and any
CSV whose first line names its columns:

  name,register,address,type,unit,scale,offset,decimals,min,max,length,wordOrder,writable,description
  voltage,input,0,float32,V,,,,,,,,,Phase voltage
  setpoint,holding,100,int16,°C,0.1,,,5,30,,,true,

name, address and type are needed. A register is coil, discrete, input or holding, where the column is missing holding.
An address is zero-based, decimal or 0x…. Types are those of the config, and the usual other words for them (u16, s32,
float, real). Columns are separated by commas, semicolons or tabs.

  fieldward profile import meter.csv > meter.yaml
  fieldward profile test meter.yaml

Exit code: 0 good, or something was imported; 64 wrong usage, 78 the profile is refused, or nothing could be imported.`;

/** `fieldward profile test|import`. */
export async function profile(
  args: readonly string[],
  io: CliIo,
  catalogue: Catalogue = openCatalogue(),
): Promise<ExitCode> {
  const options = { json: { type: 'boolean' }, driver: { type: 'string' } } as const;
  const read = readArguments(args, io, { options, words: 2, help: HELP });
  if (read.done) return read.code;
  const { flags } = read;
  const [what, file] = read.words;
  if (what !== 'test' && what !== 'import') return wrongArguments(io, 'say test or import, and a file', HELP);
  if (file === undefined) return wrongArguments(io, `which file? Name it after ${what}`, HELP);
  if (what === 'import') {
    if (flags.json === true || flags.driver !== undefined) {
      return wrongArguments(io, '--json and --driver go with test', HELP);
    }
    return importProfile(file, io, catalogue);
  }
  const driver = typeof flags.driver === 'string' ? flags.driver : 'modbus-rtu';
  return testProfile({ file, driver, json: flags.json === true }, io, catalogue);
}
