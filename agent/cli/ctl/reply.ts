import { FAULTS } from '../../../drivers/contract/faults.ts';
import { cleanText } from '../../../drivers/framing/text.ts';
import type { CommandOutcome } from '../../command/job.ts';
import { measure } from '../../command/request/json.ts';
import { EXIT, type ExitCode } from '../io.ts';
import { table } from '../table.ts';
import { showValue } from '../top/shown-text.ts';

type Json = Readonly<Record<string, unknown>>;

/** The gateway's answer. It came over the network: only its form was checked. */
export interface HeardReply {
  readonly outcome: CommandOutcome;
  readonly whole: Json;
}

/** The status is five deep; a far deeper one is no reply of ours, and would be too much to print. */
const DEEPEST = 32;

const OUTCOMES: Readonly<Record<CommandOutcome, { readonly exit: ExitCode; readonly words?: string }>> = {
  done: { exit: EXIT.ok },
  applied: { exit: EXIT.ok, words: 'the device confirmed it; it was not read back' },
  verified: { exit: EXIT.ok, words: 'the device confirmed it, and reading it back agrees' },
  refused: { exit: EXIT.refused, words: 'nothing was done' },
  failed: { exit: EXIT.failed, words: 'the device or the gateway could not do it' },
  unknown: { exit: EXIT.unknown, words: 'it may have been done; read before you ask again' },
};

/** The reply to the request of that id, or undefined for anything else that came. Pure. */
export function readReply(payload: Uint8Array, id: string): HeardReply | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(payload);
    if (measure(text).depth > DEEPEST) return undefined;
    const whole: unknown = JSON.parse(text);
    if (!isRecord(whole) || whole.id !== id || !isOutcome(whole.outcome)) return undefined;
    return { outcome: whole.outcome, whole };
  } catch {
    return undefined;
  }
}

/** The meaning of the outcome; undefined for `done`, which says it all. */
export function outcomeWords(outcome: CommandOutcome): string | undefined {
  return OUTCOMES[outcome].words;
}

export function exitOf({ outcome }: HeardReply): ExitCode {
  return OUTCOMES[outcome].exit;
}

/** The outcome on one line, then the values as a table; texts that are no name or value of ours are made harmless. */
export function describeReply({ outcome, whole }: HeardReply): string {
  const at = textOf(whole.at, 32);
  const { words } = OUTCOMES[outcome];
  const uncertain = new Set(Array.isArray(whole.uncertain) ? whole.uncertain : []);
  const values = isRecord(whole.values) ? rowsOf(whole.values) : [];
  const marked = values.map((row) =>
    uncertain.has(row[0]) ? [row[0] ?? '', `${row[1]}  (uncertain: out of its range, or without a checksum)`] : row,
  );
  const rows = [...marked, ...(isRecord(whole.faults) ? faultRows(whole.faults) : [])];
  const lines = rows.length === 0 ? [] : table(rows).split('\n');
  const head = `${outcome}${at === '' ? '' : ` at ${at}`}${words === undefined ? '' : `: ${words}`}`;
  return [head, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** The fault and its remedy; undefined where there is none. */
export function describeReplyFault({ whole }: HeardReply): string | undefined {
  if (!isRecord(whole.fault)) return undefined;
  const code = textOf(whole.fault.code, 64);
  // a gateway of another version may have codes that are not in this table
  if (!Object.hasOwn(FAULTS, code)) return `${textOf(whole.fault.message)} (${code}).`;
  const { message, advice } = FAULTS[code as keyof typeof FAULTS];
  return `${message} (${code}). ${advice}`;
}

/** On one line, with what could change how a terminal shows it as `\u` escapes: in JSON they are the same text. */
export function toJsonLine(value: unknown): string {
  return JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped);
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }).join('');
}

/** Points that could not be read. */
function faultRows(faults: Json): readonly (readonly string[])[] {
  return Object.entries(faults).map(([point, code]) => [
    cleanText(point, 64),
    `not read: ${wordsOf(textOf(code, 64))}`,
  ]);
}

function wordsOf(code: string): string {
  return Object.hasOwn(FAULTS, code) ? `${FAULTS[code as keyof typeof FAULTS].message} (${code})` : code;
}

/** Values with the path that leads to them: `buses.rs485-a.open`. */
function rowsOf(values: Json, path = ''): readonly (readonly string[])[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const name = `${path}${cleanText(key, 64)}`;
    return typeof value === 'object' && value !== null
      ? rowsOf({ ...value }, `${name}.`)
      : [[name, showValue(isShown(value) ? value : null, undefined)]];
  });
}

function textOf(value: unknown, longest?: number): string {
  return typeof value === 'string' ? cleanText(value, longest) : '';
}

function isShown(value: unknown): value is number | boolean | string {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string';
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOutcome(value: unknown): value is CommandOutcome {
  return typeof value === 'string' && Object.hasOwn(OUTCOMES, value);
}
