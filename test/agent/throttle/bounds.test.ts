import { describe, expect, it } from 'vitest';
import { Throttle } from '../../../agent/throttle/throttle.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { LIMITS, rig } from './rig.ts';

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

  it('keeps places in the queue that commands can not take from polls', async () => {
    const { throttle, submit } = rig({ pollReserve: 1 });
    submit('command', 'running');
    const commands = Array.from({ length: 4 }, () => submit('command', 'waits'));
    const poll = submit('poll', 'waits');
    await settle();
    expect(commands.map(({ result }) => result)).toEqual(['open', 'open', 'open', 'throttle/full']);
    expect(poll.result).toBe('open');
    expect(throttle.status()).toMatchObject({ queued: 4, rejected: 1 });
  });

  it('lets polls wait longer than commands where it is told so', async () => {
    const { clock, submit } = rig({ maxRun: milliseconds(1000), maxPollWait: milliseconds(300) });
    submit('poll', 'runs');
    const [command, poll] = [submit('command', 'a'), submit('poll', 'b')];
    await clock.advance(299);
    expect([command.result, poll.result]).toEqual(['throttle/waited-too-long', 'open']);
    await clock.advance(1);
    expect(poll.result).toBe('throttle/waited-too-long');
  });

  it.each([-1, 0.5, 4, Number.NaN])('refuses a reserve of %s in a queue of four', (pollReserve) => {
    expect(() => rig({ pollReserve })).toThrowError(expect.objectContaining({ code: 'throttle/limits' }));
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
