import { describe, expect, it } from 'vitest';
import { Supervisor } from '../../../agent/clock/supervisor.ts';
import type { Log, LogFields } from '../../../agent/log/log.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { judge } from '../../../agent/service/judge.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

interface Told extends LogFields {
  readonly event: string;
  readonly fault: string;
}

function rig() {
  const clock = new FakeClock();
  const told: Told[] = [];
  const log: Log = {
    ...silentLog,
    error: (event, fields, fault) => void told.push({ event, ...fields, fault: fault?.code ?? '' }),
  };
  const ending = new AbortController();
  return { clock, told, supervisor: new Supervisor({ clock, log }), ending };
}

describe('a part that is supervised', () => {
  it('is started again after growing pauses when it throws, and each time is told', async () => {
    const { clock, told, supervisor, ending } = rig();
    const begun: number[] = [];
    const start = clock.now();
    const over = supervisor.supervise(
      'bus a, polls',
      async () => {
        begun.push(clock.now() - start);
        throw new TypeError('text');
      },
      ending.signal,
    );
    await clock.advance(15_000);
    expect(begun).toEqual([0, 1000, 3000, 7000, 15_000]);
    expect(told[0]).toEqual({
      ...{ event: 'part restarts', part: 'bus a, polls', waitMs: 1000 },
      ...{ code: 'internal/unexpected', fault: 'internal/unexpected' },
    });
    expect(told).toHaveLength(5);
    ending.abort();
    await over;
    expect(clock.pending).toBe(0);
  });

  it('is started again when it throws at once, before any promise, and when it ends by itself', async () => {
    const { clock, told, supervisor, ending } = rig();
    let runs = 0;
    const task = (): Promise<void> => {
      runs += 1;
      if (runs === 1) throw new Fault('throttle/limits');
      return Promise.resolve();
    };
    const over = supervisor.supervise('part', task, ending.signal);
    await clock.advance(3000);
    expect(runs).toBe(3);
    expect(told.map(({ code }) => code)).toEqual(['throttle/limits', 'internal/unexpected', 'internal/unexpected']);
    ending.abort();
    await over;
  });

  it('is over with its signal, and what it throws then is told unless it was cancelled', async () => {
    for (const [thrown, events] of [
      [new Fault('internal/cancelled'), []],
      [new TypeError('x'), ['part failed']],
    ] as const) {
      const { told, supervisor, ending } = rig();
      const task = (signal: AbortSignal) =>
        new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(thrown)));
      const over = supervisor.supervise('part', task, ending.signal);
      ending.abort();
      await over;
      expect(told.map(({ event }) => event)).toEqual(events);
    }
  });

  it('counts as stuck for the watchdog once it is started again too often, and no more once it runs steadily', async () => {
    const { clock, supervisor, ending } = rig();
    let fails = true;
    const task = async (signal: AbortSignal) => {
      if (fails) throw new TypeError('x');
      await clock.sleep(milliseconds(3_600_000), signal);
    };
    const over = supervisor.supervise('broker link', task, ending.signal);
    await clock.advance(30_000);
    expect(judge([supervisor], clock.now()).stuck).toEqual([]);
    await clock.advance(4000);
    expect(judge([supervisor], clock.now()).stuck).toEqual([supervisor]);
    expect(supervisor.name).toBe('restarts of broker link');
    fails = false;
    await clock.advance(60_000);
    expect(judge([supervisor], clock.now()).stuck).toEqual([supervisor]);
    await clock.advance(60_000);
    expect(judge([supervisor], clock.now()).late).toEqual([]);
    ending.abort();
    await over;
    expect(supervisor.stuckFor(clock.now())).toBe(0);
  });

  it('is not stuck by one failure a minute', async () => {
    const { clock, supervisor, ending } = rig();
    const task = async (signal: AbortSignal) => {
      await clock.sleep(milliseconds(60_000), signal);
      throw new TypeError('x');
    };
    const over = supervisor.supervise('part', task, ending.signal);
    for (let minute = 0; minute < 30; minute += 1) {
      await clock.advance(61_000);
      expect(supervisor.stuckFor(clock.now())).toBe(0);
    }
    ending.abort();
    await over;
  });

  it('may be one that has an end: then it is started again only after a throw', async () => {
    const { clock, supervisor, ending } = rig();
    let runs = 0;
    const task = async () => {
      runs += 1;
      if (runs < 3) throw new TypeError('x');
    };
    const over = supervisor.untilDone('outputs', task, ending.signal);
    await clock.advance(3000);
    await over;
    expect(runs).toBe(3);
  });
});

describe('what is done once', () => {
  it('never rejects, and tells what it threw', async () => {
    const { told, supervisor } = rig();
    await supervisor.errand('status', async () => {
      throw new TypeError('x');
    });
    await supervisor.errand('status', () => {
      throw 'text';
    });
    expect(told).toHaveLength(2);
    expect(told[0]).toMatchObject({ event: 'part failed', part: 'status', fault: 'internal/unexpected' });
  });

  it('does not end the caller, also where it is a plain call or the log fails', async () => {
    const { told, supervisor } = rig();
    const fail = () => {
      throw new TypeError('x');
    };
    expect(supervisor.guard('listener', fail)).toBe(false);
    expect(supervisor.guard('listener', () => undefined)).toBe(true);
    expect(told).toHaveLength(1);
    const mute = new Supervisor({ clock: new FakeClock(), log: { ...silentLog, error: fail } });
    expect(mute.guard('listener', fail)).toBe(false);
    await settle();
  });
});
