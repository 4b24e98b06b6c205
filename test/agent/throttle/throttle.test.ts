import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Throttle } from '../../../agent/throttle/throttle.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { LIMITS, rig } from './rig.ts';

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

describe('a throttle: order and silence', () => {
  it('runs one operation at a time, in the order of their coming', async () => {
    const { clock, submit, order, last, most } = rig();
    const outcomes = ['a', 'b', 'c'].map((name) => submit('poll', name));
    for (let round = 0; round < 3; round++) {
      last().end();
      await clock.advance(2);
    }
    expect(order).toEqual(['a', 'b', 'c']);
    expect(outcomes.map(({ result }) => result)).toEqual(['value a', 'value b', 'value c']);
    expect(most()).toBe(1);
  });

  it('starts at once on an idle line', () => {
    const { submit, order } = rig();
    submit('poll', 'a');
    expect(order).toEqual(['a']);
  });

  it('keeps the gap from the end of the operation before, also for one that comes after that end', async () => {
    const { clock, submit, last } = rig();
    submit('poll', 'a');
    submit('poll', 'b');
    await clock.advance(10);
    last().end();
    await clock.advance(20);
    expect(last().at).toBe(12);
    last().end();
    await clock.advance(1.5);
    submit('poll', 'c');
    await clock.advance(20);
    expect(last().at).toBe(32);
  });

  it('keeps a longer silence when it is told to, and never a shorter one', async () => {
    const { clock, throttle, submit, last } = rig();
    submit('poll', 'a');
    throttle.quietUntil(5);
    throttle.quietUntil(1);
    last().end();
    submit('poll', 'b');
    await clock.advance(4);
    throttle.quietUntil(8);
    throttle.quietUntil(6);
    await clock.advance(20);
    expect(last()).toMatchObject({ data: 'b', at: 8 });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])('refuses to be quiet until %s', (instant) => {
    const { throttle } = rig();
    expect(() => throttle.quietUntil(instant)).toThrowError(expect.objectContaining({ code: 'internal/duration' }));
  });

  it('lets commands pass, but after a burst of them one poll', async () => {
    const { clock, submit, order, last } = rig({ maxQueue: 9 });
    submit('poll', 'p0');
    for (const name of ['p1', 'p2']) submit('poll', name);
    for (const name of ['c1', 'c2', 'c3', 'c4', 'c5']) submit('command', name);
    for (let round = 0; round < 7; round++) {
      last().end();
      await clock.advance(2);
    }
    expect(order).toEqual(['p0', 'c1', 'c2', 'p1', 'c3', 'c4', 'p2', 'c5']);
  });

  it('lets a command that comes during the silence pass the polls that wait', async () => {
    const { clock, submit, order, last } = rig();
    submit('poll', 'a');
    submit('poll', 'b');
    last().end();
    await clock.advance(1);
    submit('command', 'c');
    await clock.advance(1);
    expect(order).toEqual(['a', 'c']);
  });
});

