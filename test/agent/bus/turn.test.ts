import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Trust } from '../../../agent/bus/member.ts';
import { charged, NOTHING_OWED, nextTurn } from '../../../agent/bus/turn.ts';

const NEVER = Number.POSITIVE_INFINITY;
const COST = 300;

interface Given {
  readonly dueAt: number;
  readonly freeAt?: number;
  readonly trust?: Trust;
}

const member = (id: string, { dueAt, freeAt = dueAt, trust = 'trusted' }: Given) => ({
  id,
  dueAt: () => dueAt,
  freeAt: () => freeAt,
  trust: () => trust,
  cost: () => COST,
});

describe('whose turn it is among those who are expected to answer', () => {
  it('is nobody’s where nobody is due, and the next look is when the first will be', () => {
    expect(nextTurn([], NOTHING_OWED, 100)).toEqual({ member: undefined, at: NEVER, free: false });
    const members = [
      member('late', { dueAt: 120 }),
      member('soon', { dueAt: 101 }),
      member('closed', { dueAt: NEVER }),
    ];
    expect(nextTurn(members, NOTHING_OWED, 100)).toEqual({ member: undefined, at: 101, free: false });
  });

  it('is that of a member at the very instant at which it is due', () => {
    expect(nextTurn([member('now', { dueAt: 100 })], NOTHING_OWED, 100).member?.id).toBe('now');
  });

  it('is that of who has waited longest, the first of equals, whatever the order', () => {
    const four = [90, 80, 80, 99].map((dueAt, index) => member('abcd'.charAt(index), { dueAt }));
    expect(nextTurn(four, NOTHING_OWED, 100).member?.id).toBe('b');
    const instants = fc.array(fc.oneof(fc.nat(200), fc.constant(NEVER)), { maxLength: 12 });
    fc.assert(
      fc.property(instants, fc.nat(200), (dueAt, now) => {
        const members = dueAt.map((at, index) => member(`m${index}`, { dueAt: at }));
        const least = Math.min(...dueAt);
        const turn = nextTurn(members, NOTHING_OWED, now);
        expect(turn.at).toBe(least);
        expect(turn.member?.dueAt()).toBe(least <= now ? least : undefined);
      }),
    );
  });
});

describe('whose turn it is where some did not answer', () => {
  const living = (dueAt: number) => member('living', { dueAt });
  const doubted = member('doubted', { dueAt: 0, trust: 'doubted' });
  const dead = member('dead', { dueAt: 0, trust: 'offline' });

  it('lets an offline one pay for its probe: the next of all of them waits for its share', () => {
    const first = nextTurn([living(1000), dead], NOTHING_OWED, 1000);
    expect(first).toMatchObject({ member: { id: 'dead' }, free: false });
    const ledger = charged(NOTHING_OWED, 'offline', first.free, COST, 1300);
    // 300 ms of 15 s are 2 %
    expect(ledger.offlineFrom).toBe(1300 + 14_700);
    const another = member('another', { dueAt: 0, trust: 'offline' });
    expect(nextTurn([living(1400), another], ledger, 1400).member?.id).toBe('living');
    expect(nextTurn([living(15_999), another], ledger, 15_999).member?.id).toBe('living');
    expect(nextTurn([living(16_001), another], ledger, 16_001).member?.id).toBe('another');
  });

  it('asks an offline one sooner, and at no charge of the share, where it is done before anybody else is due', () => {
    const early = member('dead', { dueAt: 60_000, freeAt: 1000, trust: 'offline' });
    const owed = { ...NOTHING_OWED, offlineFrom: 90_000 };
    expect(nextTurn([living(1000 + COST), early], owed, 1000)).toMatchObject({ member: { id: 'dead' }, free: true });
    expect(nextTurn([living(999 + COST), early], owed, 1000)).toEqual({
      member: undefined,
      at: 999 + COST,
      free: false,
    });
    expect(nextTurn([early], owed, 999)).toEqual({ member: undefined, at: 1000, free: false });
    const after = charged(owed, 'offline', true, COST, 1300);
    expect(after).toEqual({ ...owed, idleFrom: 1600 });
    expect(nextTurn([early], after, 1599).member).toBeUndefined();
    expect(nextTurn([early], after, 1600).member?.id).toBe('dead');
  });

  it('gives those that just fell silent a quarter of the line, or what nobody else wants', () => {
    const ledger = charged(NOTHING_OWED, 'doubted', false, 100, 1000);
    expect(ledger.doubtedFrom).toBe(1300);
    expect(nextTurn([living(1299), doubted], ledger, 1299).member?.id).toBe('living');
    expect(nextTurn([living(1301), doubted], ledger, 1301).member?.id).toBe('doubted');
    expect(nextTurn([living(1600), doubted], ledger, 1000)).toMatchObject({ member: { id: 'doubted' }, free: true });
    expect(charged(NOTHING_OWED, 'doubted', true, 100, 1000)).toBe(NOTHING_OWED);
  });

  it('goes round among the offline ones, whatever their order: who was probed the longest ago comes first', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.array(fc.nat(11)), fc.boolean(), (count, order, idle) => {
        const probedAt = Array.from({ length: count }, (_, index) => order[index] ?? index);
        let ledger = NOTHING_OWED;
        let now = 100;
        const probed: number[] = [];
        for (let turn = 0; turn < 2 * count; turn += 1) {
          const dead = probedAt.map((at, index) => ({
            ...member('', { dueAt: at, trust: 'offline' as const }),
            index,
          }));
          const members = idle ? dead : [...dead, { ...living(now), index: -1 }];
          // the living one, due all the time, comes in between
          now = Math.max(now, idle ? ledger.idleFrom : ledger.offlineFrom) + 1;
          const next = nextTurn(
            idle ? dead : members.map((each) => (each.index < 0 ? { ...each, dueAt: () => now } : each)),
            ledger,
            now,
          );
          const index = next.member?.index ?? -1;
          probed.push(index);
          probedAt[index] = now;
          ledger = charged(ledger, 'offline', next.free, COST, now + COST);
          now += COST;
        }
        expect(new Set(probed.slice(0, count)).size).toBe(count);
        expect(new Set(probed.slice(count)).size).toBe(count);
      }),
    );
  });

  it('says when to look again, and is right about it', () => {
    const trust = fc.constantFrom<Trust>('trusted', 'doubted', 'offline');
    const given = fc.record({ dueAt: fc.nat(2000), freeAt: fc.nat(2000), trust });
    const ledgers = fc.record({ doubtedFrom: fc.nat(2000), offlineFrom: fc.nat(2000), idleFrom: fc.nat(2000) });
    fc.assert(
      fc.property(fc.array(given, { maxLength: 8 }), ledgers, fc.nat(2000), (all, ledger, now) => {
        const members = all.map((each, index) => member(`m${index}`, each));
        const turn = nextTurn(members, ledger, now);
        expect(turn.at <= now).toBe(turn.member !== undefined);
        if (turn.member !== undefined || turn.at === NEVER) return;
        for (let at = now; at < turn.at; at += 1) expect(nextTurn(members, ledger, at).member).toBeUndefined();
        expect(nextTurn(members, ledger, turn.at).member).toBeDefined();
      }),
    );
  });
});
