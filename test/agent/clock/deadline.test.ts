import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { withDeadline } from '../../../agent/clock/deadline.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;
const never = () => new Promise<never>(() => {});
const limit = milliseconds(100);

describe('work with a deadline', () => {
  it('gives what the work gives, and leaves neither timer nor listener', async () => {
    const clock = new FakeClock();
    const parent = new AbortController();
    expect(await withDeadline(clock, limit, parent.signal, async () => 7)).toBe(7);
    await settle();
    expect(clock.pending).toBe(0);
    expect(listeners(parent.signal)).toBe(0);
  });

  it('throws what the work throws, also at once, and leaves neither timer nor listener', async () => {
    const clock = new FakeClock();
    const parent = new AbortController();
    const fault = new Fault('port/busy');
    await expect(withDeadline(clock, limit, parent.signal, () => Promise.reject(fault))).rejects.toBe(fault);
    const atOnce = withDeadline(clock, limit, parent.signal, () => {
      throw fault;
    });
    await expect(atOnce).rejects.toBe(fault);
    await settle();
    expect(clock.pending).toBe(0);
    expect(listeners(parent.signal)).toBe(0);
  });

  it('ends at the limit, also where the work ignores its signal', async () => {
    const clock = new FakeClock();
    const parent = new AbortController();
    let told: AbortSignal | undefined;
    const result = withDeadline(clock, limit, parent.signal, (signal) => {
      told = signal;
      return never();
    });
    const ended = expect(result).rejects.toMatchObject({ code: 'internal/deadline' });
    await clock.advance(99);
    expect(told?.aborted).toBe(false);
    await clock.advance(1);
    expect(told?.aborted).toBe(true);
    await ended;
    expect(clock.pending).toBe(0);
    expect(listeners(parent.signal)).toBe(0);
  });

  it('tells the deadline, not what the work throws because it was told', async () => {
    const clock = new FakeClock();
    const result = withDeadline(clock, limit, new AbortController().signal, (signal) =>
      clock.sleep(milliseconds(500), signal),
    );
    const ended = expect(result).rejects.toMatchObject({ code: 'internal/deadline' });
    await clock.advance(100);
    await ended;
    expect(clock.pending).toBe(0);
  });

  it('drops what the work throws after the deadline', async () => {
    const clock = new FakeClock();
    let fail: (thrown: unknown) => void = () => {};
    const result = withDeadline(clock, limit, new AbortController().signal, () => {
      return new Promise<void>((_, reject) => {
        fail = reject;
      });
    });
    const ended = expect(result).rejects.toMatchObject({ code: 'internal/deadline' });
    await clock.advance(100);
    await ended;
    fail(new Error('late'));
    await settle();
  });

  it('is cancelled with its parent, before and during the work', async () => {
    const clock = new FakeClock();
    let ran = false;
    const before = withDeadline(clock, limit, AbortSignal.abort(), async () => {
      ran = true;
    });
    await expect(before).rejects.toMatchObject({ code: 'internal/cancelled' });
    expect(ran).toBe(false);

    const parent = new AbortController();
    let told: AbortSignal | undefined;
    const result = withDeadline(clock, limit, parent.signal, (signal) => {
      told = signal;
      return never();
    });
    parent.abort();
    await expect(result).rejects.toMatchObject({ code: 'internal/cancelled' });
    expect(told?.aborted).toBe(true);
    await settle();
    expect(clock.pending).toBe(0);
    expect(listeners(parent.signal)).toBe(0);
  });

  it('takes one listener of its parent for all that run beside each other', async () => {
    const clock = new FakeClock();
    const parent = new AbortController();
    const all = Array.from({ length: 16 }, () => withDeadline(clock, limit, parent.signal, never));
    expect(listeners(parent.signal)).toBe(1);
    parent.abort();
    for (const each of all) await expect(each).rejects.toMatchObject({ code: 'internal/cancelled' });
    await settle();
    expect(listeners(parent.signal)).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
