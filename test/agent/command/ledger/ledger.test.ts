import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger } from '../../../../agent/command/ledger/ledger.ts';
import { REPLY_LENGTH } from '../../../../agent/command/limits.ts';
import { RefusedReplies } from '../../../../agent/command/reply/refusals.ts';

const at = (now: number, wall = now) => ({ now, wall });

describe('the ledger', () => {
  it('takes no new id while it is full of ids that a request could still come under', () => {
    const ledger = new Ledger(1000, { limit: { entries: 2, length: 10 * REPLY_LENGTH } });
    expect(ledger.open('a', 500, at(0))).toBe(true);
    expect(ledger.open('b', 500, at(0))).toBe(true);
    expect(ledger.open('c', 500, at(0))).toBe(false);
    ledger.settle('a', 'reply', 100);
    expect(ledger.open('c', 2000, at(1099)), 'settled less than maxAge ago').toBe(false);
    expect(ledger.open('c', 2000, at(1100, 499)), 'not yet expired').toBe(false);
    expect(ledger.open('c', 2000, at(1100)), 'a made room').toBe(true);
    expect(ledger.find('a')).toBeUndefined();
    expect(ledger.length, 'a’s room is given back').toBe(2 * (1 + REPLY_LENGTH));
    expect(ledger.mayHaveForgotten(500)).toBe(true);
    expect(ledger.mayHaveForgotten(501)).toBe(false);
    expect(ledger.open('d', 90_000, at(80_000)), 'b still runs, c too').toBe(false);
    expect(ledger.find('b')).toBe('running');
  });

  it('keeps room for the replies still to come, and gives it back', () => {
    const ledger = new Ledger(1000, { limit: { entries: 10, length: 2 * REPLY_LENGTH } });
    expect(ledger.open('a', 500, at(0))).toBe(true);
    expect(ledger.open('b', 500, at(0)), 'a’s reply could be of any length').toBe(false);
    ledger.settle('a', 'short', 0);
    expect(ledger.length).toBe('a'.length + 'short'.length);
    expect(ledger.open('b', 500, at(0))).toBe(true);
  });

  it('settles once and hands the reply to each who waits, once', () => {
    const ledger = new Ledger(1000);
    const heard: string[] = [];
    expect(ledger.wait('a', () => undefined)).toBe(false);
    ledger.open('a', 500, at(0));
    expect(ledger.open('a', 500, at(0))).toBe(false);
    for (let i = 0; i < 8; i++) expect(ledger.wait('a', (reply) => heard.push(reply))).toBe(true);
    expect(ledger.wait('a', () => undefined)).toBe(false);
    ledger.settle('a', 'one', 0);
    ledger.settle('a', 'two', 0);
    expect(heard).toEqual(Array(8).fill('one'));
    expect(ledger.find('a')).toEqual({ reply: 'one' });
    expect(ledger.wait('a', () => undefined)).toBe(false);
  });

  it('without a journal records at once and promises nothing', async () => {
    const ledger = new Ledger(1000);
    expect(await ledger.restore(new AbortController().signal)).toEqual([]);
    ledger.open('a', 500, at(0));
    await ledger.record('a');
    expect(ledger.durable).toBe(false);
    await ledger.close(new AbortController().signal);
  });

  it('never lets an id start twice, whatever the clocks do, and never grows over its bounds', () => {
    const step = fc.record({
      id: fc.integer({ min: 0, max: 12 }).map(String),
      wait: fc.integer({ min: 0, max: 700 }),
      jump: fc.integer({ min: -2000, max: 2000 }),
      settles: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const ledger = new Ledger(1000, { limit: { entries: 4, length: 4 * REPLY_LENGTH + 400 } });
        const expiries = new Map<string, number>();
        const started = new Set<string>();
        let time = at(0, 100_000);
        for (const { id, wait, jump, settles } of steps) {
          time = at(time.now + wait, time.wall + wait + jump);
          // Each id is one request: sent again it has the expiry that it had.
          const expiresAt = expiries.get(id) ?? time.wall + 800;
          expiries.set(id, expiresAt);
          const valid = time.wall < expiresAt && !ledger.mayHaveForgotten(expiresAt);
          if (ledger.find(id) === undefined && valid && ledger.open(id, expiresAt, time)) {
            expect(started.has(id)).toBe(false);
            started.add(id);
          }
          if (settles) ledger.settle(id, 'x'.repeat(100), time.now);
          expect(ledger.size).toBeLessThanOrEqual(4);
          expect(ledger.length).toBeLessThanOrEqual(4 * REPLY_LENGTH + 400);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the refusals', () => {
  it('are kept while the request could be valid, and forget the oldest when there are too many', () => {
    const refusals = new RefusedReplies(1000, { limit: 2 });
    refusals.add('a', 'command/rate', 0, 0);
    refusals.add('b', 'command/clock', 5000, 0);
    expect(refusals.find('a', 999)).toBe('command/rate');
    expect(refusals.find('a', 1000)).toBeUndefined();
    expect(refusals.find('b', 4999)).toBe('command/clock');
    refusals.add('c', 'command/rate', 0, 0);
    expect(refusals.size).toBe(2);
    expect([refusals.find('a', 0), refusals.find('b', 0), refusals.find('c', 0)]).toEqual([
      undefined,
      'command/clock',
      'command/rate',
    ]);
  });
});
