import { constants, statSync } from 'node:fs';
import { type FileHandle, lstat, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readInto } from '../files/read-into.ts';

/** Where the agent is asked without `$RUNTIME_DIRECTORY`: where its lockout switch is too. */
export const USUAL_DIRECTORY = '/run/fieldward';

/** How a trace is asked of the running agent: by a file of this name in its runtime directory. */
export const REQUEST_FILE = 'trace-request';

/** The longest and the largest trace: it lies in memory until it is fetched. */
export const TRACE_LIMITS = { ms: 3_600_000, bytes: 16 * 1024 * 1024, leastBytes: 4096 } as const;

export interface TraceRequest {
  /** Of the file that the trace is written to. */
  readonly id: string;
  readonly bus: string;
  readonly ms: number;
  readonly bytes: number;
}

const MOST_BYTES = 512;
const ROOT = 0;
/** Write permission of group and others. */
const OTHERS_WRITE = 0o022;
const FORM =
  /^\{"version":1,"id":"([0-9a-f]{16})","bus":"([a-z0-9][a-z0-9-]{0,62})","ms":([0-9]{1,7}),"bytes":([0-9]{1,8})\}\n?$/;

export function traceRequestText({ id, bus, ms, bytes }: TraceRequest): string {
  return `${JSON.stringify({ version: 1, id, bus, ms, bytes })}\n`;
}

/** Where the trace of a request is written. @param id of its form */
export function tracePath(directory: string, id: string): string {
  return join(directory, `trace-${id}.capture`);
}

/** The user of this process, as the kernel has it. */
export function ownUser(): number {
  return statSync('/proc/self').uid;
}

export type FoundRequest =
  | { readonly state: 'none' | 'refused' }
  | { readonly state: 'asked'; readonly request: TraceRequest };

/**
 * Takes the request away, and gives it where it is one. Everybody who may write it may read every byte of the plant, so it
 * counts only from root or the agent's own user, in a folder where nobody else writes, and never through a link. Never throws.
 * @param self the agent's own user
 */
export async function takeRequest(directory: string, self = ownUser()): Promise<FoundRequest> {
  const path = join(directory, REQUEST_FILE);
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return { state: 'none' };
  let file: FileHandle | undefined;
  try {
    const folder = await lstat(directory);
    const isOurs = (found: { uid: number; mode: number }) =>
      (found.uid === ROOT || found.uid === self) && (found.mode & OTHERS_WRITE) === 0;
    if (!folder.isDirectory() || !isOurs(folder)) return { state: 'refused' };
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY);
    const found = await file.stat();
    if (!found.isFile() || !isOurs(found) || found.nlink !== 1 || found.size > MOST_BYTES) return { state: 'refused' };
    const buffer = new Uint8Array(MOST_BYTES);
    const length = await readInto(file, buffer);
    const request = parseRequest(Buffer.from(buffer.buffer, 0, length).toString('latin1'));
    return request === undefined ? { state: 'refused' } : { state: 'asked', request };
  } catch {
    return { state: 'refused' };
  } finally {
    await file?.close().catch(() => undefined);
    await rm(path, { force: true }).catch(() => undefined);
  }
}

function parseRequest(text: string): TraceRequest | undefined {
  const [, id, bus, ms, bytes] = FORM.exec(text) ?? [];
  if (id === undefined || bus === undefined) return undefined;
  const request = { id, bus, ms: Number(ms), bytes: Number(bytes) };
  const isBounded = request.ms >= 1 && request.ms <= TRACE_LIMITS.ms && request.bytes <= TRACE_LIMITS.bytes;
  return isBounded && request.bytes >= TRACE_LIMITS.leastBytes ? request : undefined;
}
