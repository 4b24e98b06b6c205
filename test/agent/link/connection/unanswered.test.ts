import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Unanswered } from '../../../../agent/link/connection/unanswered.ts';

describe('packets without an answer', () => {
  test('each has an identifier from 1 to 65535 that no other has, also those of MQTT.js, round after round', () => {
    const unanswered = new Unanswered();
    const kept = [unanswered.expect(() => {}), unanswered.allocate()];
    for (let count = 0; count < 140_000; count += 1) {
      const identifier = unanswered.expect(() => {});
      expect(identifier >= 1 && identifier <= 65_535 && !kept.includes(identifier)).toBe(true);
      unanswered.answered(identifier, 0);
    }
    expect(kept[0]).not.toBe(kept[1]);
  });

  test('an answer settles its packet once, and no other', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 }), { maxLength: 30 }), (answers) => {
        const unanswered = new Unanswered();
        const settled = Array.from({ length: 10 }, () => vi.fn());
        const identifiers = settled.map((done) => unanswered.expect(done));
        const seen = new Set<number>();
        for (const answer of answers) {
          expect(unanswered.answered(identifiers[answer] ?? 0, 0)).toBe(!seen.has(answer));
          seen.add(answer);
        }
        for (const [place, done] of settled.entries()) expect(done).toHaveBeenCalledTimes(seen.has(place) ? 1 : 0);
      }),
    );
  });

  test('what the broker refuses is a fault; that nobody hears it is none', () => {
    const unanswered = new Unanswered();
    const codes: unknown[] = [];
    const ask = () => unanswered.expect((fault) => codes.push(fault?.code));
    for (const reason of [0, 16, 128, 135, 153, 255]) unanswered.answered(ask(), reason);
    expect(codes.slice(0, 2)).toEqual([undefined, undefined]);
    expect(codes.slice(2)).toEqual(['link/rejected', 'link/denied', 'link/too-large', 'link/rejected']);
  });

  test('what MQTT.js has taken or named is its own until it gives it back', () => {
    const unanswered = new Unanswered();
    const lent = unanswered.allocate();
    expect(unanswered.getLastAllocated()).toBe(lent);
    expect([unanswered.register(lent), unanswered.register(lent + 1)]).toEqual([false, true]);
    expect(unanswered.expect(() => {})).toBe(lent + 2);
    expect(unanswered.answered(lent, 0)).toBe(false);
    unanswered.deallocate(lent);
    expect(unanswered.register(lent)).toBe(true);
    unanswered.clear();
    expect(unanswered.register(lent)).toBe(true);
  });
});