describe('a throttle: bounds', () => {
  it('refuses what the queue can not hold, both lanes together, and counts it', () => {
    const { throttle, submit } = rig();
    submit('poll', 'running');
    for (const lane of ['poll', 'command', 'poll', 'command'] as const) submit(lane, 'waits');
    const refused = [submit('poll', 'x'), submit('command', 'y')];
    return settle().then(() => {
      expect(refused.map(({ result }) => result)).toEqual(['throttle/full', 'throttle/full']);
      expect(throttle.status()).toMatchObject({ queued: 4, running: true, rejected: 2 });
    });
  });

  it('stays within its bounds under 10,000 submissions and serves again afterwards', async () => {
    const { clock, throttle, submit, last } = rig();
    const outcomes = Array.from({ length: 10_000 }, (_, index) => submit('poll', `${index}`));
    await settle();
    expect(outcomes.filter(({ result }) => result === 'throttle/full')).toHaveLength(9995);
    expect(throttle.status().queued).toBe(4);
    expect(clock.pending).toBe(1);
    for (let round = 0; round < 5; round++) {
      last().end();
      await clock.advance(2);
    }
    expect(outcomes.filter(({ result }) => result.startsWith('value'))).toHaveLength(5);
    submit('command', 'after');
    expect(last().data).toBe('after');
  });

  it('expires what waited too long, at its instant, while another runs', async () => {
    const { clock, throttle, submit } = rig({ maxRun: milliseconds(1000) });
    submit('poll', 'a');
    await clock.advance(30);
    const waits = submit('poll', 'b');
    await clock.advance(30);
    const later = submit('command', 'c');
    await clock.advance(69);
    expect(waits.result).toBe('open');
    await clock.advance(1);
    expect([waits.result, later.result]).toEqual(['throttle/waited-too-long', 'open']);
    await clock.advance(30);
    expect(later.result).toBe('throttle/waited-too-long');
    expect(throttle.status()).toMatchObject({ queued: 0, expired: 2, running: true });
  });

  it('tells a slow operation to stop, and keeps the line until it has', async () => {
    const { clock, throttle, submit, order, last } = rig();
    const slow = submit('poll', 'slow');
    submit('poll', 'next');
    await clock.advance(49);
    expect(last().signal.aborted).toBe(false);
    await clock.advance(1);
    expect(last().signal.aborted).toBe(true);
    await clock.advance(9);
    expect([order, slow.result]).toEqual([['slow'], 'open']);
    const thrown = new Error('stopped');
    last().fail(thrown);
    await clock.advance(2);
    expect(slow.fault).toMatchObject({ code: 'throttle/ran-too-long', facts: { started: true }, cause: thrown });
    expect(order).toEqual(['slow', 'next']);
    expect(throttle.status()).toMatchObject({ overruns: 1, stuck: false });
  });

  it('takes the value of an operation that succeeds after it was told to stop', async () => {
    const { clock, submit, last } = rig();
    const slow = submit('poll', 'slow');
    await clock.advance(50);
    last().end();
    await settle();
    expect(slow.result).toBe('value slow');
  });

  it('gives an operation its own limit where it has one', async () => {
    const clock = new FakeClock(0, 0);
    const throttle = new Throttle({ clock, limits: LIMITS, onStuck: () => {} });
    let told: AbortSignal | undefined;
    const run = (_: null, signal: AbortSignal) => {
      told = signal;
      return new Promise<void>(() => {});
    };
    const ticket = throttle.register('poll', run, milliseconds(80));
    throttle.seal();
    throttle.submit(ticket, null, new AbortController().signal).catch(() => {});
    await clock.advance(79);
    expect(told?.aborted).toBe(false);
    await clock.advance(1);
    expect(told?.aborted).toBe(true);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, 2 ** 31])('refuses limits of %s', (bad) => {
    const make = (limits: object) => () =>
      new Throttle({ clock: new FakeClock(), limits: { ...LIMITS, ...limits }, onStuck: () => {} });
    for (const key of ['gap', 'maxWait', 'maxRun', 'grace']) {
      expect(make({ [key]: bad })).toThrowError(expect.objectContaining({ code: 'internal/duration' }));
    }
    for (const key of ['maxQueue', 'commandBurst']) {
      const counts = bad === 2 ** 31 ? [0, 1.5] : [bad];
      for (const count of counts) {
        expect(make({ [key]: count })).toThrowError(expect.objectContaining({ code: 'throttle/limits' }));
      }
    }
    const throttle = make({})();
    expect(() => throttle.register('poll', async () => {}, bad as never)).toThrowError(
      expect.objectContaining({ code: 'internal/duration' }),
    );
  });

  it('sets no timers for operations that end in time, beyond one for all deadlines', async () => {
    const { clock, submit, last } = rig();
    for (let round = 0; round < 50; round++) {
      submit('poll', 'a');
      expect(clock.pending).toBeLessThanOrEqual(1);
      last().end();
      await clock.advance(2);
    }
  });
});

