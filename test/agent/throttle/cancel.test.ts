import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { settle } from '../../support/fake-clock.ts';
import { rig } from './rig.ts';

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

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

  it('has one listener on a signal of many operations, and none once another serves or it has stopped', async () => {
    const { clock, submit, last, throttle } = rig();
    const { signal } = new AbortController();
    for (const name of ['ends', 'fails', 'waits', 'waits', 'waits', 'refused']) submit('poll', name, signal);
    expect(listeners(signal)).toBe(1);
    last().end();
    await clock.advance(2);
    last().fail(new Error('x'));
    await clock.advance(200);
    const next = new AbortController();
    submit('poll', 'ends', next.signal);
    expect([listeners(signal), listeners(next.signal)]).toEqual([0, 1]);
    last().end();
    await throttle.stop(new AbortController().signal);
    expect(listeners(next.signal)).toBe(0);
  });
});
