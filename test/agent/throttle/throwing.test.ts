import { describe, expect, it } from 'vitest';
import { Throttle } from '../../../agent/throttle/throttle.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { LIMITS } from './rig.ts';

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

  it('frees the line, and tells its submitter, after what does not even let itself be looked at', async () => {
    const hostile = new Proxy(new Error('hidden'), {
      getPrototypeOf() {
        throw new Error('looked at');
      },
    });
    for (const run of [
      () => Promise.reject(hostile),
      () => {
        throw hostile;
      },
    ]) {
      const { clock, throttle, submit } = make(run);
      const codeOf = (fault: Fault) => fault.code;
      const [first, second] = [submit().catch(codeOf), submit().catch(codeOf)];
      expect(await first).toBe('internal/unexpected');
      expect(throttle.status().running).toBe(false);
      await clock.advance(LIMITS.gap);
      expect(await second).toBe('internal/unexpected');
    }
  });

  it('tells what is thrown while a submitter calls off what runs, and ends nothing', async () => {
    const mistakes: unknown[] = [];
    const setup = { limits: LIMITS, onStuck: () => {}, onMistake: (thrown: unknown) => mistakes.push(thrown) };
    const throttle = new Throttle({ clock: new FakeClock(0, 0), ...setup });
    const mistake = new TypeError('secret');
    let isBroken = false;
    const running = throttle.register('poll', () => new Promise<void>(() => {}));
    const waiting = throttle.register(
      'poll',
      async () => {},
      () => {
        if (isBroken) throw mistake;
        return 0;
      },
    );
    throttle.seal();
    const off = new AbortController();
    const never = new AbortController();
    const runs = throttle.submit(running, null, off.signal).catch(({ code }: Fault) => code);
    const waits = throttle.submit(waiting, null, never.signal).catch(({ code }: Fault) => code);
    isBroken = true;
    off.abort();
    expect(mistakes).toEqual([mistake]);
    isBroken = false;
    await throttle.stop(AbortSignal.abort());
    expect(await Promise.all([runs, waits])).toEqual(['internal/cancelled', 'internal/cancelled']);
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