describe('a throttle: a stuck line', () => {
  it('is told once, and nothing runs until it is released', async () => {
    const { clock, throttle, submit, stuck, order, last } = rig();
    const hung = submit('poll', 'hung');
    await clock.advance(10);
    const waits = submit('poll', 'waits');
    await clock.advance(49);
    expect([stuck, hung.result]).toEqual([[], 'open']);
    await clock.advance(1);
    expect([stuck, hung.result]).toEqual([['bus/stuck'], 'throttle/ran-too-long']);
    expect(throttle.status()).toMatchObject({ stuck: true, running: false, queued: 1 });
    await clock.advance(40);
    expect([stuck, order]).toEqual([['bus/stuck'], ['hung']]);
    expect(waits.result).toBe('open');
    throttle.release();
    await clock.advance(2);
    expect(last()).toMatchObject({ data: 'waits', at: 102 });
    expect(throttle.status().stuck).toBe(false);
  });

  it('stays stuck when the operation ends at last, and ignores that end after the release', async () => {
    const { clock, throttle, submit, order, last } = rig();
    submit('poll', 'hung');
    await clock.advance(60);
    const [hung] = [last()];
    submit('poll', 'b');
    hung.end();
    await clock.advance(5);
    expect([order, throttle.status().stuck]).toEqual([['hung'], true]);
    throttle.release();
    await clock.advance(2);
    expect(order).toEqual(['hung', 'b']);
  });

  it('does not take the end of a given up operation for the end of the one that runs now', async () => {
    const { clock, throttle, submit, order, held, stuck } = rig();
    submit('poll', 'hung');
    await clock.advance(60);
    throttle.release();
    const second = submit('poll', 'b');
    submit('poll', 'c');
    await clock.advance(2);
    held[0]?.end('late');
    await clock.advance(20);
    expect([order, second.result]).toEqual([['hung', 'b'], 'open']);
    held[1]?.end();
    await clock.advance(2);
    expect([order, second.result, stuck.length]).toEqual([['hung', 'b', 'c'], 'value b', 1]);
  });

  it('expires what waits and takes new operations within the bounds', async () => {
    const { clock, submit } = rig();
    submit('poll', 'hung');
    await clock.advance(60);
    const outcomes = ['a', 'b', 'c', 'd', 'e'].map((name) => submit('poll', name));
    await clock.advance(100);
    expect(outcomes.map(({ result }) => result)).toEqual([
      ...Array.from({ length: 4 }, () => 'throttle/waited-too-long'),
      'throttle/full',
    ]);
    expect(clock.pending).toBe(0);
  });

  it('does not free a line that is in use when it is released', async () => {
    const { clock, throttle, submit, order } = rig();
    submit('poll', 'a');
    submit('poll', 'b');
    throttle.release();
    await clock.advance(20);
    expect(order).toEqual(['a']);
  });

  it('survives a listener that throws', async () => {
    const clock = new FakeClock(0, 0);
    const onStuck = () => {
      throw new Error('listener');
    };
    const throttle = new Throttle({ clock, limits: LIMITS, onStuck });
    const ticket = throttle.register('poll', () => new Promise(() => {}));
    throttle.seal();
    const result = throttle.submit(ticket, null, new AbortController().signal);
    const ended = expect(result).rejects.toMatchObject({ code: 'throttle/ran-too-long' });
    await clock.advance(60);
    await ended;
    expect(throttle.status().stuck).toBe(true);
  });
});

describe('a throttle: cancelling', () => {
  it('takes a waiting operation out of the queue at once', async () => {
    const { clock, throttle, submit, order, last } = rig();
    submit('poll', 'a');
    const controller = new AbortController();
    const waits = submit('poll', 'b', controller.signal);
    submit('poll', 'c');
    controller.abort();
    expect(throttle.status().queued).toBe(1);
    await settle();
    expect(waits.fault).toMatchObject({ code: 'internal/cancelled', facts: { started: false } });
    last().end();
    await clock.advance(2);
    expect(order).toEqual(['a', 'c']);
  });

  it('does not queue what is cancelled already', async () => {
    const { submit, order } = rig();
    const outcome = submit('poll', 'a', AbortSignal.abort());
    await settle();
    expect([outcome.result, order]).toEqual(['internal/cancelled', []]);
  });

  it('tells a running operation to stop, and keeps the line until it has', async () => {
    const { clock, submit, order, last } = rig();
    const controller = new AbortController();
    const runs = submit('poll', 'a', controller.signal);
    submit('poll', 'b');
    controller.abort();
    expect(last().signal.aborted).toBe(true);
    await clock.advance(5);
    expect([order, runs.result]).toEqual([['a'], 'open']);
    last().fail(new Error('stopped'));
    await clock.advance(2);
    expect(runs.fault).toMatchObject({ code: 'internal/cancelled', facts: { started: true } });
    expect(order).toEqual(['a', 'b']);
  });

  it('finds a cancelled operation that does not stop stuck as well', async () => {
    const { clock, throttle, submit, stuck } = rig();
    const controller = new AbortController();
    const runs = submit('poll', 'a', controller.signal);
    controller.abort();
    await clock.advance(10);
    expect([stuck, runs.result]).toEqual([['bus/stuck'], 'internal/cancelled']);
    expect(throttle.status().overruns).toBe(0);
  });

  it('leaves no listener on the signals of operations that are settled', async () => {
    const { clock, submit, last } = rig();
    const { signal } = new AbortController();
    for (const name of ['ends', 'fails', 'waits', 'waits', 'waits', 'refused']) submit('poll', name, signal);
    expect(listeners(signal)).toBe(5);
    last().end();
    await clock.advance(2);
    last().fail(new Error('x'));
    await clock.advance(200);
    expect(listeners(signal)).toBe(0);
  });
});

