import { describe, expect, it } from 'vitest';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { rig } from './rig.ts';

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

  it('waits for a silence once, however many operations come meanwhile', async () => {
    const { clock, submit, last } = rig({ maxRun: milliseconds(1000), maxWait: milliseconds(1000) });
    submit('poll', 'a');
    last().end();
    await clock.advance(0);
    const before = clock.pending;
    for (const name of ['b', 'c', 'd']) submit('poll', name);
    expect(clock.pending).toBe(before + 1);
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
