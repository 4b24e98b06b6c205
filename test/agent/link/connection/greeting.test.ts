import { describe, expect, test } from 'vitest';
import { type Greeting, Greetings, GUESSED_FOR, TOLD_FOR } from '../../../../agent/link/connection/greeting.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';

const BEST: Greeting = { version: 5, retain: true, qos: 1 };
const ALL = { retainAvailable: true, maximumQos: 1 } as const;
const CLOSED = new Fault('link/lost');
const refusal = (reason: number) => new Fault('link/refused', { reason });

describe('the greeting of a broker', () => {
  test.each([1, 132])(
    'is MQTT 3.1.1 at once where the broker refuses the version (%i), and 5 again after a day',
    (reason) => {
      const greetings = new Greetings('auto');
      expect(greetings.next(0)).toEqual(BEST);
      expect(greetings.refused(refusal(reason), 0)).toBe(true);
      expect(greetings.next(0)).toEqual({ ...BEST, version: 4 });
      greetings.accepted(ALL, 0);
      expect(greetings.next(TOLD_FOR - 1).version).toBe(4);
      expect(greetings.next(TOLD_FOR)).toEqual(BEST);
    },
  );

  test('is MQTT 3.1.1 where that is let in after 5 was closed without a word, and 5 again after an hour', () => {
    const greetings = new Greetings('auto');
    greetings.next(0);
    expect(greetings.refused(CLOSED, 0)).toBe(true);
    expect(greetings.next(0).version).toBe(4);
    greetings.accepted(ALL, 0);
    expect(greetings.next(GUESSED_FOR - 1).version).toBe(4);
    expect(greetings.next(GUESSED_FOR)).toEqual(BEST);
  });

  test('goes without a retained will where MQTT 3.1.1 with one is closed without a word', () => {
    const greetings = new Greetings(4);
    expect(greetings.next(0)).toEqual({ version: 4, retain: true, qos: 1 });
    expect(greetings.refused(CLOSED, 0)).toBe(true);
    expect(greetings.next(0)).toEqual({ version: 4, retain: false, qos: 1 });
  });

  test('goes without QoS 1 where MQTT 3.1.1 with it is closed without a word, and then without both', () => {
    const greetings = new Greetings(4);
    const tried = Array.from({ length: 4 }, () => {
      const { retain, qos } = greetings.next(0);
      return [retain, qos, greetings.refused(CLOSED, 0)];
    });
    expect(tried).toEqual([
      [true, 1, true],
      [false, 1, true],
      [true, 0, true],
      [false, 0, false],
    ]);
    greetings.refused(CLOSED, 0);
    greetings.refused(CLOSED, 0);
    greetings.accepted(ALL, 0);
    expect(greetings.next(GUESSED_FOR - 1)).toEqual({ version: 4, retain: true, qos: 0 });
    expect(greetings.next(GUESSED_FOR)).toEqual({ version: 4, retain: true, qos: 1 });
  });

  test('believes no guess that was not let in, and hurries through them only once', () => {
    const greetings = new Greetings('auto');
    const round = () => {
      const tried: [Greeting, boolean][] = [];
      for (let times = 0; times < 5; times += 1) tried.push([greetings.next(0), greetings.refused(CLOSED, 0)]);
      return tried;
    };
    const old = { ...BEST, version: 4 };
    const guesses = [BEST, old, { ...old, retain: false }, { ...old, qos: 0 }, { ...old, retain: false, qos: 0 }];
    expect(round()).toEqual(guesses.map((guess, at) => [guess, at < 4]));
    expect(round()).toEqual(guesses.map((guess) => [guess, false]));
    greetings.refused(CLOSED, 0);
    greetings.unreached();
    expect(greetings.next(0)).toEqual(BEST);
  });

  test('keeps to the version of the config', () => {
    const greetings = new Greetings(5);
    expect(greetings.refused(refusal(132), 0)).toBe(false);
    expect(greetings.refused(CLOSED, 0)).toBe(false);
    expect(greetings.next(0)).toEqual(BEST);
  });

  test('goes without what the broker says that it lacks, in refusing or in accepting', () => {
    const refused = new Greetings(5);
    expect([refused.refused(refusal(154), 0), refused.refused(refusal(155), 0)]).toEqual([true, true]);
    expect(refused.next(0)).toEqual({ version: 5, retain: false, qos: 0 });
    expect(refused.refused(refusal(154), 0)).toBe(false);
    const accepted = new Greetings(5);
    accepted.accepted({ retainAvailable: false, maximumQos: 0 }, 0);
    expect(accepted.next(0)).toEqual({ version: 5, retain: false, qos: 0 });
    expect(accepted.next(TOLD_FOR)).toEqual(BEST);
  });

  test('is not changed by other refusals', () => {
    const greetings = new Greetings('auto');
    for (const fault of [refusal(135), new Fault('link/credentials', { reason: 134 }), new Fault('link/timeout')]) {
      expect(greetings.refused(fault, 0)).toBe(false);
      expect(greetings.next(0)).toEqual(BEST);
    }
  });

  test('is without the retain flag where the broker hangs up over it', () => {
    const greetings = new Greetings(4);
    greetings.accepted(ALL, 0);
    greetings.keepsNothing(10);
    expect(greetings.next(GUESSED_FOR).retain).toBe(false);
    expect(greetings.next(GUESSED_FOR + 10).retain).toBe(true);
  });
});
