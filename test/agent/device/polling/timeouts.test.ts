import { describe, expect, it } from 'vitest';
import type { ExchangeReply } from '../../../../agent/bus/waiting.ts';
import { Timeouts, type TimingOptions } from '../../../../agent/device/polling/timeouts.ts';
import type { Dialogue } from '../../../../drivers/contract/dialogue.ts';
import { milliseconds } from '../../../../drivers/contract/duration.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';
import { exchangeOf } from '../../../support/dialogue.ts';
import { dialogue } from '../../../support/exchange.ts';

type Told = ExchangeReply<unknown>;

const ok = (latencyMs: number): Told => ({ state: 'answered', result: undefined, latencyMs });
const failed = { state: 'failed', answered: true } as const;
const silent: Told = { ...failed, fault: new Fault('device/silent'), consequence: 'silent', answered: false };
const refused: Told = { ...failed, fault: new Fault('modbus/illegal-address'), consequence: 'refused' };

const CHARACTER = 1;
/** Answers of 10 and 250 characters of a millisecond each, and the timeouts of their driver. */
const SHORT = dialogue(1, 9, [], { timeout: milliseconds(310) });
const LONG = dialogue(1, 249, [], { timeout: milliseconds(550) });

function tell(timeouts: Timeouts, of: Dialogue, reply: Told, times = 16, step = 0, how: TimingOptions = {}) {
  for (let count = 0; count < times; count += 1) timeouts.of(of, how).ended(step, exchangeOf(of), reply, CHARACTER);
}

function given(timeouts: Timeouts, of: Dialogue, step = 0, how: TimingOptions = {}) {
  return timeouts.of(of, how).timeoutOf(step, exchangeOf(of), CHARACTER);
}

describe('the timeouts of a device', () => {
  const options = { minTimeoutMs: 100 };

  it('are the driver’s until they know better', () => {
    const timeouts = new Timeouts(options);
    expect(timeouts.current).toBeNull();
    expect(given(timeouts, SHORT)).toBe(310);
    expect(timeouts.current).toBe(310);
  });

  it('never go below the answer’s own time on the line and the least wait on top of it', () => {
    const timeouts = new Timeouts(options);
    tell(timeouts, LONG, ok(255));
    expect(given(timeouts, LONG)).toBe(350);
    tell(timeouts, SHORT, ok(15));
    expect(given(timeouts, SHORT)).toBe(110);
  });

  it('that are the standard’s or the device’s own stay whole, however soon answers came', () => {
    const timeouts = new Timeouts(options);
    const fixed = dialogue(1, 9, [], { timeout: milliseconds(9000), fixed: true });
    tell(timeouts, fixed, ok(15));
    expect(given(timeouts, fixed)).toBe(9000);
  });

  it('are kept for each kind of question', () => {
    const timeouts = new Timeouts(options);
    tell(timeouts, SHORT, ok(15));
    expect(given(timeouts, LONG)).toBe(550);
  });

  it('take no refusal for a measure, but for a sign of life', () => {
    const timeouts = new Timeouts(options);
    tell(timeouts, SHORT, refused);
    expect(given(timeouts, SHORT)).toBe(310);
    tell(timeouts, SHORT, ok(15));
    tell(timeouts, LONG, silent, 1);
    expect(given(timeouts, SHORT)).toBe(310);
    tell(timeouts, SHORT, refused, 1);
    expect(given(timeouts, SHORT)).toBe(110);
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
    expect(given(timeouts, SHORT)).toBe(110);
    expect(given(timeouts, LONG)).toBe(350);
  });

  it('remember a bounded number of questions', () => {
    const timeouts = new Timeouts(options);
    tell(timeouts, SHORT, ok(15));
    for (let number = 0; number < 600; number += 1) tell(timeouts, { ...SHORT, key: `other ${number}` }, ok(15), 1);
    expect(given(timeouts, SHORT)).toBe(310);
  });

  it('are kept for each request of a dialogue, and tell what it costs to come as far once more', () => {
    const timeouts = new Timeouts(options);
    for (let count = 0; count < 16; count += 1) {
      const timing = timeouts.of(SHORT);
      timing.ended(0, exchangeOf(SHORT), ok(15), CHARACTER);
      timing.ended(1, exchangeOf(LONG), ok(255), CHARACTER);
    }
    expect([given(timeouts, SHORT), given(timeouts, SHORT, 1)]).toEqual([110, 110]);
    const timing = timeouts.of(SHORT);
    timing.ended(0, exchangeOf(SHORT), ok(15), CHARACTER);
    timing.ended(1, exchangeOf(LONG), silent, CHARACTER);
    expect(timeouts.cost).toBe(2 + 15 + 2 + 550);
  });

  it('are full for what must be sure, and where nobody answers, and learn nothing from a trial in vain', () => {
    const timeouts = new Timeouts(options);
    tell(timeouts, SHORT, ok(15));
    expect(given(timeouts, SHORT, 0, { full: true })).toBe(310);
    tell(timeouts, LONG, silent, 9, 0, { isTrial: true });
    expect(given(timeouts, SHORT)).toBe(110);
    const unanswered = dialogue(1, 9, [], { answer: { usual: 0, most: 0 } });
    expect(given(timeouts, unanswered)).toBe(100);
    tell(timeouts, unanswered, silent);
    expect(given(timeouts, SHORT)).toBe(110);
  });
});
