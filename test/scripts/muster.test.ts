import { describe, expect, it } from 'vitest';
import { readArguments, USAGE } from '../../scripts/fleet-test/arguments.ts';
import type { Account, Moment } from '../../scripts/fleet-test/course.ts';
import { binned, figuresOf, isCalm } from '../../scripts/fleet-test/figures.ts';
import { plot, stepFor } from '../../scripts/fleet-test/plot.ts';
import { tables } from '../../scripts/fleet-test/table.ts';
import { tagsOf } from '../support/xml.ts';

describe('the arguments of the fleet', () => {
  it('are 300 agents and half a minute where nothing is said', () => {
    expect(readArguments([])).toMatchObject({ agents: 300, outage: 30, fault: 'kill', readingsPerS: 1, json: false });
    expect(readArguments(['--fault', 'reset']).outage).toBe(0);
    expect(USAGE).toContain('--readings-per-s');
  });

  it.each([
    ['--agents', '0'],
    ['--agents', '5001'],
    ['--agents', '1e2'],
    ['--outage', '601'],
    ['--fault', 'quake'],
    ['--readings-per-s', '-1'],
    ['--readings-per-s', '20'],
    ['stray'],
  ])('refuse %s %s', (...args) => {
    expect(() => readArguments(args)).toThrow();
  });

  it('refuse more than fits into the memory of the run', () => {
    expect(() => readArguments(['--agents', '5000', '--outage', '300'])).toThrow(/1000000/);
  });
});

describe('a storm', () => {
  it('is a second with three times the mean', () => {
    expect(binned([0, 10, 999, 1000, 2500], 0, 2500)).toEqual([3, 1, 1]);
    expect(isCalm(59, 20)).toBe(true);
    expect(isCalm(60, 20)).toBe(false);
    expect(isCalm(0, 0)).toBe(true);
  });

  it('is not told from chance where there are few attempts, unless chance does not do that', () => {
    expect(isCalm(7, 2)).toBe(null);
    expect(isCalm(20, 2)).toBe(false);
  });
});

/** Ten agents for 20 s: the broker is away from 5 to 10, they dial at 6 and 11 and are back then. */
function account(more: Partial<Account> = {}): Account {
  const moments = Array.from({ length: 20 }, (_, s): Moment => {
    const isAway = s >= 5 && s < 10;
    return {
      ...{ at: s * 1000, connected: isAway || s === 10 ? 0 : 10, held: isAway ? 10 * (s - 4) : 0 },
      ...{ heldBytes: isAway ? 3000 * (s - 4) : 0, agentsCpuMs: 100 * s, agentsRssBytes: 10_240_000 },
      ...{ brokerCpuMs: isAway ? undefined : 20 * (s % 10), brokerRssBytes: isAway ? undefined : 8_000_000 },
      ...{ brokerBytesIn: 4000 * s, brokerBytesOut: 1000 * s },
    };
  });
  const came = (at: number, backfill: boolean) => ({ at, delay: backfill ? 4000 : 3, backfill });
  const arrivals = [0, 1, 2, 3, 4].flatMap((s) => Array.from({ length: 10 }, () => came(s * 1000 + 500, false)));
  arrivals.push(...Array.from({ length: 50 }, () => came(11_200, true)));
  const each = (at: number) => Array.from({ length: 10 }, (_, agent) => at + 10 * agent);
  return {
    ...{ moments, arrivals, processes: 1, emptyBrokerRssBytes: 7_000_000, cutAt: 5000, backAt: 10_000 },
    ...{ attempts: [...each(100), ...each(6000), ...each(11_000)], connects: [...each(110), ...each(11_010)] },
    ...{ allBackAt: 11_150, drainedAt: 11_900, taken: 100, dropped: 0, different: 100, repeated: 0 },
    ...more,
  };
}

describe('the figures of a fleet', () => {
  const wishes = readArguments(['--agents', '10', '--outage', '5']);

  it('count attempts from the cut to the last reconnect, in seconds', () => {
    const { attempts, reconnect, backlog, verdict, readings } = figuresOf(account(), 10);
    expect(attempts).toMatchObject({ total: 20, seconds: 7, peakPerS: 10 });
    expect(attempts.meanPerS).toBeCloseTo(20 / 7);
    expect(reconnect).toEqual({ firstS: 1.01, halfS: 1.05, lastS: 1.1 });
    expect(backlog).toMatchObject({ mostHeld: 50, drainedS: 1.9, mostPerS: 50 });
    expect(verdict).toEqual({ calm: null, allBack: true, drained: true, nothingLost: true });
    expect(readings.unseen).toBe(0);
  });

  it('tell what the broker took, and how late live readings were', () => {
    const { broker, delay } = figuresOf(account(), 10);
    expect(broker.connectionKiB).toBeCloseTo(1_000_000 / 1024 / 10);
    expect(broker.bytesInPerReading).toBeCloseTo(400);
    expect(delay.before).toEqual({ p50Ms: 3, p99Ms: 3, mostMs: 3 });
  });

  it('say what went wrong', () => {
    const bad = figuresOf(account({ allBackAt: undefined, drainedAt: undefined, dropped: 1, different: 98 }), 10);
    expect(bad.verdict).toMatchObject({ allBack: false, drained: false, nothingLost: false });
    expect(tables(wishes, bad)).toContain('agents that never came back, a backlog that is still there, readings lost');
    expect(tables(wishes, figuresOf(account(), 10))).toMatch(/verdict +good\n$/);
  });

  it('are drawn as well-formed XML, with nothing but numbers for places', () => {
    const drawn = plot(wishes, figuresOf(account(), 10));
    const tags = tagsOf(drawn);
    expect(tags[0]).toMatchObject({ name: 'svg', attributes: { xmlns: 'http://www.w3.org/2000/svg' } });
    expect(tags.filter(({ attributes }) => attributes.class === 'bar')).toHaveLength(2);
    expect(drawn).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('are drawn also where nothing came', () => {
    const drawn = plot(wishes, figuresOf(account({ arrivals: [], attempts: [], connects: [] }), 10));
    expect(tagsOf(drawn).length).toBeGreaterThan(10);
    expect(drawn).not.toMatch(/NaN|undefined|Infinity/);
  });
});

it('steps on an axis are 1, 2 or 5 times a power of ten', () => {
  expect([0.7, 1, 4, 37, 90, 1000].map((span) => stepFor(span, 4))).toEqual([0.2, 0.5, 1, 10, 50, 500]);
});
