import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PolledMember } from '../../../agent/bus/member.ts';
import { mostOverdue } from '../../../agent/bus/poller.ts';

const member = (id: string, dueAt: number): PolledMember => ({
  id,
  kind: 'poll',
  dueAt: () => dueAt,
  poll: async () => true,
  lineOpened() {},
  lineClosed() {},
  tick() {},
});

describe('whose turn it is', () => {
  it('is nobody’s where nobody is due', () => {
    expect(mostOverdue([], 100)).toBeUndefined();
    expect(mostOverdue([member('soon', 101), member('offline', Number.POSITIVE_INFINITY)], 100)).toBeUndefined();
  });

  it('is that of a member at the very instant at which it is due', () => {
    expect(mostOverdue([member('now', 100)], 100)?.id).toBe('now');
  });

  it('is that of who has waited longest, the first of equals, whatever the order', () => {
    expect(mostOverdue([member('a', 90), member('b', 80), member('c', 80), member('d', 99)], 100)?.id).toBe('b');
    const instants = fc.array(fc.oneof(fc.nat(200), fc.constant(Number.POSITIVE_INFINITY)), { maxLength: 12 });
    fc.assert(
      fc.property(instants, fc.nat(200), (dueAt, now) => {
        const members = dueAt.map((at, index) => member(`m${index}`, at));
        const least = Math.min(...dueAt);
        expect(mostOverdue(members, now)?.dueAt()).toBe(least <= now ? least : undefined);
      }),
    );
  });
});
