import { describe, expect, it } from 'vitest';
import type { Progress } from '../../../agent/lifecycle/progress.ts';
import { type Log, silentLog } from '../../../agent/log/log.ts';
import { Watchdog } from '../../../agent/service/watchdog.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const WITHIN = 30_000;

/** A watchdog over three parts; the test decides since when each is late. */
function rig(within: number | undefined = WITHIN) {
  const clock = new FakeClock(0, 0);
  const pings: number[] = [];
  const told: string[] = [];
  const recovered: string[] = [];
  const since = new Map<string, number>();
  const stuckFor = (name: string) => (now: number) => now - (since.get(name) ?? now);
  const parts: Progress[] = [
    { name: 'bus a', stuckFor: stuckFor('bus a'), recover: () => recovered.push('bus a') },
    { name: 'link', stuckFor: stuckFor('link') },
    { name: 'outbox', stuckFor: stuckFor('outbox') },
  ];
  const say = (event: string, fields?: object) => told.push(`${event}: ${Object.values(fields ?? {})}`);
  const log: Log = { ...silentLog, warn: say, error: say };
  /** How much the event loop is behind the time that the timers keep. */
  const lag = { ms: 0 };
  const lagging = Object.assign(Object.create(clock), {
    now: () => clock.now() + lag.ms,
    sleep: (wait: never, signal: AbortSignal) => clock.sleep(wait, signal),
  });
  const watchdog = new Watchdog({
    clock: lagging,
    log,
    within: within === undefined ? undefined : milliseconds(within),
    parts,
    ping: () => pings.push(clock.now() + lag.ms),
  });
  watchdog.start();
  const longest = () => Math.max(...pings.map((at, n) => at - (pings[n - 1] ?? 0)));
  return { clock, pings, told, recovered, since, lag, watchdog, longest };
}

describe('the watchdog', () => {
  it('pings three times in what is allowed while all is well, and a bit late at the most', async () => {
    for (const within of [600, 2000, 30_000, 3_600_000]) {
      const { clock, pings, longest, watchdog } = rig(within);
      await clock.advance(within * 2);
      expect(pings.length).toBeGreaterThanOrEqual(4);
      expect(pings.length).toBeLessThanOrEqual(6);
      expect(longest()).toBeLessThanOrEqual(within / 2);
      await watchdog.stop();
      expect(clock.pending).toBe(0);
    }
  });

  it.each(['bus a', 'link', 'outbox'])('pings no more while %s is stuck, and again when it goes on', async (name) => {
    const { clock, pings, since, told, watchdog } = rig();
    await clock.advance(15_000);
    expect(pings).toEqual([10_000]);
    since.set(name, 15_000);
    await clock.advance(100_000);
    expect(pings.filter((at) => at > 15_000 + 12_000)).toEqual([]);
    expect(watchdog.stuck).toEqual([name]);
    expect(told.filter((line) => line === `watchdog withheld: ${name}`)).toHaveLength(1);
    since.delete(name);
    await clock.advance(1000);
    expect(pings.at(-1)).toBe(116_000);
    expect(watchdog.stuck).toEqual([]);
    await watchdog.stop();
  });

  it('has a stuck bus recover first, once each time, and pings if that was enough', async () => {
    const { clock, pings, since, recovered, watchdog } = rig();
    await clock.advance(20_500);
    since.set('bus a', 20_500);
    await clock.advance(9000);
    expect(recovered).toEqual(['bus a']);
    since.delete('bus a');
    await clock.advance(30_000);
    expect(pings).toEqual([10_000, 20_000, 30_000, 40_000, 50_000]);
    since.set('bus a', 59_500);
    await clock.advance(60_000);
    expect(recovered).toEqual(['bus a', 'bus a']);
    await watchdog.stop();
  });

  it('takes a part that is late for a moment for well', async () => {
    const { clock, pings, since, recovered, watchdog } = rig();
    for (let second = 0; second < 60; second++) {
      since.set('link', clock.now());
      await clock.advance(1000);
    }
    expect([pings.length, recovered]).toEqual([6, []]);
    await watchdog.stop();
  });

  it('has no part recover for a time in which the event loop stood still, and the part all the same if it stays late', async () => {
    const { clock, since, lag, recovered, told, watchdog } = rig();
    await clock.advance(11_000);
    since.set('bus a', 11_200);
    lag.ms += 4000;
    await clock.advance(1000);
    // its timer is due too, and comes after the look
    expect([recovered, told]).toEqual([[], []]);
    await clock.advance(1000);
    expect(recovered).toEqual(['bus a']);
    await watchdog.stop();
  });

  it('forgives one long stop of the event loop, not one after the other', async () => {
    const { clock, pings, lag, told, longest, watchdog } = rig();
    await clock.advance(11_000);
    lag.ms += 14_000;
    await clock.advance(30_000);
    expect(longest()).toBeLessThan(WITHIN);
    expect(told).toEqual(['watchdog withheld: event loop']);
    const before = pings.length;
    for (let stop = 0; stop < 20; stop++) {
      lag.ms += 6000;
      await clock.advance(3000);
    }
    expect(pings.length - before).toBeLessThanOrEqual(1);
    await watchdog.stop();
  });

  it('pings whenever a fault of at most the time for it is over, and not after a longer one', async () => {
    for (let from = 0; from <= 10_000; from += 500) {
      for (const span of [1000, 5000, 11_000]) {
        const { clock, since, longest, watchdog } = rig();
        await clock.advance(20_000 + from);
        since.set('bus a', clock.now());
        await clock.advance(span);
        since.delete('bus a');
        await clock.advance(60_000);
        expect(longest()).toBeLessThanOrEqual(WITHIN / 2);
        await watchdog.stop();
      }
    }
  });

  it('keeps watch without a service manager too, and stops at once', async () => {
    const { clock, since, recovered, watchdog } = rig(undefined);
    since.set('bus a', 0);
    await clock.advance(5000);
    expect(recovered).toEqual(['bus a']);
    await watchdog.stop();
    await watchdog.stop();
    expect(clock.pending).toBe(0);
  });
});
