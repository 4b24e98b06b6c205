import { describe, expect, test } from 'vitest';
import { BELIEVED_FOR, PoisonMessage, type UnansweredPacket } from '../../../../agent/link/failover/poison-message.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';

const LOST = new Fault('link/lost');
const nothing: UnansweredPacket = { count: 0, largest: 0, alone: undefined };
const many = (largest: number): UnansweredPacket => ({ count: 3, largest, alone: undefined });
const alone = (size: number, retain = false, waited = 5): UnansweredPacket => {
  return { count: 1, largest: size, alone: { size, retain, waited } };
};
const plain = (size: number) => ({ size, retain: false });
const kept = (size: number) => ({ size, retain: true });

function setUp() {
  const caution = new PoisonMessage(15_000);
  let now = 0;
  const live = (acknowledged: readonly number[], end: Fault, unanswered: UnansweredPacket, lasted = 10) => {
    caution.opened(now);
    caution.alive();
    for (const size of acknowledged) caution.answered(kept(size));
    now += lasted;
    return caution.ended(end, unanswered, now);
  };
  return { caution, live, pass: (span: number) => (now += span), now: () => now };
}

describe('caution', () => {
  test('is none before a connection has ended over something, or after ends that no message can bring about', () => {
    const { caution, live } = setUp();
    expect(live([100], LOST, nothing)).toBe('none');
    live([100], new Fault('link/lost', { reason: 139 }), many(5000));
    live([100], new Fault('link/taken-over', { reason: 142 }), many(5000));
    expect([caution.on, caution.judge(kept(100_000))]).toEqual([false, 'free']);
  });

  test('lets what is larger than anything acknowledged go alone, until as much as was suspected is acknowledged', () => {
    const { caution, live } = setUp();
    expect(live([100], LOST, many(5000))).toBe('none');
    expect([100, 101, 4000].map((size) => caution.judge(plain(size)))).toEqual(['free', 'alone', 'alone']);
    caution.opened(20);
    caution.answered(kept(4000));
    expect([4000, 4001].map((size) => caution.judge(plain(size)))).toEqual(['free', 'alone']);
    caution.answered(plain(5000));
    expect([caution.on, caution.judge(plain(9000))]).toEqual([false, 'free']);
  });

  test('keeps the order until a connection has ended over a message alone, and again once all is well', () => {
    const { caution, live } = setUp();
    live([], LOST, many(5000));
    live([], LOST, nothing);
    live([], LOST, many(4000));
    expect([caution.on, caution.inOrder]).toEqual([true, true]);
    live([200], LOST, alone(3100));
    expect([caution.on, caution.inOrder]).toEqual([true, false]);
    live([200], LOST, many(3100));
    expect(caution.inOrder).toBe(false);
    caution.answered(kept(5000));
    expect([caution.on, caution.inOrder]).toEqual([false, true]);
    // one that was alone by chance
    live([200], LOST, alone(3100));
    expect([caution.on, caution.inOrder]).toEqual([true, true]);
  });

  test('blames the size after three ends over a message alone, smaller ones acknowledged each time', () => {
    const { caution, live } = setUp();
    live([], LOST, many(5000));
    expect(live([200], LOST, alone(3100))).toBe('attributed');
    expect(live([200], LOST, alone(3050))).toBe('attributed');
    expect(caution.limit).toBeUndefined();
    expect(live([200], LOST, alone(3100))).toBe('size');
    expect(caution.limit).toBe(3100);
    expect([3099, 3100].map((size) => caution.judge(plain(size)))).toEqual(['alone', 'too-large']);
    expect(live([200], LOST, alone(3050))).toBe('attributed');
  });

  test.each([
    ['runs out of time, as on a path that swallows large packets', [200], new Fault('link/timeout'), alone(3100)],
    ['is closed long after it was sent, as by a broker that hears nothing', [200], LOST, alone(3100, false, 15_000)],
    ['is closed before anything smaller was acknowledged', [], LOST, alone(3100)],
    ['is closed while others are under way', [200], LOST, many(3100)],
    ['is closed after one as large was acknowledged', [3100], LOST, alone(3100)],
  ])('blames nothing where a connection %s', (_, acknowledged, fault, unanswered) => {
    const { caution, live } = setUp();
    for (let times = 0; times < 50; times += 1) expect(live(acknowledged, fault, unanswered)).toBe('none');
    expect(caution.limit).toBeUndefined();
  });

  test('believes a broker that says itself that a packet was too large', () => {
    const { caution, live } = setUp();
    const said = new Fault('link/too-large', { reason: 149 });
    expect(live([200], said, many(9000))).toBe('none');
    expect(live([200], said, alone(3100))).toBe('size');
    expect(caution.limit).toBe(3100);
  });

  test('one acknowledgement of that size clears it', () => {
    const { caution, live } = setUp();
    live([], LOST, many(5000));
    live([200], LOST, alone(3100));
    live([200], LOST, alone(3100));
    live([200, 3100], LOST, alone(6000));
    expect(live([200], LOST, alone(3100))).toBe('attributed');
    expect(caution.limit).toBeUndefined();
  });

  test('blames the retain flag where the broker answers, and hangs up over what is to be kept', () => {
    const { caution, live } = setUp();
    live([], LOST, alone(60, true));
    expect(live([], LOST, alone(60, true))).toBe('attributed');
    expect(live([], LOST, alone(60, true))).toBe('attributed');
    expect(live([], LOST, alone(60, true))).toBe('retain');
    expect(caution.limit).toBeUndefined();
    caution.opened(0);
    caution.ended(LOST, alone(60, true), 0);
    expect(caution.ended(LOST, alone(60, true), 0)).toBe('none');
  });

  test('tries the size again, alone, at the first connection after an hour', () => {
    const { caution, live, pass, now } = setUp();
    live([], LOST, many(5000));
    for (let times = 0; times < 3; times += 1) live([200], LOST, alone(3100));
    pass(BELIEVED_FOR - 20);
    caution.opened(now());
    expect(caution.judge(plain(3100))).toBe('too-large');
    pass(20);
    caution.opened(now());
    expect([3099, 3100].map((size) => caution.judge(plain(size)))).toEqual(['free', 'alone']);
    caution.answered(kept(3100));
    expect(caution.on).toBe(false);
  });
});
