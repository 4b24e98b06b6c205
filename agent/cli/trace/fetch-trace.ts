import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { REQUEST_FILE, type TraceRequest, tracePath, traceRequestText } from '../../capture/trace-request.ts';
import type { Clock } from '../../clock/clock.ts';
import { isCode } from '../../files/errno.ts';
import { type CliProcess, EXIT, type ExitCode } from '../io.ts';
import { createOutput, fileReason, openCapture } from './capture-file.ts';

export interface TraceFetch extends Omit<TraceRequest, 'id'> {
  /** The agent's runtime directory. */
  readonly directory: string;
  readonly output: string;
  readonly clock: Clock;
}

export type FetchedTrace =
  | { readonly ok: true; readonly records: number; readonly bytes: number; readonly lost: number }
  | { readonly ok: false; readonly code: ExitCode; readonly why: string };

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const LOOK = milliseconds(100);
/** The agent looks twice a second. */
const TAKEN_WITHIN = 10_000;
/** After its time the agent ends the file; a machine under load may take a while. */
const ENDED_WITHIN = 15_000;
const CHUNK = 65_536;
const END = /^-- end (time|size|stopped) @/m;

/** Asks the running agent for a trace, and copies it while it comes. */
export async function fetchTrace(fetch: TraceFetch, io: CliProcess): Promise<FetchedTrace> {
  const { bus, ms, bytes, directory, clock, output } = fetch;
  const request = { id: randomBytes(8).toString('hex'), bus, ms, bytes };
  let file: FileHandle;
  try {
    file = await createOutput(output);
  } catch (thrown) {
    return { ok: false, code: EXIT.output, why: `--output: the file can not be written: ${fileReason(thrown)}` };
  }
  const path = tracePath(directory, request.id);
  try {
    await ask(directory, request);
    const source = await taken(path, clock, io.stopping);
    if (source === undefined) return refused(io.stopping.aborted);
    try {
      io.err('The agent traces; Ctrl-C ends it early.');
      await copy(source, file, { until: clock.now() + ms + ENDED_WITHIN, clock, stopping: io.stopping });
    } finally {
      await source.close();
    }
  } catch (thrown) {
    return {
      ok: false,
      code: EXIT.output,
      why: `the agent can not be asked, or the file not written: ${fileReason(thrown)}`,
    };
  } finally {
    await rm(path, { force: true }).catch(() => undefined);
    await rm(join(directory, REQUEST_FILE), { force: true }).catch(() => undefined);
    await file.close();
  }
  return told(output);
}

/** Whole or not at all, and never in the place of another request. */
async function ask(directory: string, request: TraceRequest): Promise<void> {
  const beside = join(directory, `${REQUEST_FILE}.${request.id}`);
  const file = await open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await file.writeFile(traceRequestText(request));
    // the agent's own user reads it, under any mask of this one; there is nothing secret in it
    await file.chmod(0o644);
  } finally {
    await file.close();
  }
  await rename(beside, join(directory, REQUEST_FILE));
}

/** The file that the agent writes; undefined: it writes none. */
async function taken(path: string, clock: Clock, stopping: AbortSignal): Promise<FileHandle | undefined> {
  const until = clock.now() + TAKEN_WITHIN;
  while (clock.now() < until && !stopping.aborted) {
    await clock.sleep(LOOK, stopping).catch(() => undefined);
    try {
      return await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    } catch (thrown) {
      if (!isCode(thrown, 'ENOENT')) throw thrown;
    }
  }
  return undefined;
}

interface CopyEnd {
  readonly until: number;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
}

/** Until the agent's last note, or until it is told to stop. */
async function copy(source: FileHandle, target: FileHandle, { until, clock, stopping }: CopyEnd): Promise<void> {
  const buffer = Buffer.alloc(CHUNK);
  let tail = '';
  for (let isEnded = false; ; ) {
    const { bytesRead } = await source.read(buffer, 0, CHUNK, null);
    if (bytesRead > 0) {
      await target.appendFile(buffer.subarray(0, bytesRead));
      tail = (tail + buffer.toString('latin1', 0, bytesRead)).slice(-256);
      isEnded = END.test(tail);
      continue;
    }
    if (isEnded || stopping.aborted || clock.now() >= until) return;
    await clock.sleep(LOOK, stopping).catch(() => undefined);
  }
}

function refused(isStopped: boolean): FetchedTrace {
  const why = isStopped
    ? 'stopped before the agent took the request'
    : 'no agent took the request: is it running, with this runtime directory, has it such a bus, and may this user ask it? Its log says `trace refused` where it did not believe it';
  return { ok: false, code: EXIT.unavailable, why };
}

async function told(output: string): Promise<FetchedTrace> {
  const opened = await openCapture(output);
  if (!opened.ok) return { ok: false, code: EXIT.output, why: opened.why };
  let [bytes, lost] = [0, 0];
  for (const record of opened.capture.records) {
    if ('bytes' in record) bytes += record.bytes.length;
    if (record.kind === 'lost') lost += record.count;
  }
  return { ok: true, records: opened.capture.records.length, bytes, lost };
}
