import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isCode } from '../files/errno.ts';
import { replaceFile } from '../files/replace-file.ts';
import { readStateFile } from '../files/state-file.ts';

/** In the state directory. */
export const MARKER_FILE = 'config-trial';

/** `set`: the next start tries the new config; `tried`: a start has taken it; `back`: it counts no longer. */
export type TrialState = 'set' | 'tried' | 'back';

const ENDS = {
  refused: 'the agent refused the new config',
  ended: 'the agent ended while it tried the new config',
  unconfirmed: 'nobody confirmed the new config in time',
  late: 'the agent did not start with the new config in time',
  asked: 'the trial was ended by hand',
  lacking: 'with the new config something was missing that was there before',
} as const;

/** Why a trial ended without the new config in place. */
export type TrialEnd = keyof typeof ENDS;

export function endWords(end: TrialEnd): string {
  return ENDS[end];
}

/** All that was well before, by id. */
export interface GoodParts {
  readonly connected: boolean;
  readonly buses: readonly string[];
  readonly devices: readonly string[];
}

/** That a new config lies beside the one in place and is to be tried; it holds no text of a config and no path. */
export interface TrialMarker {
  readonly state: TrialState;
  /** Of a trial that is `back`; else null. */
  readonly end: TrialEnd | null;
  /** SHA-256 of the new config, hexadecimal. */
  readonly hash: string;
  /** The boot of the machine in which it counts. */
  readonly boot: string;
  /** Until when a start may take it, milliseconds of the machine's monotonic clock. */
  readonly startBy: number;
  /** For so long after its start the agent waits to be told that all is well. */
  readonly confirmMs: number;
  readonly before: GoodParts;
}

/** A gateway with the most devices that a config may have stays far below. */
const MOST_BYTES = 1_048_576;
/** Milliseconds: as long as `fieldward apply --confirm` may be. */
const LONGEST_CONFIRM = 3_600_000;
const MOST_IDS = 10_000;
const ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
const HASH = /^[0-9a-f]{64}$/;
const BOOT = /^[0-9a-f]{32}$/;

/** The file beside a config in which the new one waits. */
export function trialFile(config: string): string {
  return `${config}.trial`;
}

/**
 * The marker of a state directory; undefined where there is none. Never throws: one that is damaged or foreign counts for
 * nothing, which means the old config.
 */
export async function readMarker(directory: string): Promise<TrialMarker | undefined> {
  try {
    return parseMarker(JSON.parse((await readStateFile(join(directory, MARKER_FILE), MOST_BYTES)).toString('utf8')));
  } catch {
    return undefined;
  }
}

/** Whole or not at all, and the folder owner's: root writes it for the agent. Rejects with what the operating system says. */
export async function writeMarker(directory: string, marker: TrialMarker): Promise<void> {
  const { uid, gid } = await stat(directory);
  const text = `${JSON.stringify({ version: 1, ...marker })}\n`;
  await replaceFile(directory, MARKER_FILE, text, { mode: 0o600, owner: { uid, gid } });
}

/** Rejects with what the operating system says. */
export async function removeMarker(directory: string): Promise<void> {
  try {
    await rm(join(directory, MARKER_FILE));
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

/** Whether a trial is going on: not one that ended, and none that no start has taken in its time or in this boot. */
export function isOn(marker: TrialMarker | undefined, boot: string | undefined, now: number): marker is TrialMarker {
  if (marker === undefined || marker.state === 'back' || marker.boot !== boot) return false;
  return marker.state === 'tried' || now <= marker.startBy;
}

function parseMarker(stored: unknown): TrialMarker | undefined {
  const from = (stored ?? {}) as Readonly<Record<string, unknown>>;
  const { state, end, hash, boot, startBy, confirmMs } = from;
  const before = (from.before ?? {}) as Readonly<Record<string, unknown>>;
  if (from.version !== 1 || (state !== 'set' && state !== 'tried' && state !== 'back')) return undefined;
  if (end !== null && !isEnd(end)) return undefined;
  if (!matches(HASH, hash) || !matches(BOOT, boot) || !isTime(startBy) || !isTime(confirmMs)) return undefined;
  if (confirmMs > LONGEST_CONFIRM) return undefined;
  const { connected, buses, devices } = before;
  if (typeof connected !== 'boolean' || !areIds(buses) || !areIds(devices)) return undefined;
  return { state, end, hash, boot, startBy, confirmMs, before: { connected, buses, devices } };
}

function isEnd(value: unknown): value is TrialEnd {
  return typeof value === 'string' && Object.hasOwn(ENDS, value);
}

function matches(pattern: RegExp, value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function areIds(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MOST_IDS && value.every((each) => matches(ID, each));
}
