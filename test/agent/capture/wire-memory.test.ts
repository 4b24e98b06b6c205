import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ChecksumStorm } from '../../../agent/capture/storm.ts';
import { WireMemory } from '../../../agent/capture/wire-memory.ts';

it('keeps the newest that fits, whole, in order, and copies it', () => {
  const entry = fc.record({
    kind: fc.constantFrom('sent' as const, 'received' as const),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 1024 }),
  });
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 60 }), (entries) => {
      const memory = new WireMemory(4096);
      for (const [at, { kind, bytes }] of entries.entries()) {
        const lent = Uint8Array.from(bytes);
        memory.add({ kind, at, bytes: lent });
        lent.fill(0);
      }
      const kept = memory.records(0);
      const newest = entries.slice(-kept.length);
      expect(kept.map((record) => [record.kind, 'bytes' in record && Array.from(record.bytes)])).toEqual(
        newest.map(({ kind, bytes }) => [kind, Array.from(bytes)]),
      );
      const size = (some: typeof entries) => some.reduce((sum, { bytes }) => sum + bytes.length + 11, 0);
      expect(size(newest)).toBeLessThanOrEqual(4096);
      if (newest.length < entries.length) expect(size(entries.slice(-kept.length - 1))).toBeGreaterThan(4096);
      expect(memory.since).toBe(entries.length - kept.length);
    }),
  );
});

it('keeps a portion that is longer than an entry, in several', () => {
  const memory = new WireMemory(8192);
  memory.add({ kind: 'received', at: 5, bytes: new Uint8Array(4000).fill(7) });
  memory.add({ kind: 'closed', at: 6 });
  const records = memory.records(1);
  expect(records.map(({ kind, at }) => [kind, at])).toEqual([
    ...Array.from({ length: 4 }, () => ['received', 4]),
    ['closed', 5],
  ]);
});

it('sees a storm begin once, and again after a calm', () => {
  const storm = new ChecksumStorm();
  const begins: number[] = [];
  let damaged = 0;
  for (let at = 0; at < 600_000; at += 5000) {
    // one a second in two minutes, one in half a minute else
    damaged += at % 300_000 < 120_000 ? 5 : at % 30_000 === 0 ? 1 : 0;
    if (storm.look(damaged, at)) begins.push(at);
  }
  expect(begins).toEqual([10_000, 305_000]);
});
