import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lane } from '../../../agent/throttle/plan.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { settle } from '../../support/fake-clock.ts';
import { type Held, LIMITS, type Outcome, rig } from './rig.ts';

type Action =
  | { readonly do: 'submit'; readonly lane: Lane }
  | { readonly do: 'end' | 'fail' | 'release' }
  | { readonly do: 'cancel'; readonly which: number }
  | { readonly do: 'quiet'; readonly span: number }
  | { readonly do: 'advance'; readonly span: number };

const actions: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Lane>('command', 'poll').map((lane): Action => ({ do: 'submit', lane })) },
  { weight: 4, arbitrary: fc.constant<Action>({ do: 'end' }) },
  { weight: 1, arbitrary: fc.constantFrom<Action>({ do: 'fail' }, { do: 'release' }) },
  { weight: 1, arbitrary: fc.nat({ max: 20 }).map((which): Action => ({ do: 'cancel', which })) },
  { weight: 1, arbitrary: fc.nat({ max: 6 }).map((span): Action => ({ do: 'quiet', span })) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 40 }).map((span): Action => ({ do: 'advance', span })) },
);

interface Submission {
  readonly name: string;
  readonly lane: Lane;
  readonly at: number;
  readonly outcome: Outcome;
  readonly controller: AbortController;
}

const limits = { ...LIMITS, maxQueue: 5, maxWait: milliseconds(60) };

async function play(script: readonly Action[]): Promise<void> {
  const { clock, throttle, stuck, held, order, submit } = rig(limits);
  const submissions: Submission[] = [];
  const given = (name: string) => submissions.find((one) => one.name === name);
  /** Of the model: the operation that has the line, the one that was given up, and from when the next may start. */
  let seen = 0;
  let current: Held | undefined;
  let from = Number.NEGATIVE_INFINITY;
  let burst = 0;
  const open = () => submissions.filter(({ outcome }) => outcome.result === 'open');
  const waiting = (lane: Lane) => open().filter((one) => one.lane === lane && !order.includes(one.name));

  const check = () => {
    const status = throttle.status();
    if (current !== undefined && stuck.length > 0 && status.stuck) current = undefined;
    for (; seen < held.length; seen++) {
      const started = held[seen];
      if (started === undefined) throw new Error('unreachable');
      const submission = given(started.data);
      expect(current, 'never two at once').toBeUndefined();
      expect(started.at, 'the gap from the end of the one before').toBeGreaterThanOrEqual(from);
      expect(started.at - (submission?.at ?? 0)).toBeLessThanOrEqual(limits.maxWait);
      burst = submission?.lane === 'command' ? burst + 1 : 0;
      if (burst > limits.commandBurst) {
        expect(waiting('poll').filter((one) => one.at < started.at)).toEqual([]);
      }
      current = started;
    }
    for (const lane of ['command', 'poll'] as const) {
      const started = order.map(given).filter((one) => one?.lane === lane);
      expect(started, 'first come, first served').toEqual(submissions.filter((one) => started.includes(one)));
    }
    expect(status.queued).toBe(waiting('command').length + waiting('poll').length);
    expect(status.queued).toBeLessThanOrEqual(limits.maxQueue);
    expect(status.running).toBe(current !== undefined);
    if (current === undefined && !status.stuck && clock.now() >= from) {
      expect(status.queued, 'nobody waits at a free line').toBe(0);
    }
    for (const one of [...waiting('command'), ...waiting('poll')]) {
      expect(clock.now() - one.at, 'nobody waits too long').toBeLessThan(limits.maxWait);
    }
  };

  const finish = (how: (one: Held) => void) => {
    if (current === undefined) return;
    how(current);
    current = undefined;
    from = Math.max(from, clock.now() + limits.gap);
  };

  for (const action of script) {
    switch (action.do) {
      case 'submit': {
        const name = `${action.lane} ${submissions.length}`;
        const controller = new AbortController();
        const full = throttle.status().queued >= limits.maxQueue;
        const outcome = submit(action.lane, name, controller.signal);
        submissions.push({ name, lane: action.lane, at: clock.now(), outcome, controller });
        await settle();
        expect(outcome.result === 'throttle/full').toBe(full);
        break;
      }
      case 'end':
        finish((one) => one.end());
        break;
      case 'fail':
        finish((one) => one.fail(new Error('on purpose')));
        break;
      case 'release':
        if (throttle.status().stuck) from = Math.max(from, clock.now() + limits.gap);
        throttle.release();
        break;
      case 'cancel':
        submissions[action.which]?.controller.abort();
        break;
      case 'quiet':
        throttle.quietUntil(clock.now() + action.span);
        from = Math.max(from, clock.now() + action.span);
        break;
      case 'advance':
        for (let step = 0; step < action.span; step++) {
          await clock.advance(1);
          check();
        }
        break;
    }
    await settle();
    check();
  }

  // Nobody is forgotten: once operations end and stuck lines are released, everything settles within the bounds.
  for (let round = 0; round < 40 && open().length > 0; round++) {
    if (throttle.status().stuck) from = Math.max(from, clock.now() + limits.gap);
    throttle.release();
    finish((one) => one.end());
    await clock.advance(limits.gap);
    check();
  }
  expect(open()).toEqual([]);
  await throttle.stop(new AbortController().signal);
  await settle();
  expect(clock.pending).toBe(0);
}

describe('a throttle, against its rules', () => {
  it('keeps every one of them in any order of events', async () => {
    await fc.assert(fc.asyncProperty(fc.array(actions, { maxLength: 40 }), play), { numRuns: 300 });
  });
});
