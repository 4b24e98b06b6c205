import { crc32 } from 'node:zlib';
import { FAULTS, type FaultCode } from '../../../drivers/contract/faults.ts';
import { REPLY_LENGTH } from '../limits.ts';

/** One line of the ledger's file. Times are milliseconds since 1970. */
export type LedgerRecord =
  | { readonly kind: 'started'; readonly id: string; readonly expiresAt: number }
  | { readonly kind: 'settled'; readonly id: string; readonly expiresAt: number; readonly reply: string }
  | { readonly kind: 'refused'; readonly id: string; readonly code: FaultCode; readonly until: number }
  | { readonly kind: 'forgotten'; readonly expiresAt: number };

export interface ParsedLedger {
  /** Oldest first. */
  readonly records: LedgerRecord[];
  /** Something that was written is not here. */
  readonly damaged: boolean;
  /** The oldest that a request could be when the file was written; undefined where that can't be read. */
  readonly maxAgeMs: number | undefined;
}

/** Another version's lines are not understood: the file then counts as damaged, also after a downgrade. */
const VERSION = 1;
const HEADER = /^fieldward-ledger ([0-9]{1,9}) ([0-9]{1,9})$/;
const STARTED = /^started ((?:[a-z0-9-]{1,63}\/)?[A-Za-z0-9._:-]{1,64}) ([0-9]{1,15})$/;
const SETTLED = /^settled ((?:[a-z0-9-]{1,63}\/)?[A-Za-z0-9._:-]{1,64}) ([0-9]{1,15}) (.+)$/s;
const REFUSED = /^refused ((?:[a-z0-9-]{1,63}\/)?[A-Za-z0-9._:-]{1,64}) ([a-z0-9/-]{1,64}) ([0-9]{1,15})$/;
const FORGOTTEN = /^forgotten ([0-9]{1,15})$/;
const LATEST = 999_999_999_999_999;
const LINE_END = 0x0a;
const SUM_LENGTH = 8;

/** The request's own id, as replies have it, and the key that signed it. Neither has a slash. */
export function splitId(id: string): { readonly id: string; readonly key: string | undefined } {
  const slash = id.indexOf('/');
  return slash < 0 ? { id, key: undefined } : { id: id.slice(slash + 1), key: id.slice(0, slash) };
}

export function formatHeader(maxAgeMs: number): string {
  return line(`fieldward-ledger ${VERSION} ${wholeMs(maxAgeMs)}`);
}

/** Pure. One line with its checksum and its end. Ids are those of requests, behind that of their key where they were signed; replies are JSON text: neither has a line end. */
export function formatRecord(record: LedgerRecord): string {
  switch (record.kind) {
    case 'started':
      return line(`started ${record.id} ${wholeMs(record.expiresAt)}`);
    case 'settled':
      return line(`settled ${record.id} ${wholeMs(record.expiresAt)} ${record.reply}`);
    case 'refused':
      return line(`refused ${record.id} ${record.code} ${wholeMs(record.until)}`);
    case 'forgotten':
      return line(`forgotten ${wholeMs(record.expiresAt)}`);
  }
}

/**
 * Pure. Every line whose checksum fits; all other bytes are damage. A last line that was cut is damage, too: it may be
 * a record that was being written, but also one that the disk had confirmed and lost.
 */
export function parseLedger(bytes: Uint8Array): ParsedLedger {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: LedgerRecord[] = [];
  let maxAgeMs: number | undefined;
  let damaged = false;
  let from = 0;
  for (let count = 0; from < content.length; count++) {
    const end = content.indexOf(LINE_END, from);
    const body = end < 0 ? undefined : verified(content.subarray(from, end));
    from = end < 0 ? content.length : end + 1;
    if (count === 0) {
      const [, version, age] = HEADER.exec(body ?? '') ?? [];
      if (version !== undefined && Number(version) !== VERSION) return { records, damaged: true, maxAgeMs };
      if (age === undefined) damaged = true;
      else maxAgeMs = Number(age);
      continue;
    }
    const record = body === undefined ? undefined : parse(body);
    if (record === undefined) damaged = true;
    else records.push(record);
  }
  return { records, damaged: damaged || content.length === 0, maxAgeMs };
}

function parse(body: string): LedgerRecord | undefined {
  const started = STARTED.exec(body);
  if (started !== null) return { kind: 'started', id: started[1] ?? '', expiresAt: Number(started[2]) };
  const settled = SETTLED.exec(body);
  const reply = settled?.[3] ?? '';
  if (settled !== null && reply.length <= REPLY_LENGTH)
    return { kind: 'settled', id: settled[1] ?? '', expiresAt: Number(settled[2]), reply };
  const refused = REFUSED.exec(body);
  const code = refused?.[2] ?? '';
  if (refused !== null && isFaultCode(code))
    return { kind: 'refused', id: refused[1] ?? '', code, until: Number(refused[3]) };
  const forgotten = FORGOTTEN.exec(body);
  return forgotten === null ? undefined : { kind: 'forgotten', expiresAt: Number(forgotten[1]) };
}

function isFaultCode(code: string): code is FaultCode {
  return Object.hasOwn(FAULTS, code);
}

function line(body: string): string {
  return `${checksum(body)} ${body}\n`;
}

function verified(content: Buffer): string | undefined {
  const body = content.subarray(SUM_LENGTH + 1);
  const fits = content.toString('latin1', 0, SUM_LENGTH + 1) === `${checksum(body)} `;
  return fits ? body.toString('utf8') : undefined;
}

function checksum(body: string | Uint8Array): string {
  return crc32(body).toString(16).padStart(SUM_LENGTH, '0');
}

/** Rounded up, so that nothing is forgotten early; a time that can't be written counts as never. */
function wholeMs(time: number): number {
  return Math.min(LATEST, Math.max(0, Math.ceil(time)));
}
