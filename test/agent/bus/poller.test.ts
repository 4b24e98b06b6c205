import { describe, expect, it } from 'vitest';
import type { PolledMember } from '../../../agent/bus/member.ts';
import { Poller } from '../../../agent/bus/poller.ts';
import { answered, trustIn, UNKNOWN, unanswered } from '../../../agent/device/health.ts';
import { PROBES } from '../../../config/probes.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const EXCHANGE = 5;
const TIMEOUT = 300;
const LATE = 2000;
const LIMITS = { offlineAfter: 3, probeMin: 1000, probeMax: 60_000 };

/** Devices of which some never answer; each holds the line for as long as a real one would. */
function rig(count: number, dead: ReadonlySet<number>, period: number) {
  const clock = new FakeClock();
  const asked: { unit: number; at: number }[] = [];
  const members = Array.from({ length: count }, (_, unit): PolledMember => {
    let standing = UNKNOWN;
    let dueAt = clock.now();
    let freeAt = clock.now();
    return {
      id: `unit-${unit}`,
      kind: 'poll',
      dueAt: () => dueAt,
      freeAt: () => freeAt,
      trust: () => trustIn(standing),
      cost: () => TIMEOUT,
      async poll(signal) {
        asked.push({ unit, at: clock.now() });
        const silent = dead.has(unit);
        await clock.sleep(milliseconds(silent ? TIMEOUT : EXCHANGE), signal).catch(() => undefined);
        standing = silent ? unanswered(standing, LIMITS) : answered();
        dueAt = clock.now() + (silent ? Math.max(LATE, standing.probeAfter) : period);
        freeAt = clock.now() + (silent ? LATE : period);
        return true;
      },
      lineOpened() {},
      lineClosed() {},
      tick() {},
    };
  });
  const poller = new Poller(clock, members);
  const stopping = new AbortController();
  const running = poller.run(stopping.signal);
  const stop = async () => {
    stopping.abort();
    await running;
  };
  const polls = (from: number, of: (unit: number) => boolean) =>
    asked.filter((each) => each.at >= from && of(each.unit));
  return { clock, asked, members, stop, polls };
}

describe('a bus that is asked as fast as it goes', () => {
  it('keeps 98 % for the living, however many are dead', async () => {
    for (const many of [3, 15]) {
      const dead = new Set(Array.from({ length: many }, (_, index) => index));
      const { clock, stop, polls } = rig(16, dead, 0);
      await clock.advance(120_000);
      const from = clock.now();
      await clock.advance(60_000);
      const share = (polls(from, (unit) => !dead.has(unit)).length * EXCHANGE) / 60_000;
      expect(share).toBeGreaterThan(0.975);
      await stop();
    }
  });

  it('probes every dead device within the bound that is announced', async () => {
    const dead = new Set([0, 3, 7, 8, 15]);
    const { clock, asked, stop } = rig(16, dead, 0);
    await clock.advance(400_000);
    // its back-off by time, then the probes of all that are offline within their share, and a cycle of the living
    const bound = LIMITS.probeMax + (dead.size * TIMEOUT) / PROBES.share + 16 * EXCHANGE;
    for (const unit of dead) {
      const times = [...asked.filter((each) => each.unit === unit).map(({ at }) => at), clock.now()];
      const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
      expect(times.length).toBeGreaterThan(5);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(bound);
    }
    await stop();
  });

  it('finds out within seconds that a branch is dead, and serves the others meanwhile', async () => {
    const dead = new Set([1, 2, 3, 4, 5]);
    const { clock, members, stop, polls } = rig(8, dead, 0);
    await clock.advance(dead.size * TIMEOUT + 8 * EXCHANGE);
    const from = clock.now();
    await clock.advance(14_000);
    expect([...dead].map((unit) => members[unit]?.trust())).toEqual(Array(5).fill('offline'));
    expect(polls(from, (unit) => !dead.has(unit)).length * EXCHANGE).toBeGreaterThan(0.7 * 14_000);
    await stop();
  });
});

describe('a bus that has time', () => {
  it('probes a dead device soon and for ever, without delaying anybody', async () => {
    const { clock, asked, stop } = rig(4, new Set([2]), 1000);
    await clock.advance(60_000);
    const before = asked.length;
    await clock.advance(60_000);
    const later = asked.slice(before);
    const probes = later.filter(({ unit }) => unit === 2);
    expect(probes.length).toBeGreaterThan(60_000 / (LATE + 1000 + TIMEOUT) - 2);
    for (const probe of probes) {
      const delayed = later.some(({ unit, at }) => unit !== 2 && at === probe.at + TIMEOUT);
      expect(delayed && later.filter(({ at }) => at === probe.at + TIMEOUT).length > 1).toBe(false);
    }
    await stop();
  });

  it('gives probes no more than half of the time, so that a command seldom waits', async () => {
    const { clock, stop, polls } = rig(16, new Set(Array.from({ length: 16 }, (_, index) => index)), 0);
    await clock.advance(60_000);
    const from = clock.now();
    await clock.advance(60_000);
    const share = (polls(from, () => true).length * TIMEOUT) / 60_000;
    expect(share).toBeGreaterThan(0.45);
    expect(share).toBeLessThan(0.51);
    await stop();
  });
});
