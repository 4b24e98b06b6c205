import { describe, expect, it } from 'vitest';
import type { Clock, Instant } from '../../../agent/clock/clock.ts';
import { Throttle } from '../../../agent/throttle/throttle.ts';
import type { Duration } from '../../../drivers/contract/duration.ts';
import { toFault } from '../../../drivers/contract/fault.ts';
import { settle } from '../../support/fake-clock.ts';
import { LIMITS } from './rig.ts';

/** Silences end within microtasks, so that a sweep over microtasks meets every state between; deadlines on demand. */
class SwiftClock implements Clock {
  #now = 0;
  #sleepers: { at: Instant; resolve: () => void }[] = [];

  now = () => this.#now;
  wall = () => 0;

  async until(instant: Instant, signal: AbortSignal): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await undefined;
    signal.throwIfAborted();
    this.#now = Math.max(this.#now, instant);
  }

  at(instant: Instant, call: () => void): () => void {
    const sleeper = { at: instant, resolve: call };
    this.#sleepers.push(sleeper);
    return () => {
      this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
    };
  }

  sleep(wait: Duration, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sleepers.push({ at: this.#now + wait, resolve });
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  }

  /** Moves on by so much and ends, in this very turn, the sleeps that are due. */
  pass(span: number): void {
    this.#now += span;
    for (const { at, resolve } of this.#sleepers) if (at <= this.#now) resolve();
    this.#sleepers = this.#sleepers.filter(({ at }) => at > this.#now);
  }
}

function scene() {
  const clock = new SwiftClock();
  let stuck = 0;
  const throttle = new Throttle({ clock, limits: LIMITS, onStuck: () => stuck++ });
  const given: Promise<unknown>[] = [];
  const zombies: (() => void)[] = [];
  let open = 0;
  let running = 0;
  let most = 0;
  const run = async (turns: number, signal: AbortSignal) => {
    most = Math.max(most, ++running);
    try {
      for (let turn = 0; turn < turns && !signal.aborted; turn++) await undefined;
      if (turns < 0) throw new Error('on purpose');
    } finally {
      running--;
    }
  };
  // Ignores its signal until the test lets go; it does not count as running, because its port is gone.
  const hang = () => new Promise<void>((resolve) => zombies.push(resolve));
  const tickets = {
    poll: throttle.register('poll', run),
    command: throttle.register('command', run),
    hang: throttle.register('poll', hang),
  };
  throttle.seal();
  const submit = (kind: keyof typeof tickets, turns = 2, signal = new AbortController().signal) => {
    open++;
    const result = throttle.submit<never, void>(tickets[kind] as never, turns as never, signal).then(
      () => 'done',
      (thrown) => toFault(thrown).code,
    );
    given.push(result.finally(() => open--));
  };
  return {
    clock,
    throttle,
    submit,
    zombies,
    async verify() {
      await settle();
      expect(most).toBeLessThanOrEqual(1);
      expect(open).toBe(0);
      expect(throttle.status()).toMatchObject({ queued: 0, running: false });
    },
    stuck: () => stuck,
  };
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await undefined;
};

type Scene = ReturnType<typeof scene>;
const calls: Record<string, (one: Scene, controllers: readonly AbortController[]) => void> = {
  'submit a poll': ({ submit }) => submit('poll'),
  'submit a command': ({ submit }) => submit('command'),
  'submit what throws': ({ submit }) => submit('command', -1),
  'cancel the first': (_, controllers) => controllers[0]?.abort(),
  'cancel the second': (_, controllers) => controllers[1]?.abort(),
  'cancel the third': (_, controllers) => controllers[2]?.abort(),
  'cancel all': (_, controllers) => {
    for (const controller of controllers) controller.abort();
  },
  stop: ({ throttle }) => void throttle.stop(new AbortController().signal),
  'stop at once': ({ throttle }) => void throttle.stop(AbortSignal.abort()),
  release: ({ throttle }) => throttle.release(),
  'be quiet': ({ throttle, clock }) => throttle.quietUntil(clock.now() + 5),
};
const SWEEP = Array.from({ length: 41 }, (_, index) => index);

describe('a throttle, called at every turn of the microtask queue', () => {
  it.each(Object.keys(calls))('forgets nobody and never runs two at once: %s, then anything', async (first) => {
    for (const second of Object.keys(calls)) {
      for (const k of SWEEP) {
        const one = scene();
        const controllers = [new AbortController(), new AbortController(), new AbortController()];
        one.submit('poll', 3, controllers[0]?.signal);
        one.submit('poll', 3, controllers[1]?.signal);
        one.submit('command', 3, controllers[2]?.signal);
        await turns(k);
        calls[first]?.(one, controllers);
        await turns(k % 7);
        calls[second]?.(one, controllers);
        await one.verify();
      }
    }
  });

  it('gives a stuck line back exactly once, whenever the release, the late end and a new operation come', async () => {
    const events: ((one: Scene) => void)[] = [
      ({ throttle }) => throttle.release(),
      ({ zombies }) => zombies[0]?.(),
      ({ submit }) => submit('command'),
    ];
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    for (const order of orders) {
      for (const k of SWEEP) {
        const one = scene();
        one.submit('hang');
        one.submit('poll');
        await settle();
        one.clock.pass(LIMITS.maxRun);
        await settle();
        one.clock.pass(LIMITS.grace);
        for (const index of order) {
          await turns(k);
          events[index]?.(one);
        }
        await settle();
        one.throttle.release();
        await one.verify();
        expect(one.stuck()).toBeLessThanOrEqual(1);
      }
    }
  });

  it('forgets nobody where an end, a limit and a call come in the same turn', async () => {
    for (const call of Object.keys(calls)) {
      for (const span of [LIMITS.maxRun, LIMITS.maxRun + LIMITS.grace, LIMITS.maxWait]) {
        for (const k of SWEEP) {
          const one = scene();
          const controllers = [new AbortController(), new AbortController(), new AbortController()];
          one.submit('poll', 10, controllers[0]?.signal);
          one.submit('poll', 3, controllers[1]?.signal);
          one.submit('poll', 3, controllers[2]?.signal);
          await turns(k % 12);
          one.clock.pass(span);
          await turns(k);
          calls[call]?.(one, controllers);
          await one.verify();
        }
      }
    }
  });
});
