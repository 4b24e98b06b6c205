import { basename } from 'node:path';
import { AMOUNTS } from '../../../config/limits.ts';
import { formatProblem, type Problem } from '../../../config/problem.ts';
import { takesProfiles } from '../../../config/profile.ts';
import { type Examination, examineProfile } from '../../../config/profiles/examine.ts';
import { readTextFile } from '../../../config/source/file.ts';
import { toFault } from '../../../drivers/contract/fault.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';
import type { Catalogue } from '../../../drivers/registry/loader.ts';
import { ID_PATTERN } from '../../../drivers/schema/text.ts';
import { type CliIo, EXIT, type ExitCode } from '../io.ts';
import { loadAll } from '../load-all.ts';

export interface ProfileTest {
  readonly file: string;
  /** A name that was read: it need not be one of a driver. */
  readonly driver: string;
  readonly json: boolean;
}

/** `fieldward profile test FILE`. */
export async function testProfile(
  { file, driver, json }: ProfileTest,
  io: CliIo,
  catalogue: Catalogue,
): Promise<ExitCode> {
  const name = catalogue.names.find((each) => each === driver);
  const loaded = name === undefined ? undefined : await catalogue.load(name).catch(toFault);
  if (loaded !== undefined && !('options' in loaded)) {
    io.err(`fieldward: ${FAULTS[loaded.code].message}. ${FAULTS[loaded.code].advice}`);
    return EXIT.internal;
  }
  if (loaded === undefined || !takesProfiles(loaded)) {
    const { drivers } = await loadAll(catalogue);
    const known = drivers.filter(takesProfiles).map((each) => each.name);
    io.err(`fieldward: --driver is one that takes profiles: ${known.join(', ')}`);
    return EXIT.usage;
  }
  const content = await readTextFile(file, AMOUNTS.profileBytes);
  const tested: Examination = content.ok
    ? examineProfile({ text: content.text, file, name: nameOf(file), driver: loaded })
    : { profile: undefined, problems: [unreadable(file, content.message)], warnings: [] };
  const misnamed = ID_PATTERN.test(nameOf(file)) && file.endsWith('.yaml') ? [] : [unreadable(file, MISNAMED)];
  const { profile, problems } = tested;
  const warnings = [...misnamed, ...tested.warnings];
  if (json) {
    const counts = { points: profile?.points.length ?? 0, vectors: profile?.vectors.length ?? 0 };
    io.out(JSON.stringify({ good: profile !== undefined, ...counts, problems, warnings }, undefined, 2));
    return profile === undefined ? EXIT.config : EXIT.ok;
  }
  for (const problem of problems) io.err(formatProblem(problem));
  if (profile === undefined) {
    io.err(`The profile is refused: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}.`);
    return EXIT.config;
  }
  for (const warning of warnings) io.err(`warning: ${formatProblem(warning)}`);
  const proofs = profile.vectors.reduce((sum, { values }) => sum + Object.keys(values).length, 0);
  io.out(
    `The profile is good: ${counted(profile.points.length, 'point')}, ${counted(proofs, 'value')} proven by test vectors.`,
  );
  return EXIT.ok;
}

const MISNAMED = 'a device takes it only as NAME.yaml, NAME being 1 to 63 of a-z, 0-9 and -';

function nameOf(file: string): string {
  return basename(file, '.yaml');
}

function unreadable(file: string, message: string): Problem {
  return { file, line: 0, column: 0, path: '', message };
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
