import { describe, expect, it } from 'vitest';
import { fill, opened, quiet, type Rig, written } from '../disk/disk-rig.ts';
import { refusal } from '../memory-disk.ts';

const SIZE = 8000;
const COUNT = 1200;

/** Some ten megabytes on disk: a window holds a fortieth of it. */
async function filled(): Promise<Rig> {
  const all = await opened({ maxBytes: 33_554_432 });
  for (let from = 1; from <= COUNT; from += 100) {
    fill(all, from, from + 99, SIZE);
    await written(all);
  }
  expect(all.outbox.status()).toMatchObject({ held: COUNT, dropped: 0, durable: true });
  return all;
}

/** Readers that ask in this order each time that there may be more, a few at a time, until each is so far on. */
async function readFrom(
  all: Rig,
  starts: readonly number[],
  steps: number,
): Promise<{ reads: number; seqs: number[][] }> {
  const seqs: number[][] = starts.map(() => []);
  let reads = 0;
  all.disk.before = (_, name) => {
    if (name !== 'read') return;
    reads += 1;
    // a loop without progress would never give a turn to anything else
    if (reads > 40 * starts.length * steps) throw refusal('EIO');
  };
  const ask = (): void => {
    for (const [index, start] of starts.entries()) {
      const own = seqs[index] ?? [];
      if (own.length >= steps) continue;
      const records = all.outbox.peek(4, own.at(-1) ?? start);
      own.push(...records.map(({ seq }) => seq));
    }
  };
  all.outbox.onReadable(ask);
  ask();
  const isDone = () => seqs.every((own) => own.length >= steps);
  for (let turn = 0; turn < 3000 && !isDone(); turn += 1) {
    await quiet(2);
    ask();
  }
  all.outbox.onReadable(() => undefined);
  all.disk.before = () => undefined;
  return { reads, seqs };
}

describe('readers of one outbox on disk', () => {
  it.each([[[0, 400, 800]], [[0, 300, 600, 900]], [[1100, 600, 300, 0]], [[0, 200, 400, 600, 800, 1000]]])(
    'all come on, each in its order, however many there are: %j',
    async (starts) => {
      const all = await filled();
      const { reads, seqs } = await readFrom(all, starts, 60);
      for (const [index, start] of starts.entries()) {
        const own = seqs[index] ?? [];
        expect(own).toEqual(own.map((_, at) => start + 1 + at));
        expect(own.length).toBeGreaterThanOrEqual(60);
      }
      // at the worst a whole segment, nine loads, for each time that somebody gets a few
      expect(reads).toBeLessThanOrEqual((starts.length * 60 * 9) / 4);
    },
  );

  it('do not hold each other up when one of them asks no more', async () => {
    const all = await filled();
    all.outbox.peek(4, 1150);
    all.outbox.peek(4, 1150);
    all.outbox.peek(4, 1100);
    all.outbox.peek(4, 1000);
    all.outbox.peek(4, 900);
    const { seqs } = await readFrom(all, [0, 400, 800], 20);
    for (const own of seqs) expect(own.length).toBeGreaterThanOrEqual(20);
  });
});
