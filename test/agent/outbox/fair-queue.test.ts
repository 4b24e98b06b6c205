import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue } from '../../../agent/outbox/fair-queue.ts';
import { recordCost } from '../../../agent/outbox/memory-outbox.ts';
import type { OutboxRecord } from '../../../agent/outbox/outbox.ts';
import { record } from './outbox-contract.ts';

const MOST = 100_000;

/** Keeps to a bound, as an outbox does. @returns how many records went */
function push(queue: FairQueue, next: OutboxRecord): number {
  let gone = 0;
  for (; queue.bytes + recordCost(next) > MOST; gone += 1) expect(queue.drop()).toBeDefined();
  queue.push(next);
  return gone;
}

const all = (queue: FairQueue) => queue.after(0, Number.POSITIVE_INFINITY);
const ofDevice = (queue: FairQueue, name: string) => all(queue).filter(({ device }) => device === name);

describe('records of which the oldest go fairly', () => {
  it('go in their order where no device floods, whatever the devices send', () => {
    const queue = new FairQueue(recordCost);
    for (let seq = 1; seq <= 5000; seq += 1) push(queue, record(seq, `d${seq % 7}`, 60 + (seq % 5) * 20));
    const numbers = all(queue).map(({ seq }) => seq);
    expect(numbers).toEqual(numbers.map((_, index) => 5001 - numbers.length + index));
  });

  it('go of the device that floods, and all of the others stay', () => {
    const queue = new FairQueue(recordCost);
    let [seq, gone, sent] = [0, 0, 0];
    for (let round = 0; round < 20; round += 1) {
      gone += push(queue, record(++seq, 'scale'));
      gone += push(queue, record(++seq, 'meter'));
      for (let line = 0; line < 500; line += 1) gone += push(queue, record(++seq, 'flood'));
      sent += 1;
    }
    expect([ofDevice(queue, 'scale').length, ofDevice(queue, 'meter').length]).toEqual([sent, sent]);
    expect(queue.length + gone).toBe(seq);
    // of its own the newest stay
    expect(ofDevice(queue, 'flood').at(-1)?.seq).toBe(seq);
    const numbers = all(queue).map((each) => each.seq);
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
  });

  it('of a small device the newest stay once they take half of all', () => {
    const queue = new FairQueue(recordCost);
    let seq = 0;
    for (let round = 0; round < 2000; round += 1) {
      push(queue, record(++seq, 'meter'));
      for (let line = 0; line < 30; line += 1) push(queue, record(++seq, 'flood'));
    }
    const kept = ofDevice(queue, 'meter');
    const bytes = kept.reduce((sum, each) => sum + recordCost(each), 0);
    expect(bytes).toBeGreaterThan(MOST * 0.4);
    expect(bytes).toBeLessThan(MOST * 0.6);
    expect(kept.at(-1)?.seq).toBe(seq - 30);
    expect(kept.map((each) => each.seq)).toEqual(kept.map((_, index) => seq - 30 - 31 * (kept.length - 1 - index)));
  });

  it('are not held for one that is gone: after a flood all go in their order again', () => {
    const queue = new FairQueue(recordCost);
    let seq = 0;
    const round = (flood: number) => {
      for (const device of ['scale', 'meter']) push(queue, record(++seq, device));
      for (let line = 0; line < flood; line += 1) push(queue, record(++seq, 'flood'));
    };
    for (let count = 0; count < 100; count += 1) round(100);
    for (let count = 0; count < 2000; count += 1) round(0);
    const numbers = all(queue).map((each) => each.seq);
    expect(numbers).toEqual(numbers.map((_, index) => seq - numbers.length + 1 + index));
  });

  it('are kept of a silent device while another one floods alone', () => {
    const queue = new FairQueue(recordCost);
    let seq = 0;
    for (let count = 0; count < 10; count += 1) push(queue, record(++seq, 'meter'));
    for (let line = 0; line < 20_000; line += 1) push(queue, record(++seq, 'flood'));
    expect(ofDevice(queue, 'meter')).toHaveLength(10);
  });

  it('cost each a bounded number of looks, however many there are', () => {
    let looks = 0;
    const queue = new FairQueue((each) => {
      looks += 1;
      return recordCost(each);
    });
    let seq = 0;
    for (let count = 0; count < 20_000; count += 1) {
      push(queue, record(++seq, seq % 20 === 0 ? `d${(seq / 20) % 50}` : 'flood'));
    }
    expect(looks).toBeLessThan(seq * 6);
  });

  it('agree with a plain list in their order and their sum, whatever is done', () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constant('push' as const), device: fc.integer({ min: 0, max: 40 }) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('shift' as const, 'drop' as const, 'back' as const) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const queue = new FairQueue(recordCost);
        let list: OutboxRecord[] = [];
        let seq = 0;
        for (const action of steps) {
          if (action.do === 'push') {
            seq += 1;
            // one device in two thirds of all
            const next = record(seq, action.device < 27 ? 'flood' : `d${action.device}`);
            queue.push(next);
            list.push(next);
          } else if (action.do === 'drop') {
            const gone = queue.drop();
            expect(gone === undefined).toBe(list.length === 0);
            list = list.filter((each) => each !== gone);
          } else {
            const first = queue.shift();
            expect(first).toBe(list[0]);
            if (action.do === 'back' && first !== undefined) queue.unshift(first);
            else list = list.slice(1);
          }
          expect(all(queue)).toEqual(list);
          expect([queue.length, queue.oldest]).toEqual([list.length, list[0]]);
          expect(queue.bytes).toBe(list.reduce((sum, each) => sum + recordCost(each), 0));
        }
      }),
    );
  });
});
