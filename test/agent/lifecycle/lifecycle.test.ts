import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../agent/clock/clock.ts';
import { Lifecycle, type LifecycleStep } from '../../../agent/lifecycle/lifecycle.ts';
import { type Log, type LogFields, silentLog } from '../../../agent/log/log.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

const never = () => new Promise<never>(() => {});

function rig(parts: Record<string, Partial<LifecycleStep>>, stopLimit = 1000) {
  const clock = new FakeClock(0, 0);
  const events: string[] = [];
  const lines: string[] = [];
  const write = (event: string, fields?: LogFields, fault?: Fault) => {
    lines.push(`${event}: ${fields?.step} ${fault?.code}`);
  };
  const log: Log = { error: write, warn: write, info: write, debug: write, with: () => log };
  const steps = Object.entries(parts).map(([name, part]): LifecycleStep => {
    const step: LifecycleStep = {
      name,
      startLimit: milliseconds(100),
      stopLimit: milliseconds(100),
      start: async () => {},
      stop: async () => {},
      ...part,
    };
    return {
      ...step,
      start(signal) {
        events.push(`start ${name}`);
        return step.start(signal);
      },
      stop(signal) {
        events.push(`stop ${name}`);
        return step.stop(signal);
      },
    };
  });
  return { clock, events, lines, lifecycle: new Lifecycle({ clock, log, steps, stopLimit: milliseconds(stopLimit) }) };
}

