import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../../agent/bus/line.ts';
import { Timeouts } from '../../../../agent/device/polling/timeouts.ts';
import { milliseconds } from '../../../../drivers/contract/duration.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';
import { exchange } from '../../../support/exchange.ts';

const ok = (latencyMs: number): Outcome => ({ ok: true, samples: [], latencyMs });
const silent: Outcome = { ok: false, fault: new Fault('device/silent'), answered: false, refused: false };
const refused: Outcome = { ok: false, fault: new Fault('modbus/illegal-address'), answered: true, refused: true };

/** Answers of 10 and 250 characters of a millisecond each, and what their driver allows. */
const SHORT = { ...exchange(1, 9), timeout: milliseconds(310) };
const LONG = { ...exchange(1, 249), timeout: milliseconds(550) };

function tell(timeouts: Timeouts, of: typeof SHORT, outcome: Outcome, times = 16) {
  for (let count = 0; count < times; count += 1) timeouts.settle(of, outcome);
}

describe('the timeouts of a device', () => {
  const options = { characterMs: 1, minTimeoutMs: 100 };

  it('leave the driver’s exchange as it is until they know better', () => {
    const timeouts = new Timeouts(options);
    expect(timeouts.current).toBeNull();
    expect(timeouts.of(SHORT)).toBe(SHORT);
    expect(timeouts.current).toBe(310);
  });

  it('never go below the answer’s own time on the line and the least wait on top of it', () => {
    const timeouts = new Timeouts(options);
    tell(timeouts, LONG, ok(255));
    expect(timeouts.of(LONG).timeout).toBe(350);
    tell(timeouts, SHORT, ok(15));
    expect(timeouts.of(SHORT).timeout).toBe(110);
    expect(timeouts.of(SHORT)).toMatchObject({ request: SHORT.request, signature: SHORT.signature, lateWithin: 2000 });
    expect(timeouts.of(SHORT)).toBe(timeouts.of(SHORT));
  });

  it('are kept for each kind of question', () => {
    const timeouts = new Timeouts(options);
    tell(timeouts, SHORT, ok(15));
    expect(timeouts.of(LONG)).toBe(LONG);
  });

  it('take no refusal for a measure, but for a sign of life', () => {
    const timeouts = new Timeouts(options);
    tell(timeouts, SHORT, refused);
    expect(timeouts.of(SHORT)).toBe(SHORT);
    tell(timeouts, SHORT, ok(15));
    tell(timeouts, LONG, silent, 1);
    expect(timeouts.of(SHORT)).toBe(SHORT);
    tell(timeouts, SHORT, refused, 1);
    expect(timeouts.of(SHORT).timeout).toBe(110);
  });

  it('tell what the next unanswered question will cost, its request included', () => {
    const timeouts = new Timeouts(options);
    expect(timeouts.cost).toBe(0);
    const costs = [1, 2, 3, 4, 5].map(() => {
      tell(timeouts, SHORT, silent, 1);
      return timeouts.cost;
    });
    expect(costs).toEqual([312, 312, 112, 312, 112]);
  });

  it('take a device that was away for no slow one', () => {
    const timeouts = new Timeouts(options);
    tell(timeouts, SHORT, ok(15));
    tell(timeouts, LONG, ok(255));
    tell(timeouts, LONG, silent, 1);
    tell(timeouts, SHORT, silent, 3);
    tell(timeouts, SHORT, ok(15), 1);
    tell(timeouts, LONG, ok(255), 1);
    expect(timeouts.of(SHORT).timeout).toBe(110);
    expect(timeouts.of(LONG).timeout).toBe(350);
  });

  it('remember a bounded number of questions', () => {
    const timeouts = new Timeouts(options);
    tell(timeouts, SHORT, ok(15));
    for (let number = 0; number < 200; number += 1)
      tell(timeouts, { ...SHORT, signature: `other ${number}` }, ok(15), 1);
    expect(timeouts.of(SHORT)).toBe(SHORT);
  });
});
