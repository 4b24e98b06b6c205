import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outbox, OutboxReader } from '../../../agent/outbox/outbox.ts';
import { type MakeOutbox, record, type WhenFull } from './outbox-contract.ts';

const never = new AbortController().signal;
const seqs = (reader: OutboxReader, after = 0) => reader.peek(1000, after).map(({ seq }) => seq);
const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);

function fill(outbox: Outbox, from: number, to: number): number {
  let dropped = 0;
  for (let seq = from; seq <= to; seq += 1) dropped += outbox.append(record(seq));
  return dropped;
}

/** The contract that every outbox keeps where several read it, in memory or on disk. */
export function readersContract(name: string, make: MakeOutbox): void {
  describe(`${name} with several readers:`, () => {
    const open = async (maxBytes: number, whenFull: WhenFull, ...names: readonly [string, boolean][]) => {
      const { outbox } = await make(maxBytes, whenFull);
      const readers = names.map(([reader, holds]) => outbox.reader(reader, holds));
      await outbox.open(never);
      return [outbox, ...readers] as [Outbox, ...OutboxReader[]];
    };

    test('a record stays until each reader that holds has confirmed it, and no reader gets its own again', async () => {
      const [outbox, other] = await open(100_000, 'drop-oldest', ['other', true]);
      fill(outbox, 1, 5);
      outbox.acknowledgeThrough(4);
      expect(seqs(outbox)).toEqual([5]);
      expect(seqs(other as OutboxReader)).toEqual(range(1, 5));
      expect(outbox.status().held).toBe(5);
      other?.acknowledgeThrough(2);
      expect(outbox.status().held).toBe(3);
      outbox.acknowledgeThrough(5);
      expect([outbox.isEmpty, other?.isEmpty]).toEqual([true, false]);
      other?.acknowledgeThrough(1000);
      expect([other?.isEmpty, outbox.status().held]).toEqual([true, 0]);
      // a number that was not there yet is not confirmed
      fill(outbox, 6, 6);
      expect([seqs(outbox), seqs(other as OutboxReader)]).toEqual([[6], [6]]);
    });

    test('a reader that does not hold keeps nothing, and is passed by', async () => {
      const [outbox, other] = await open(100_000, 'drop-oldest', ['other', false]);
      fill(outbox, 1, 5);
      expect(seqs(other as OutboxReader)).toEqual(range(1, 5));
      outbox.acknowledgeThrough(3);
      expect(outbox.status().held).toBe(2);
      expect(seqs(other as OutboxReader)).toEqual([4, 5]);
      outbox.acknowledgeThrough(5);
      expect([other?.isEmpty, seqs(other as OutboxReader)]).toEqual([true, []]);
      other?.acknowledgeThrough(5);
      expect(outbox.status().held).toBe(0);
    });

    test('the same name is the same reader', async () => {
      const [outbox, other] = await open(100_000, 'drop-oldest', ['other', true]);
      expect(outbox.reader('other', true)).toBe(other);
    });

    test('a reader that came short is told once of a new record, also from where it was passed by', async () => {
      const [outbox, other] = await open(100_000, 'drop-oldest', ['other', false]);
      let told = 0;
      other?.onReadable(() => {
        told += 1;
      });
      fill(outbox, 1, 2);
      expect(told).toBe(0);
      other?.peek(10, 0);
      fill(outbox, 3, 6);
      expect(told).toBe(1);
      other?.peek(10, 0);
      outbox.acknowledgeThrough(6);
      fill(outbox, 7, 7);
      expect(told).toBe(2);
      expect(seqs(other as OutboxReader)).toEqual([7]);
    });

    test.each(['drop-oldest', 'drop-newest', 'thin'] as const)(
      'full with %s, what the first reader has goes first: one that lags costs it nothing',
      async (whenFull) => {
        const [outbox, other] = await open(20_000, whenFull, ['other', true]);
        for (let seq = 1; seq <= 2000; seq += 1) {
          outbox.append(record(seq));
          // some always wait for the first reader too
          if (seq % 10 === 0) outbox.acknowledgeThrough(seq - 5);
          if (seq % 10 === 4) expect(seqs(outbox)).toEqual(range(Math.max(1, seq - 8), seq));
        }
        expect(seqs(outbox)).toEqual(range(1996, 2000));
        const { held, dropped, bytes } = outbox.status();
        expect(held + dropped).toBe(2000);
        expect(bytes).toBeLessThanOrEqual(20_000);
        // the other one has the newest that fit, as far as they are at hand
        const rest = seqs(other as OutboxReader);
        expect(rest).toEqual([...rest].sort((a, b) => a - b));
      },
    );

    test('any run of two readers that hold agrees with a plain list', async () => {
      const step = fc.oneof(
        fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 9 }) }),
        fc.record({
          kind: fc.constantFrom('first' as const, 'other' as const),
          through: fc.integer({ min: 0, max: 200 }),
        }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const [outbox, other] = await open(1_000_000, 'drop-oldest', ['other', true]);
          let last = 0;
          const marks = { first: 0, other: 0 };
          const readers = { first: outbox as OutboxReader, other: other as OutboxReader };
          for (const each of steps) {
            if (each.kind === 'append') {
              fill(outbox, last + 1, last + each.count);
              last += each.count;
            } else {
              readers[each.kind].acknowledgeThrough(each.through);
              marks[each.kind] = Math.max(marks[each.kind], Math.min(each.through, last));
            }
            for (const name of ['first', 'other'] as const) {
              expect(seqs(readers[name])).toEqual(range(marks[name] + 1, last));
              expect(readers[name].isEmpty).toBe(marks[name] >= last);
            }
            expect(outbox.status().held).toBe(last - Math.min(marks.first, marks.other));
          }
        }),
        { numRuns: 60 },
      );
    });
  });
}
