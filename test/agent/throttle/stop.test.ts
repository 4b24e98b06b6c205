import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { settle } from '../../support/fake-clock.ts';
import { rig } from './rig.ts';

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

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

  it('does not wait at all when its signal is aborted already', async () => {
    const { clock, throttle, submit } = rig();
    const runs = submit('poll', 'runs');
    let stopped = false;
    throttle.stop(AbortSignal.abort()).then(() => {
      stopped = true;
    });
    await settle();
    expect([stopped, runs.result, clock.pending]).toEqual([true, 'internal/cancelled', 0]);
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
