import { describe, expect, it } from 'vitest';
import { Throttle } from '../../../agent/throttle/throttle.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { LIMITS, rig } from './rig.ts';

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

  it('is not put off by a cancellation of what was told to stop already', async () => {
    const { clock, submit, stuck } = rig();
    const controller = new AbortController();
    const hung = submit('poll', 'hung', controller.signal);
    await clock.advance(55);
    controller.abort();
    await clock.advance(5);
    expect([stuck, hung.result]).toEqual([['bus/stuck'], 'throttle/ran-too-long']);
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
