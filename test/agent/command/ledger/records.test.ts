import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundedReply, boundedTogether } from '../../../../agent/command/ledger/bounded-reply.ts';
import {
  formatHeader,
  formatRecord,
  type LedgerRecord,
  parseLedger,
} from '../../../../agent/command/ledger/records.ts';
import {
  LEDGER_ENTRIES,
  LEDGER_FILE_BYTES,
  LEDGER_LONG_REPLIES_BYTES,
  LEDGER_REPLY_BYTES,
  LEDGER_SHORT_BYTES,
  REFUSALS,
  REPLY_LENGTH,
} from '../../../../agent/command/limits.ts';
import { buildReply } from '../../../../agent/command/reply/reply.ts';
import { FAULT_CODES } from '../../../../drivers/contract/faults.ts';

const WALL = Date.UTC(2026, 10, 23, 10, 15);

const id = fc.stringMatching(/^([a-z0-9-]{1,63}\/)?[A-Za-z0-9._:-]{1,64}$/);
const time = fc.integer({ min: 0, max: 999_999_999_999_999 });
const record: fc.Arbitrary<LedgerRecord> = fc.oneof(
  fc.record({ kind: fc.constant('started' as const), id, expiresAt: time }),
  fc.record({
    kind: fc.constant('settled' as const),
    id,
    expiresAt: time,
    reply: fc.json().map((text) => JSON.stringify({ text })),
  }),
  fc.record({ kind: fc.constant('refused' as const), id, code: fc.constantFrom(...FAULT_CODES), until: time }),
  fc.record({ kind: fc.constant('forgotten' as const), expiresAt: time }),
);

function file(records: readonly LedgerRecord[]): Buffer {
  return Buffer.from(formatHeader(30_000) + records.map(formatRecord).join(''));
}

const SOME: readonly LedgerRecord[] = [
  { kind: 'forgotten', expiresAt: 5 },
  { kind: 'settled', id: 'a', expiresAt: 10, reply: '{"id":"a","outcome":"done","values":{"°":"…"}}' },
  { kind: 'refused', id: 'b', code: 'command/lockout', until: 20 },
  { kind: 'started', id: 'c', expiresAt: 30 },
];

describe('the lines of the ledger’s file', () => {
  it('give back every record', () => {
    fc.assert(
      fc.property(fc.array(record), (records) => {
        expect(parseLedger(file(records))).toEqual({ records, damaged: false, maxAgeMs: 30_000 });
      }),
    );
  });

  it('cut at any byte, give back what is whole, and say so where a line was cut', () => {
    const whole = file(SOME);
    for (let length = 0; length < whole.length; length++) {
      const { records, damaged } = parseLedger(whole.subarray(0, length));
      const atLineEnd = length > 0 && whole[length - 1] === 0x0a;
      expect(records).toEqual(SOME.slice(0, records.length));
      expect(damaged, `cut at ${length}`).toBe(!atLineEnd);
    }
  });

  it('with any bit flipped, say that they are damaged, and give back nothing that was never written', () => {
    const whole = file(SOME);
    const written = SOME.map((each) => JSON.stringify(each));
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const bytes = Buffer.from(whole);
      const at = bit >> 3;
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
      const { records, damaged } = parseLedger(bytes);
      expect(damaged, `bit ${bit}`).toBe(true);
      expect(records.length).toBeGreaterThanOrEqual(SOME.length - 2);
      for (const each of records) expect(written).toContain(JSON.stringify(each));
    }
  });

  it('with their tail zeroed, give back what stands before it, and say so', () => {
    const whole = file(SOME);
    for (let length = 0; length < whole.length; length++) {
      const bytes = Buffer.from(whole).fill(0, length);
      const { records, damaged } = parseLedger(bytes);
      expect(records).toEqual(SOME.slice(0, records.length));
      expect(damaged).toBe(true);
    }
  });

  it('of another version, of somebody else, or of nobody, are damage', () => {
    const first = formatHeader(1);
    const newer = Buffer.from(first.replace('ledger 1', 'ledger 2'));
    expect(parseLedger(newer)).toEqual({ records: [], damaged: true, maxAgeMs: undefined });
    expect(parseLedger(new Uint8Array())).toMatchObject({ records: [], damaged: true });
    const unknown = formatRecord({ kind: 'refused', id: 'a', code: 'command/nosuch' as 'command/rate', until: 1 });
    expect(parseLedger(Buffer.from(first + unknown))).toMatchObject({ records: [], damaged: true });
    const proto = formatRecord({ kind: 'refused', id: 'a', code: 'constructor' as 'command/rate', until: 1 });
    expect(parseLedger(Buffer.from(first + proto))).toMatchObject({ records: [], damaged: true });
    const long = 'x'.repeat(REPLY_LENGTH + 1);
    const huge = formatRecord({ kind: 'settled', id: 'a', expiresAt: 1, reply: long });
    expect(parseLedger(Buffer.from(first + huge))).toMatchObject({ records: [], damaged: true });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(parseLedger(bytes)).toEqual({ records: [], damaged: true, maxAgeMs: undefined });
      }),
    );
  });

  it('of a newer version are not read, although their checksums fit', () => {
    // Made by hand, as a later version would: crc32('fieldward-ledger 2 30000').
    const newer = formatRecord({ kind: 'started', id: 'a', expiresAt: 1 });
    const header = withSum('fieldward-ledger 2 30000');
    expect(parseLedger(Buffer.from(header + newer))).toEqual({ records: [], damaged: true, maxAgeMs: undefined });
    expect(parseLedger(Buffer.from(withSum('fieldward-ledger 1 30000') + newer)).records).toHaveLength(1);
  });

  it('hold a time that no date has as the latest that can be written', () => {
    const [header = '', line = ''] = [formatHeader(1), formatRecord({ kind: 'forgotten', expiresAt: 1e300 })];
    expect(parseLedger(Buffer.from(header + line)).records).toEqual([
      { kind: 'forgotten', expiresAt: 999_999_999_999_999 },
    ]);
  });
});