describe('a lifecycle', () => {
  it('starts in order, one after the other, and stops in reverse', async () => {
    let ready: () => void = () => {};
    const first = () =>
      new Promise<void>((resolve) => {
        ready = resolve;
      });
    const { lifecycle, events, lines, clock } = rig({ a: { start: first }, b: {}, c: {} });
    const start = lifecycle.start();
    await settle();
    expect(events).toEqual(['start a']);
    ready();
    await start;
    await lifecycle.stop();
    expect(events).toEqual(['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']);
    expect([lines, clock.pending]).toEqual([[], 0]);
  });

  it('stops what had begun when a start fails, and tells who it was', async () => {
    const { lifecycle, events, lines } = rig({
      a: {},
      b: { start: () => Promise.reject(new Fault('config/credential')) },
      c: {},
    });
    await expect(lifecycle.start()).rejects.toMatchObject({ code: 'config/credential' });
    expect(events).toEqual(['start a', 'start b', 'stop b', 'stop a']);
    expect(lines).toEqual(['start failed: b config/credential']);
  });

  it('makes a fault of anything else that a step throws, also at once', async () => {
    const start = () => {
      throw new Error('/etc/secret');
    };
    const { lifecycle, lines } = rig({ a: { start } });
    await expect(lifecycle.start()).rejects.toMatchObject({ code: 'internal/unexpected' });
    expect(lines).toEqual(['start failed: a internal/unexpected']);
  });

  it('bounds a start that hangs, also where it ignores its signal', async () => {
    let told: AbortSignal | undefined;
    const start = (signal: AbortSignal) => {
      told = signal;
      return never();
    };
    const { lifecycle, clock, events, lines } = rig({ a: {}, b: { start } });
    const started = expect(lifecycle.start()).rejects.toMatchObject({ code: 'internal/deadline' });
    await clock.advance(100);
    await started;
    expect(told?.aborted).toBe(true);
    expect(events).toEqual(['start a', 'start b', 'stop b', 'stop a']);
    expect([lines, clock.pending]).toEqual([['start failed: b internal/deadline'], 0]);
  });

  it('names a stop that is late, and goes on with the next', async () => {
    const { lifecycle, clock, events, lines } = rig({ a: {}, b: { stop: never }, c: {} });
    await lifecycle.start();
    const stop = lifecycle.stop();
    await clock.advance(99);
    expect(events.at(-1)).toBe('stop b');
    await clock.advance(1);
    await stop;
    expect(events.at(-1)).toBe('stop a');
    expect([lines, clock.pending]).toEqual([['stop late: b internal/deadline'], 0]);
  });

  it('names a stop that fails, and goes on with the next', async () => {
    const stop = () => Promise.reject(new Error('/etc/secret'));
    const { lifecycle, events, lines } = rig({ a: {}, b: { stop } });
    await lifecycle.start();
    await lifecycle.stop();
    expect(events.at(-1)).toBe('stop a');
    expect(lines).toEqual(['stop failed: b internal/unexpected']);
  });

  it('bounds the whole stop: who comes after the limit is told to stop and not waited for', async () => {
    const parts = { a: { stop: never }, b: { stop: never }, c: { stop: never }, d: { stop: never } };
    const { lifecycle, clock, events, lines } = rig(parts, 250);
    await lifecycle.start();
    const stop = lifecycle.stop();
    await clock.advance(250);
    await stop;
    expect(clock.now()).toBe(250);
    expect(events.slice(4)).toEqual(['stop d', 'stop c', 'stop b', 'stop a']);
    expect(lines.map((line) => line.slice(0, 12))).toEqual([
      'stop late: d',
      'stop late: c',
      'stop late: b',
      'stop late: a',
    ]);
  });

  it('tells every step to stop, also where one has blocked the process for longer than the whole limit', async () => {
    const clock = new FakeClock(0, 0);
    let blocked = 0;
    const lagging: Clock = {
      now: () => clock.now() + blocked,
      wall: () => clock.wall(),
      sleep: (wait, signal) => clock.sleep(wait, signal),
      until: (instant, signal) => clock.until(instant, signal),
      at: (instant, call) => clock.at(instant, call),
    };
    const ended: string[] = [];
    const step = (name: string): LifecycleStep => ({
      name,
      startLimit: milliseconds(100),
      stopLimit: milliseconds(100),
      start: async () => {},
      async stop() {
        blocked = 5000;
        ended.push(name);
      },
    });
    const steps = ['a', 'b'].map(step);
    const lifecycle = new Lifecycle({ clock: lagging, log: silentLog, steps, stopLimit: milliseconds(1000) });
    await lifecycle.start();
    await lifecycle.stop();
    expect(ended).toEqual(['b', 'a']);
  });

  it('starts once, however often it is started', async () => {
    const { lifecycle, events } = rig({ a: {}, b: {} });
    await Promise.all([lifecycle.start(), lifecycle.start()]);
    await lifecycle.start();
    expect(events).toEqual(['start a', 'start b']);
  });

  it('can be stopped during the start: what starts is told, nothing more starts', async () => {
    const clocks: FakeClock[] = [];
    const start = (signal: AbortSignal) => clocks[0]?.sleep(milliseconds(50), signal) ?? Promise.resolve();
    const { lifecycle, clock, events, lines } = rig({ a: {}, b: { start }, c: {} });
    clocks.push(clock);
    const started = expect(lifecycle.start()).rejects.toMatchObject({ code: 'internal/cancelled' });
    await clock.advance(10);
    await lifecycle.stop();
    await started;
    await settle();
    expect(events).toEqual(['start a', 'start b', 'stop b', 'stop a']);
    expect([lines, clock.pending]).toEqual([[], 0]);
  });

  it('stops each step once, however often and whenever it is stopped', async () => {
    for (let turns = 0; turns <= 40; turns++) {
      const { lifecycle, events, clock } = rig({ a: {}, b: {}, c: {} });
      const started = lifecycle.start().catch((thrown: Fault) => thrown.code);
      for (let turn = 0; turn < turns; turn++) await undefined;
      await Promise.all([lifecycle.stop(), lifecycle.stop()]);
      await lifecycle.stop();
      expect([undefined, 'internal/cancelled']).toContain(await started);
      const begun = events.filter((event) => event.startsWith('start')).map((event) => event.slice(6));
      const ended = events.filter((event) => event.startsWith('stop')).map((event) => event.slice(5));
      expect(ended).toEqual(begun.toReversed());
      expect(events.slice(0, begun.length).every((event) => event.startsWith('start'))).toBe(true);
      await settle();
      expect(clock.pending).toBe(0);
    }
  });

  it('does not start after a stop', async () => {
    const { lifecycle, events } = rig({ a: {} });
    await lifecycle.stop();
    await expect(lifecycle.start()).rejects.toMatchObject({ code: 'internal/cancelled' });
    expect(events).toEqual([]);
  });
});
