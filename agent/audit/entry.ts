import type { AuditEntry } from './audit.ts';
import { ARGS, ENTRY_KEY_LENGTH, ENTRY_TEXT_LENGTH, FRAME_BYTES, LINE_BYTES } from './limits.ts';

/** A note of the journal about itself. */
export type Notice =
  /** The first line of every file. */
  | { readonly code: 'begins'; readonly file: string }
  /** The end of the file was half a line, as a power cut leaves it: it was cut off. */
  | { readonly code: 'torn'; readonly file: string; readonly bytes: number }
  /** The end of the file was not as it had been written: it was left as it was. */
  | { readonly code: 'broken'; readonly file: string }
  /** The file that was being written was gone. */
  | { readonly code: 'missing'; readonly file: string }
  /** Entries that found no room while the disk did not take them. */
  | { readonly code: 'lost'; readonly count: number };

/** The journal's clock and the agent's run, which every line bears. */
export interface EntryStamp {
  /** Wall clock, milliseconds since 1970. */
  readonly wall: number;
  readonly boot: string | undefined;
}

/** Characters that change how a text is read instead of being read: control and format characters, line separators, halves. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * The members of the entry's line, within {@link LINE_BYTES} for any content. Names are cleaned, because somebody will
 * print them on a terminal; args keep their values, with JSON's own escapes for characters that would change the
 * terminal.
 */
export function entryBody(entry: AuditEntry, stamp: EntryStamp): string {
  const { event, id, command, device, user, key, args, outcome, code } = entry;
  const before = [head(stamp, event), ...named({ id, command, device, user, key })];
  const after = named({ outcome, code });
  const room = LINE_BYTES - FRAME_BYTES - Buffer.byteLength([...before, ...after].join());
  return [...before, ...(args === undefined ? [] : argsWithin(args, room)), ...after].join();
}

export function noticeBody(notice: Notice, stamp: EntryStamp): string {
  const members = Object.entries(notice).map(([name, value]) => `"${name}":${JSON.stringify(value)}`);
  return [head(stamp, 'journal'), ...members].join();
}

function head({ wall, boot }: EntryStamp, event: string): string {
  return [`"at":"${new Date(wall).toISOString()}"`, ...named({ boot }), `"event":"${event}"`].join();
}

function named(texts: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(texts).flatMap(([name, text]) => {
    return text === undefined
      ? []
      : [`"${name}":${JSON.stringify(cut(text, ENTRY_TEXT_LENGTH).replace(UNSAFE, '\ufffd'))}`];
  });
}

/** As many as fit, in their order; how many did not is told. */
function argsWithin(args: Readonly<Record<string, unknown>>, room: number): string[] {
  const names = Object.keys(args);
  const members: string[] = [];
  let left = room - FRAME_BYTES;
  for (const name of names.slice(0, ARGS)) {
    const member = `${quoted(name, ENTRY_KEY_LENGTH)}:${scalar(args[name])}`;
    left -= Buffer.byteLength(member) + 1;
    if (left < 0) break;
    members.push(member);
  }
  const omitted = names.length - members.length;
  return [`"args":{${members.join()}}`, ...(omitted > 0 ? [`"argsOmitted":${omitted}`] : [])];
}

function scalar(value: unknown): string {
  if (typeof value === 'string') return quoted(value, ENTRY_TEXT_LENGTH);
  if (typeof value === 'object' && value !== null) return quoted(JSON.stringify(value) ?? '', ENTRY_TEXT_LENGTH);
  return typeof value === 'number' || typeof value === 'boolean' ? JSON.stringify(value) : 'null';
}

function quoted(text: string, max: number): string {
  return JSON.stringify(cut(text, max)).replace(UNSAFE, escapeUnits);
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
}

/** At most `max` UTF-16 units, and no half character at the cut. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