describe('a reply on disk', () => {
  const settled = (name: string, values: object | undefined, outcome: 'done' | 'verified' = 'verified') => ({
    kind: 'settled' as const,
    id: name,
    expiresAt: WALL,
    reply: buildReply(name, { outcome, values: values as Record<string, unknown> | undefined }, WALL).payload,
  });

  it('is whole up to its bound; beyond it the outcome is kept, and what was done only for its values has failed', () => {
    const short = settled('a', { x: 'y'.repeat(10_000) });
    expect(boundedReply(short)).toBe(short);
    const text = 'ü'.repeat(LEDGER_REPLY_BYTES / 2);
    const at = new Date(WALL).toISOString();
    expect(JSON.parse(boundedReply(settled('a', { text })).reply)).toEqual({ id: 'a', outcome: 'verified', at });
    const signed = { ...settled('a', { text }), id: 'ops/a' };
    expect(JSON.parse(boundedReply(signed).reply), 'the request’s own id').toMatchObject({ id: 'a' });
    expect(JSON.parse(boundedReply(settled('a', { text }, 'done')).reply)).toMatchObject({
      ...{ id: 'a', outcome: 'failed', at },
      fault: { code: 'command/reply-too-large' },
    });
  });

  it('keeps its values together with the others’ only within a bound, the newest first', () => {
    const one = settled('a', { text: 'y'.repeat(15_000) });
    const many = Array.from({ length: LEDGER_ENTRIES }, (_, i) => ({ ...one, id: `id-${i}` }));
    const kept = boundedTogether(many);
    const lengths = kept.map((each) => formatRecord(each).length);
    expect(kept.map((each) => each.id)).toEqual(many.map((each) => each.id));
    expect(kept.at(-1)).toBe(many.at(-1));
    expect(lengths.filter((length) => length > LEDGER_SHORT_BYTES)).toHaveLength(69);
    expect(lengths.slice(0, -69).every((length) => length <= LEDGER_SHORT_BYTES)).toBe(true);
  });

  it('that somebody else has put there is boundedReply, too', () => {
    for (const reply of [
      'x'.repeat(20_000),
      'null'.padEnd(20_000),
      JSON.stringify({ outcome: 'z'.repeat(20_000) }),
      JSON.stringify({ fault: { code: 'z'.repeat(20_000) } }),
    ]) {
      const kept = boundedReply({ kind: 'settled', id: 'a', expiresAt: WALL, reply });
      expect(formatRecord(kept).length).toBeLessThanOrEqual(LEDGER_SHORT_BYTES);
    }
  });

  it('without values fits into the room that is kept for each, whatever the fault; all together fit into half a file', () => {
    for (const fault of FAULT_CODES) {
      const { payload } = buildReply('i'.repeat(64), { outcome: 'unknown', fault }, WALL);
      const line = formatRecord({
        kind: 'settled',
        id: `${'k'.repeat(63)}/${'i'.repeat(64)}`,
        expiresAt: WALL,
        reply: payload,
      });
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(LEDGER_SHORT_BYTES);
    }
    const longestCode = FAULT_CODES.reduce((most, code) => (code.length > most.length ? code : most));
    const refused = formatRecord({ kind: 'refused', id: 'i'.repeat(128), code: longestCode, until: WALL });
    const most = LEDGER_ENTRIES * LEDGER_SHORT_BYTES + LEDGER_LONG_REPLIES_BYTES + REFUSALS * refused.length;
    expect(most + 100).toBeLessThan(LEDGER_FILE_BYTES / 2);
  });
});

function withSum(body: string): string {
  return `${crc32(body).toString(16).padStart(8, '0')} ${body}\n`;
}