describe('a throttle: what operations throw', () => {
  const make = (run: (data: unknown, signal: AbortSignal) => unknown) => {
    const clock = new FakeClock(0, 0);
    const throttle = new Throttle({ clock, limits: LIMITS, onStuck: () => {} });
    const ticket = throttle.register('poll', run as () => Promise<unknown>);
    throttle.seal();
    return { clock, throttle, submit: () => throttle.submit(ticket, null, new AbortController().signal) };
  };

  it('passes a fault on, and frees the line', async () => {
    const fault = new Fault('device/silent');
    const { throttle, submit } = make(() => Promise.reject(fault));
    await expect(submit()).rejects.toBe(fault);
    expect(throttle.status().running).toBe(false);
  });

  it('frees the line after what is thrown at once, and makes a fault of it', async () => {
    const { throttle, submit } = make(() => {
      throw new Error('at once');
    });
    await expect(submit()).rejects.toMatchObject({ code: 'internal/unexpected' });
    expect(throttle.status().running).toBe(false);
  });

  it('takes a result that is no promise', async () => {
    const { throttle, submit } = make(() => 5);
    await expect(submit()).resolves.toBe(5);
    expect(throttle.status().running).toBe(false);
  });

  it('frees the line after a hostile thenable', async () => {
    const hostile: unknown[] = [
      {
        // biome-ignore lint/suspicious/noThenProperty: it is hostile on purpose
        get then() {
          throw new Error('getter');
        },
      },
      {
        // biome-ignore lint/suspicious/noThenProperty: it is hostile on purpose
        then() {
          throw new Error('call');
        },
      },
      Object.defineProperty(Promise.resolve(), 'constructor', {
        get() {
          throw new Error('constructor');
        },
      }),
    ];
    for (const result of hostile) {
      const { throttle, submit } = make(() => result);
      await expect(submit()).rejects.toMatchObject({ code: 'internal/unexpected' });
      expect(throttle.status().running).toBe(false);
    }
  });

  it('stands an operation that calls back into the throttle while it starts', async () => {
    const calls: ((throttle: Throttle, submit: () => Promise<unknown>) => unknown)[] = [
      (throttle) => throttle.release(),
      (_, submit) => submit().catch(() => {}),
      (throttle) => throttle.quietUntil(3),
      (throttle) => throttle.stop(AbortSignal.abort()),
      (throttle) => throttle.stop(new AbortController().signal),
    ];
    for (const call of calls) {
      let depth = 0;
      const { clock, throttle, submit } = make(async () => {
        if (depth++ === 0) call(throttle, submit);
        return 'x';
      });
      const result = submit().catch((thrown: Fault) => thrown.code);
      await clock.advance(10);
      expect(['x', 'internal/cancelled']).toContain(await result);
      expect(throttle.status()).toMatchObject({ queued: 0, running: false });
    }
  });
});

describe('a throttle: stopping', () => {
  it('cancels what waits, tells what runs, refuses what comes, and waits for the end', async () => {
    const { clock, throttle, submit, last } = rig();
    const outcomes = [submit('poll', 'runs'), submit('poll', 'waits'), submit('command', 'waits')];
    let stopped = false;
    const stop = throttle.stop(new AbortController().signal).then(() => {
      stopped = true;
    });
    const late = submit('poll', 'late');
    await settle();
    expect(last().signal.aborted).toBe(true);
    const results = () => [...outcomes, late].map(({ result }) => result);
    expect(results()).toEqual(['open', 'internal/cancelled', 'internal/cancelled', 'internal/cancelled']);
    expect(stopped).toBe(false);
    last().fail(new Error('stopped'));
    await stop;
    expect(results()[0]).toBe('internal/cancelled');
    expect(clock.pending).toBe(0);
  });

  it('waits no longer than its signal lets it, and still settles everybody', async () => {
    const { clock, throttle, submit, order } = rig();
    const runs = submit('poll', 'runs');
    const controller = new AbortController();
    const stops = [throttle.stop(controller.signal), throttle.stop(new AbortController().signal)];
    controller.abort();
    await Promise.all(stops);
    await settle();
    expect([runs.result, order, clock.pending]).toEqual(['internal/cancelled', ['runs'], 0]);
    expect(throttle.status()).toMatchObject({ running: false, stuck: true });
    expect(listeners(controller.signal)).toBe(0);
  });

  it('does not outwait an operation that is stuck', async () => {
    const { clock, throttle, submit, stuck } = rig();
    submit('poll', 'hung');
    const stop = throttle.stop(new AbortController().signal);
    await clock.advance(10);
    await stop;
    expect([stuck, clock.pending]).toEqual([['bus/stuck'], 0]);
  });

  it('leaves no timer when it stops in a silence, in a queue or idle, and is safe twice', async () => {
    for (const prepare of [
      () => {},
      ({ submit }: ReturnType<typeof rig>) => void submit('poll', 'a'),
      ({ submit, last }: ReturnType<typeof rig>) => {
        submit('poll', 'a');
        submit('poll', 'b');
        last().end();
      },
    ]) {
      const all = rig({}, true);
      prepare(all);
      await all.clock.advance(1);
      await all.throttle.stop(new AbortController().signal);
      await all.throttle.stop(new AbortController().signal);
      await settle();
      expect(all.clock.pending).toBe(0);
      expect(all.throttle.status()).toMatchObject({ queued: 0, running: false });
    }
  });
});
