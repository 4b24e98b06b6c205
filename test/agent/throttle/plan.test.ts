import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LineState, plan, type Queued, type ThrottleState } from '../../../agent/throttle/plan.ts';

interface Entry extends Queued {
  readonly id: string;
}

const entry = (id: string, expiresAt = 1000): Entry => ({ id, expiresAt });
const free: LineState = { state: 'free', from: 0 };
const state = (given: Partial<ThrottleState<Entry>>): ThrottleState<Entry> => ({
  line: free,
  commands: [],
  polls: [],
  burst: 0,
  commandBurst: 2,
  ...given,
});

describe('the plan of a throttle', () => {
  it('is idle where nothing waits and nothing runs', () => {
    expect(plan(state({}), 5)).toEqual({ action: 'idle' });
  });

  it('starts the oldest of a lane', () => {
    expect(plan(state({ polls: [entry('a'), entry('b')] }), 5)).toEqual({ action: 'start', entry: entry('a') });
  });

  it('starts commands before polls', () => {
    expect(plan(state({ polls: [entry('a')], commands: [entry('b')] }), 5)).toMatchObject({ entry: { id: 'b' } });
  });

  it('starts one poll after a burst of commands', () => {
    const both = { polls: [entry('a')], commands: [entry('b')] };
    expect(plan(state({ ...both, burst: 1 }), 5)).toMatchObject({ entry: { id: 'b' } });
    expect(plan(state({ ...both, burst: 2 }), 5)).toMatchObject({ entry: { id: 'a' } });
  });

  it('passes over what is not ready, and looks again when it is', () => {
    const resting = { ...entry('a'), readyAt: 8 };
    expect(plan(state({ commands: [resting, entry('b')] }), 5)).toMatchObject({ entry: { id: 'b' } });
    expect(plan(state({ commands: [resting], polls: [entry('c')] }), 5)).toMatchObject({ entry: { id: 'c' } });
    expect(plan(state({ commands: [resting] }), 5)).toEqual({ action: 'wait', until: 8, reason: 'deadline' });
    expect(plan(state({ commands: [resting] }), 8)).toMatchObject({ action: 'start', entry: { id: 'a' } });
  });

  it('keeps what nobody knows the readiness of until it expires', () => {
    const unknown = { ...entry('a', 30), readyAt: Number.POSITIVE_INFINITY };
    expect(plan(state({ commands: [unknown] }), 5)).toEqual({ action: 'wait', until: 30, reason: 'deadline' });
    expect(plan(state({ commands: [unknown] }), 30)).toEqual({ action: 'expire', entries: [unknown] });
  });

  it('goes on with commands after a burst where no poll waits', () => {
    expect(plan(state({ commands: [entry('b')], burst: 9 }), 5)).toMatchObject({ entry: { id: 'b' } });
  });

  it('keeps the silence between two operations', () => {
    const line: LineState = { state: 'free', from: 7 };
    expect(plan(state({ line, polls: [entry('a')] }), 6.9)).toEqual({ action: 'wait', until: 7, reason: 'silence' });
    expect(plan(state({ line, polls: [entry('a')] }), 7)).toMatchObject({ action: 'start' });
  });

  it('waits for a deadline where an entry ends before the silence does', () => {
    const line: LineState = { state: 'free', from: 7 };
    expect(plan(state({ line, polls: [entry('a', 6)] }), 5)).toEqual({ action: 'wait', until: 6, reason: 'deadline' });
  });

  it('starts nothing while something runs, stops or is stuck', () => {
    const lines: LineState[] = [{ state: 'running', until: 50 }, { state: 'stopping', until: 50 }, { state: 'stuck' }];
    for (const line of lines) {
      const decision = plan(state({ line, polls: [entry('a', 60)], commands: [entry('b', 60)] }), 5);
      expect(decision).toEqual({ action: 'wait', until: line.state === 'stuck' ? 60 : 50, reason: 'deadline' });
    }
    expect(plan(state({ line: { state: 'stuck' } }), 5)).toEqual({ action: 'idle' });
  });

  it('expires who waited too long, whatever the line does', () => {
    const lines: LineState[] = [
      free,
      { state: 'free', from: 90 },
      { state: 'running', until: 3 },
      { state: 'stopping', until: 3 },
      { state: 'stuck' },
    ];
    for (const line of lines) {
      const decision = plan(state({ line, polls: [entry('a', 4), entry('b')], commands: [entry('c', 4)] }), 5);
      expect(decision).toEqual({ action: 'expire', entries: [entry('c', 4), entry('a', 4)] });
    }
  });

  it('lets an entry start at its very last instant, and expires it then where it can not', () => {
    expect(plan(state({ polls: [entry('a', 5)] }), 5)).toMatchObject({ action: 'start' });
    expect(plan(state({ line: { state: 'running', until: 9 }, polls: [entry('a', 5)] }), 5)).toMatchObject({
      action: 'expire',
    });
  });

  it('tells what runs to stop at its limit, and declares the line stuck at the end of its grace', () => {
    expect(plan(state({ line: { state: 'running', until: 5 } }), 4.9)).toMatchObject({ action: 'wait', until: 5 });
    expect(plan(state({ line: { state: 'running', until: 5 } }), 5)).toEqual({ action: 'tell-to-stop' });
    expect(plan(state({ line: { state: 'stopping', until: 5 } }), 4.9)).toMatchObject({ action: 'wait', until: 5 });
    expect(plan(state({ line: { state: 'stopping', until: 5 } }), 5)).toEqual({ action: 'declare-stuck' });
  });

  it('never starts on a busy line or in a silence, never waits for the past, and forgets nobody', () => {
    const instants = fc.integer({ min: 0, max: 20 });
    const lines: fc.Arbitrary<LineState> = fc.oneof(
      instants.map((from): LineState => ({ state: 'free', from })),
      instants.map((until): LineState => ({ state: 'running', until })),
      instants.map((until): LineState => ({ state: 'stopping', until })),
      fc.constant<LineState>({ state: 'stuck' }),
    );
    const entries = fc.array(
      fc.record({
        id: fc.constant('x'),
        expiresAt: instants,
        readyAt: fc.option(fc.oneof(instants, fc.constant(Number.POSITIVE_INFINITY)), { nil: undefined }),
      }),
      { maxLength: 5 },
    );
    const states = fc.record({
      line: lines,
      commands: entries,
      polls: entries,
      burst: fc.nat({ max: 4 }),
      commandBurst: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(states, instants, (given, now) => {
        const decision = plan(given, now);
        const waiting = [...given.commands, ...given.polls];
        if (decision.action === 'start') {
          expect(given.line.state === 'free' && given.line.from <= now).toBe(true);
          const ready = (one: Queued) => (one.readyAt ?? now) <= now;
          expect([given.commands.find(ready), given.polls.find(ready)]).toContain(decision.entry);
          expect(decision.entry.expiresAt).toBeGreaterThanOrEqual(now);
        }
        if (decision.action === 'expire') {
          expect(decision.entries.length).toBeGreaterThan(0);
          for (const one of decision.entries) expect(one.expiresAt).toBeLessThanOrEqual(now);
        }
        if (decision.action === 'wait') {
          expect(decision.until).toBeGreaterThan(now);
          for (const one of waiting) expect(decision.until).toBeLessThanOrEqual(one.expiresAt);
        }
        if (decision.action === 'idle') {
          expect(waiting).toEqual([]);
          expect(['free', 'stuck']).toContain(given.line.state);
        }
      }),
    );
  });
});
