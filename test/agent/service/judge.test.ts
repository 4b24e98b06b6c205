import { describe, expect, it } from 'vitest';
import type { Progress } from '../../../agent/lifecycle/progress.ts';
import { judge } from '../../../agent/service/judge.ts';
import { LinkProgress } from '../../../agent/service/link-progress.ts';
import { type Pump, PumpProgress } from '../../../agent/service/pump-progress.ts';
import { statusLine } from '../../../agent/service/status-line.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';

const part = (stuckFor: number, recover?: () => void): Progress => ({
  name: 'part',
  stuckFor: () => stuckFor,
  ...(recover === undefined ? {} : { recover }),
});
const count = (each: Progress) => {
  const { late, stuck } = judge([part(0), each, part(0)], 0);
  return [late.length, stuck.length];
};

describe('the judgement on the parts', () => {
  it('lets a busy machine be late, and nobody be stuck', () => {
    expect([count(part(0)), count(part(2000)), count(part(2001))]).toEqual([
      [0, 0],
      [0, 0],
      [1, 1],
    ]);
  });

  it('gives who can recover the time for it', () => {
    const recover = () => undefined;
    expect([count(part(2001, recover)), count(part(12_000, recover)), count(part(12_001, recover))]).toEqual([
      [1, 0],
      [1, 0],
      [1, 1],
    ]);
  });

  it('takes who says nonsense or fails for stuck', () => {
    const failing: Progress = {
      name: 'part',
      stuckFor: () => {
        throw new Error();
      },
    };
    expect([count(part(Number.NaN)), count(part(Number.POSITIVE_INFINITY)), count(failing)]).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
  });
});

describe('the progress of the link', () => {
  function rig(brokers = 1) {
    let now = 0;
    const link = new LinkProgress({
      now: () => now,
      attempt: milliseconds(15_000),
      pause: milliseconds(60_000),
      brokers,
    });
    const at = (instant: number) => {
      now = instant;
      return link.stuckFor(instant);
    };
    return { link, at };
  }

  it('is not asked for before the start', () => {
    expect(rig().at(1e9)).toBe(0);
  });

  it('goes on as long as attempts end, for however many days the broker is away', () => {
    const { link, at } = rig();
    link.start();
    for (let day = 0; day < 86_400_000; day += 75_000) {
      expect(at(day)).toBe(0);
      link.failed();
    }
  });

  it('is missed when no attempt has ended in the time of the longest and of the longest pause', () => {
    const { link, at } = rig();
    link.start();
    expect([at(85_000), at(85_001)]).toEqual([0, 1]);
    link.disconnected();
    expect(at(85_001 + 85_001)).toBe(1);
  });

  it('may take longer where several brokers are tried in turn', () => {
    const { link, at } = rig(3);
    link.start();
    expect([at(115_000), at(115_001)]).toEqual([0, 1]);
  });

  it('is not asked for while connected', () => {
    const { link, at } = rig();
    link.start();
    link.connected();
    expect(at(1e9)).toBe(0);
  });
});

describe('the progress of the outbox', () => {
  const pump = { connected: true, refused: false, taken: 10, held: 10, dropped: 0 };

  /** How long it is stuck after ten minutes in which this is seen each second. */
  function lateAfter(seen: (second: number) => Partial<Pump>): number {
    let second = 0;
    const progress = new PumpProgress(() => ({ ...pump, ...seen(second) }));
    let stuckFor = 0;
    for (; second <= 600; second++) stuckFor = progress.stuckFor(second * 1000);
    return stuckFor;
  }

  it('is missed where readings wait though the broker is there', () => {
    expect(lateAfter(() => ({}))).toBe(480_000);
  });

  it('is not made by new readings, nor by the loss of old ones', () => {
    expect(lateAfter((second) => ({ taken: 10 + second, held: 10 + second }))).toBe(480_000);
    expect(lateAfter((second) => ({ taken: 10 + second, dropped: second }))).toBe(480_000);
  });

  it.each<[string, (second: number) => Partial<Pump>]>([
    ['the broker is away', () => ({ connected: false })],
    ['the broker refuses the oldest reading', () => ({ refused: true })],
    ['nothing waits', () => ({ held: 0 })],
    ['one reading a minute is acknowledged', (second) => ({ taken: 10 + Math.floor(second / 60) })],
  ])('is not missed while %s', (_what, seen) => {
    expect(lateAfter(seen)).toBe(0);
  });
});

it('the status line says how the gateway stands', () => {
  const summary = {
    buses: 4,
    busesOpen: 3,
    devices: 12,
    devicesOnline: 11,
    connected: true,
    denied: 0,
    waiting: 0,
    outputsNotSet: 0,
    stuck: [],
  };
  expect(statusLine(summary)).toBe('3 of 4 buses open, 11 of 12 devices online, broker connected, 0 waiting');
  expect(statusLine({ ...summary, denied: 1, waiting: 5 })).toContain('broker connected but denies 1 topic, 5 waiting');
  expect(statusLine({ ...summary, denied: 3 })).toContain('broker connected but denies 3 topics, 0 waiting');
  expect(
    statusLine({ ...summary, buses: 1, devices: 1, connected: false, waiting: 7, stuck: ['bus a', 'outbox'] }),
  ).toBe('3 of 1 bus open, 11 of 1 device online, broker away, 7 waiting, stuck: bus a and outbox');
  const unset = (outputsNotSet: number) =>
    statusLine({ ...summary, outputsNotSet })
      .split(', ')
      .at(-1);
  expect([unset(1), unset(2)]).toEqual(['outputs of 1 device not set', 'outputs of 2 devices not set']);
});
