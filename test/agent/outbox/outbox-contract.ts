import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Outbox, OutboxRecord } from '../../../agent/outbox/outbox.ts';

export interface OutboxUnderTest {
  readonly outbox: Outbox;
  /** Removes what it left behind. */
  dispose(): Promise<void>;
}

export type WhenFull = 'drop-oldest' | 'drop-newest' | 'thin';

/** Makes an outbox that is not yet open. */
export type MakeOutbox = (maxBytes: number, whenFull: WhenFull) => Promise<OutboxUnderTest>;

const never = new AbortController().signal;

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_';

/** Letters in which there is no pattern: a deflater makes them a fourth shorter and no more. The same ones for the same number. */
function noise(seq: number, length: number): string {
  let state = (seq * 2_654_435_761) >>> 0;
  let text = '';
  while (text.length < length) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += LETTERS[(state >>> 16) % LETTERS.length];
  }
  return text;
}

export function record(seq: number, device = 'meter', size = 40): OutboxRecord {
  const head = `{"seq":${seq},"values":{"x":"`;
  return { seq, device, payload: `${head}${noise(seq, Math.max(0, size - head.length - 3))}"}}` };
}

const seqs = (records: readonly OutboxRecord[]) => records.map(({ seq }) => seq);

/** The contract that every outbox keeps, in memory or on disk. */
export function outboxContract(name: string, make: MakeOutbox): void {
  describe(`${name} keeps the contract of an outbox:`, () => {
    let made: OutboxUnderTest[] = [];
    const open = async (maxBytes: number, whenFull: WhenFull): Promise<Outbox> => {
      const under = await make(maxBytes, whenFull);
      made.push(under);
      await under.outbox.open(never);
      return under.outbox;
    };
    beforeEach(() => {
      made = [];
    });
    afterEach(async () => {
      for (const { outbox, dispose } of made) {
        await outbox.close(never);
        await dispose();
      }
    });

    test('what is appended is peeked oldest first, and stays until it is acknowledged', async () => {
      const outbox = await open(100_000, 'drop-oldest');
      for (let seq = 1; seq <= 5; seq += 1) expect(outbox.append(record(seq))).toBe(0);
      expect(outbox.peek(3, 0)).toEqual([record(1), record(2), record(3)]);
      expect(seqs(outbox.peek(9, 3))).toEqual([4, 5]);
      expect(seqs(outbox.peek(9, 0))).toEqual([1, 2, 3, 4, 5]);
      outbox.acknowledgeThrough(2);
      expect(seqs(outbox.peek(9, 0))).toEqual([3, 4, 5]);
      expect(outbox.status().held).toBe(3);
    });

    test('an acknowledgement of an unknown or an old number forgets the prefix and nothing more', async () => {
      const outbox = await open(100_000, 'drop-oldest');
      for (const seq of [10, 20, 30]) outbox.append(record(seq));
      outbox.acknowledgeThrough(5);
      expect(seqs(outbox.peek(9, 0))).toEqual([10, 20, 30]);
      outbox.acknowledgeThrough(25);
      outbox.acknowledgeThrough(10);
      expect(seqs(outbox.peek(9, 0))).toEqual([30]);
      outbox.acknowledgeThrough(1000);
      expect(outbox.peek(9, 0)).toEqual([]);
      expect(outbox.status()).toMatchObject({ held: 0, bytes: 0, dropped: 0 });
    });

    test('a peek for nothing gives nothing', async () => {
      const outbox = await open(100_000, 'drop-oldest');
      outbox.append(record(1));
      expect(outbox.peek(0, 0)).toEqual([]);
      expect(outbox.peek(5, 1)).toEqual([]);
      expect(outbox.peek(5, 99)).toEqual([]);
    });

    test('full with drop-oldest, the newest stay and the bound holds', async () => {
      const outbox = await open(2000, 'drop-oldest');
      let dropped = 0;
      for (let seq = 1; seq <= 200; seq += 1) dropped += outbox.append(record(seq));
      const held = seqs(outbox.peek(1000, 0));
      expect(held.at(-1)).toBe(200);
      expect(held.length + dropped).toBe(200);
      expect(dropped).toBeGreaterThan(0);
      expect(held).toEqual(held.map((_, index) => 200 - held.length + 1 + index));
      expect(outbox.status().dropped).toBe(dropped);
      expect(outbox.status().bytes).toBeLessThanOrEqual(2000);
    });

    test('full with drop-newest, the oldest stay and each refused reading is counted', async () => {
      const outbox = await open(2000, 'drop-newest');
      let dropped = 0;
      for (let seq = 1; seq <= 200; seq += 1) dropped += outbox.append(record(seq));
      const held = seqs(outbox.peek(1000, 0));
      expect(held).toEqual(held.map((_, index) => index + 1));
      expect(held.length + dropped).toBe(200);
      expect(outbox.status().dropped).toBe(dropped);
      outbox.acknowledgeThrough(held[0] ?? 0);
      expect(outbox.append(record(201))).toBe(0);
      expect(outbox.peek(1000, 200)).toEqual([record(201)]);
    });

    test('full with thin, old history gets sparse, young history stays whole, and every device keeps its part', async () => {
      const outbox = await open(20_000, 'thin');
      let dropped = 0;
      for (let seq = 1; seq <= 2000; seq += 1) dropped += outbox.append(record(seq, seq % 2 ? 'a' : 'b'));
      const held = outbox.peek(5000, 0);
      expect(held.length + dropped).toBe(2000);
      expect(outbox.status().bytes).toBeLessThanOrEqual(20_000);
      const numbers = seqs(held);
      expect(numbers.slice(-20)).toEqual(Array.from({ length: 20 }, (_, index) => 1981 + index));
      expect(numbers[0]).toBeLessThanOrEqual(2);
      expect(held.slice(0, held.length / 2).map(({ device }) => device)).toEqual(expect.arrayContaining(['a', 'b']));
      const gaps = numbers.slice(1).map((seq, index) => seq - (numbers[index] ?? 0));
      const sum = (part: number[]) => part.reduce((a, b) => a + b, 0) / part.length;
      expect(sum(gaps.slice(0, gaps.length / 4))).toBeGreaterThan(4 * sum(gaps.slice(-gaps.length / 4)));
    });

    test('a reading larger than the whole outbox is dropped alone', async () => {
      for (const whenFull of ['drop-oldest', 'drop-newest', 'thin'] as const) {
        const outbox = await open(2000, whenFull);
        outbox.append(record(1));
        expect(outbox.append(record(2, 'meter', 5000))).toBe(1);
        outbox.append(record(3));
        expect(seqs(outbox.peek(9, 0))).toEqual([1, 3]);
        expect(outbox.status().dropped).toBe(1);
      }
    });

    test('a reading out of order is dropped and counted, never kept in the wrong place', async () => {
      const outbox = await open(100_000, 'drop-oldest');
      outbox.append(record(5));
      expect(outbox.append(record(5))).toBe(1);
      expect(outbox.append(record(4))).toBe(1);
      expect(seqs(outbox.peek(9, 0))).toEqual([5]);
    });

    test('it can be closed twice, and an append after that neither throws nor keeps anything', async () => {
      const outbox = await open(100_000, 'drop-oldest');
      outbox.append(record(1));
      await outbox.close(never);
      await outbox.close(never);
      expect(outbox.append(record(2))).toBe(1);
    });

    test('text beyond ASCII comes back as it was', async () => {
      const outbox = await open(100_000, 'drop-oldest');
      const payload = '{"values":{"t":"Ä→漢😀"}}';
      outbox.append({ seq: 1, device: 'meter', payload });
      expect(outbox.peek(1, 0)[0]?.payload).toBe(payload);
    });

    test('any run of appends, peeks and acknowledgements agrees with a plain list', async () => {
      const step = fc.oneof(
        {
          weight: 5,
          arbitrary: fc.record({ do: fc.constant('append' as const), size: fc.integer({ min: 30, max: 400 }) }),
        },
        {
          weight: 2,
          arbitrary: fc.record({ do: fc.constant('ack' as const), ahead: fc.integer({ min: -3, max: 12 }) }),
        },
        {
          weight: 2,
          arbitrary: fc.record({
            do: fc.constant('peek' as const),
            count: fc.integer({ min: 0, max: 20 }),
            ahead: fc.integer({ min: -3, max: 12 }),
          }),
        },
      );
      const whenFull = fc.constantFrom<WhenFull>('drop-oldest', 'drop-newest', 'thin');
      await fc.assert(
        fc.asyncProperty(whenFull, fc.array(step, { maxLength: 300 }), async (policy, steps) => {
          const { outbox, dispose } = await make(8000, policy);
          await outbox.open(never);
          try {
            let list: number[] = [];
            let seq = 0;
            let dropped = 0;
            for (const action of steps) {
              if (action.do === 'append') {
                seq += 1;
                const lost = outbox.append(record(seq, `d${seq % 3}`, action.size));
                dropped += lost;
                const held = seqs(outbox.peek(10_000, 0));
                expect(held.length).toBe(list.length + 1 - lost);
                if (policy === 'drop-oldest') expect(held).toEqual([...list, seq].slice(lost));
                if (policy === 'drop-newest') expect(held).toEqual(lost === 0 ? [...list, seq] : list);
                if (policy === 'thin') {
                  const known = new Set([...list, seq]);
                  expect(held.every((one) => known.has(one))).toBe(true);
                  expect(held.at(-1)).toBe(seq);
                }
                list = held;
              } else if (action.do === 'ack') {
                const through = (list[0] ?? seq) + action.ahead;
                outbox.acknowledgeThrough(through);
                list = list.filter((one) => one > through);
              } else {
                const after = (list[0] ?? seq) + action.ahead;
                const want = list.filter((one) => one > after).slice(0, action.count);
                expect(seqs(outbox.peek(action.count, after))).toEqual(want);
              }
              const status = outbox.status();
              expect(status.held).toBe(list.length);
              expect(status.dropped).toBe(dropped);
              expect(status.bytes).toBeLessThanOrEqual(8000);
              expect(status.bytes === 0).toBe(list.length === 0);
            }
          } finally {
            await outbox.close(never);
            await dispose();
          }
        }),
        { numRuns: 60 },
      );
    });
  });
}
