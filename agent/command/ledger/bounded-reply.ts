import { FAULTS } from '../../../drivers/contract/faults.ts';
import { LEDGER_LONG_REPLIES_BYTES, LEDGER_REPLY_BYTES, LEDGER_SHORT_BYTES } from '../limits.ts';
import { formatRecord, splitId } from './records.ts';

const TOO_LARGE = { code: 'command/reply-too-large', message: FAULTS['command/reply-too-large'].message } as const;

interface Settled {
  readonly kind: 'settled';
  readonly id: string;
  readonly expiresAt: number;
  readonly reply: string;
}

/** The record as it may stand on disk: a reply that is too long is kept without its values. */
export function boundedReply(record: Settled): Settled {
  return bytesOf(record) <= LEDGER_REPLY_BYTES ? record : withoutValues(record);
}

/** All of them within a bound, in their order: the newest keep their values. */
export function boundedTogether(records: readonly Settled[]): readonly Settled[] {
  let room = LEDGER_LONG_REPLIES_BYTES;
  const kept: Settled[] = [];
  for (const record of records.toReversed()) {
    const bytes = bytesOf(record);
    const isShort = bytes <= LEDGER_SHORT_BYTES;
    const hasRoom = isShort || (bytes <= LEDGER_REPLY_BYTES && bytes <= room);
    if (!isShort && hasRoom) room -= bytes;
    kept.push(hasRoom ? record : withoutValues(record));
  }
  return kept.reverse();
}

function bytesOf(record: Settled): number {
  return Buffer.byteLength(formatRecord(record));
}

/**
 * As in a reply that would be too long to send: the outcome and its time stay; a command that was done only to get
 * values, and has none, has failed.
 */
function withoutValues(record: Settled): Settled {
  const { id } = splitId(record.id);
  const { outcome, at, fault, values } = read(record.reply);
  const isLost = outcome === 'done' && values !== undefined;
  const short = isLost ? { outcome: 'failed', at, fault: TOO_LARGE } : { outcome, at, fault };
  const kept = { ...record, reply: JSON.stringify({ id, ...short }) };
  if (bytesOf(kept) <= LEDGER_SHORT_BYTES) return kept;
  // no reply of ours: the file was made by somebody else
  return { ...record, reply: JSON.stringify({ id, outcome: 'unknown', fault: TOO_LARGE }) };
}

function read(reply: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(reply));
  } catch {
    return { outcome: 'unknown', fault: TOO_LARGE };
  }
}
