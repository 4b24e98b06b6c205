import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Catalogue, openCatalogue } from '../../../drivers/registry/loader.ts';
import { TRACE_LIMITS, USUAL_DIRECTORY } from '../../capture/trace-request.ts';
import { SystemClock } from '../../clock/system-clock.ts';
import { readArguments, wrongArguments } from '../arguments.ts';
import { durationFlag } from '../duration-flag.ts';
import { type CliProcess, DEFAULT_CONFIG, EXIT, type ExitCode } from '../io.ts';
import { journalTail, showUnit } from '../service/systemctl.ts';
import { fileReason } from '../trace/capture-file.ts';
import { fetchTrace } from '../trace/fetch-trace.ts';
import { collect, type MachineSources, readOsRelease } from './collect.ts';
import { type BundleEntry, tarGz } from './tar.ts';

const HELP = `Usage: fieldward diagnostics --output FILE.tar.gz [--trace BUS [--for TIME]] [--config FILE] [--json]

Makes one file for a report of a fault: versions, the agent's status, its config and the end of its log. Of config and
log it takes numbers, ids and words that the schema knows. Secrets, user names, hosts, paths, labels and every other text
are left out. It prints what is in it. FILE is new, and for its owner alone. Run it as root, to read the journal.

  --trace BUS    also what goes over a bus of the running agent: values of meters, and passwords of those that take some.
                 Look into it before you hand it on
  --for TIME     how long: 10s (default), at most 5m
  --config FILE  ${DEFAULT_CONFIG} unless given
  --runtime-directory DIR  of the agent; $RUNTIME_DIRECTORY, or ${USUAL_DIRECTORY}
  --json         prints the list as an array of \`name\` and \`bytes\`

Exit code: 0 written, 64 wrong usage, 69 no agent took the request for a trace, 74 FILE can not be written, or is there.`;

const FLAGS = {
  output: { type: 'string' },
  trace: { type: 'string' },
  for: { type: 'string' },
  config: { type: 'string' },
  'runtime-directory': { type: 'string' },
  json: { type: 'boolean' },
} as const;

const BUS = /^[a-z0-9][a-z0-9-]{0,62}$/;
const TRACE_BYTES = 4_194_304;
const TRACE_MOST_MS = 300_000;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
const MACHINE: MachineSources = { journal: journalTail, unit: showUnit, osRelease: readOsRelease };

/** `fieldward diagnostics`. */
export async function diagnostics(
  args: readonly string[],
  io: CliProcess,
  catalogue: Catalogue = openCatalogue(),
  sources: MachineSources = MACHINE,
): Promise<ExitCode> {
  const read = readArguments(args, io, { options: FLAGS, words: 0, help: HELP });
  if (read.done) return read.code;
  const { output, trace, config, json } = read.flags;
  if (typeof output !== 'string') return wrongArguments(io, '--output FILE.tar.gz is needed', HELP);
  if (trace !== undefined && (typeof trace !== 'string' || !BUS.test(trace))) {
    return wrongArguments(io, 'which bus? Its id, as in the config', HELP);
  }
  const ms = durationFlag(read.flags.for ?? '10s', 100, Math.min(TRACE_MOST_MS, TRACE_LIMITS.ms));
  if (ms === undefined) return wrongArguments(io, '--for is as 10s or 5m, at most 5m', HELP);
  const named = read.flags['runtime-directory'] ?? io.environment.RUNTIME_DIRECTORY?.split(':')[0];
  const runtime = typeof named === 'string' ? resolve(named) : USUAL_DIRECTORY;

  let file: FileHandle;
  try {
    file = await open(output, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  } catch (thrown) {
    io.err(`fieldward: --output: ${reasonFor(thrown)}`);
    return EXIT.output;
  }
  let isWritten = false;
  try {
    const traced = trace === undefined ? [] : await traceOf({ bus: trace, ms, directory: runtime, output }, io);
    if (traced === undefined) return EXIT.unavailable;
    const entries = await collect({
      ...{ runtime, catalogue, sources, environment: io.environment, version: io.version, node: io.nodeVersion },
      config: typeof config === 'string' ? config : DEFAULT_CONFIG,
    });
    const all = [...entries, ...traced];
    await file.writeFile(tarGz(all));
    await file.sync();
    isWritten = true;
    if (json === true) io.out(JSON.stringify(all.map(({ name, content }) => ({ name, bytes: content.length }))));
    else for (const { name, content } of all) io.out(`${String(content.length).padStart(9)}  ${name}`);
    for (const { name, content } of all) {
      const remark = EMPTY.get(name);
      if (remark !== undefined && content.toString().replace(/\s|null/g, '') === '') io.err(remark);
    }
    if (traced.length > 0) io.err('The trace holds what went over the line: look into it before you hand it on.');
    return EXIT.ok;
  } catch (thrown) {
    io.err(`fieldward: --output: ${reasonFor(thrown)}`);
    return EXIT.output;
  } finally {
    await file.close().catch(() => undefined);
    if (!isWritten) await rm(output, { force: true }).catch(() => undefined);
  }
}

/** The message for a part that holds nothing. */
const EMPTY = new Map([
  ['status.json', 'There is no status in it: no agent tells one in this runtime directory (--runtime-directory).'],
  ['log.jsonl', 'There is no log in it: the journal has none of the service, or this user may not read it.'],
]);

function reasonFor(thrown: unknown): string {
  const isThere = (thrown as { code?: unknown } | null)?.code === 'EEXIST';
  return isThere ? 'there is such a file: name a new one' : `the file can not be written: ${fileReason(thrown)}`;
}

interface Traced {
  readonly bus: string;
  readonly ms: number;
  readonly directory: string;
  readonly output: string;
}

async function traceOf({ bus, ms, directory, output }: Traced, io: CliProcess): Promise<BundleEntry[] | undefined> {
  const beside = `${output}.${randomBytes(8).toString('hex')}`;
  try {
    const request = { bus, ms, bytes: TRACE_BYTES, directory, output: beside, clock: new SystemClock() };
    const fetched = await fetchTrace(request, io);
    if (fetched.ok) return [{ name: `trace-${bus}.capture`, content: await readFile(beside) }];
    io.err(`fieldward: ${fetched.why}`);
    return undefined;
  } finally {
    await rm(beside, { force: true }).catch(() => undefined);
  }
}
