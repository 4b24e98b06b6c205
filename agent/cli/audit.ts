import { isAbsolute, join } from 'node:path';
import { NOTES, PROBLEMS } from '../audit/problems.ts';
import { type JournalVerdict, verifyJournal } from '../audit/verify.ts';
import { readArguments, wrongArguments } from './arguments.ts';
import { type CliIo, EXIT, type ExitCode } from './io.ts';

/** The StateDirectory of our unit, and the folders that the agent makes in it. */
const STATE = '/var/lib/fieldward';
const INSIDE = ['commands', 'audit'] as const;
const HASH = /^[0-9a-f]{64}$/;

const HELP = `Usage: fieldward audit verify [DIR] [--head HASH] [--json]

Reads the audit journal of commands from its first line to its last. It names every line that was altered, removed,
inserted, repeated or moved, with its file. DIR is the folder of the files audit-000001.jsonl and so on: commands/audit
in $STATE_DIRECTORY or ${STATE} unless given. The agent may be running.

The oldest lines go for room; the journal is then whole from a later line on. That its end was cut off shows only
against a head that the gateway told before. With --head HASH the journal must hold the line with this hash, which
stands in the status as audit.head.

Exit code: 0 the journal is whole, 64 wrong usage, 65 it is not.`;

/** `fieldward audit verify`. */
export async function audit(args: readonly string[], io: CliIo): Promise<ExitCode> {
  const options = { head: { type: 'string' }, json: { type: 'boolean' } } as const;
  const read = readArguments(args, io, { options, words: 2, help: HELP });
  if (read.done) return read.code;
  const [action, named] = read.words;
  const head = typeof read.flags.head === 'string' ? read.flags.head : undefined;
  if (action !== 'verify') return wrongArguments(io, 'the first word is verify', HELP);
  if (head !== undefined && !HASH.test(head)) return wrongArguments(io, '--head is 64 of 0-9 and a-f', HELP);
  const verdict = await verifyJournal(named ?? journalFolder(io.environment.STATE_DIRECTORY), head);
  if (read.flags.json === true) io.out(JSON.stringify(asJson(verdict), undefined, 2));
  else report(verdict, io);
  return verdict.isWhole ? EXIT.ok : EXIT.data;
}

function journalFolder(stateDirectory: string | undefined): string {
  const state = stateDirectory?.split(':')[0];
  return join(state !== undefined && isAbsolute(state) ? state : STATE, ...INSIDE);
}

function asJson({ isWhole, files, lines, first, last, problems, omitted, notes }: JournalVerdict): object {
  return {
    whole: isWhole,
    files,
    lines,
    first,
    last: { n: last.n, hash: last.hash },
    problems: problems.map((each) => ({ ...each, message: PROBLEMS[each.kind] })),
    problemsOmitted: omitted,
    notes: notes.map((each) => ({ ...each, message: NOTES[each.kind] })),
  };
}

function report(verdict: JournalVerdict, io: CliIo): void {
  const { problems, omitted, notes, isWhole, lines, files, first, last } = verdict;
  for (const { file, line, kind } of problems) io.err(`${place(file, line)}: ${PROBLEMS[kind]}`);
  if (omitted > 0) io.err(`… and ${omitted} more`);
  for (const { file, line, kind } of notes) io.err(`note: ${place(file, line)}: ${NOTES[kind]}`);
  const count = problems.length + omitted;
  const found = isWhole ? 'The journal is whole' : `The journal is broken, ${counted(count, 'problem')}`;
  io.out(`${found}: ${counted(lines, 'line')} in ${counted(files, 'file')}.`);
  if (first > 1) io.out(`It begins with line ${first}: the ${first - 1} before it went for room.`);
  if (last.n > 0) io.out(`Its head is line ${last.n}, ${last.hash}.`);
}

function place(file: string, line: number): string {
  return line === 0 ? file : `${file}:${line}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
