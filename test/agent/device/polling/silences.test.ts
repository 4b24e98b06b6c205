import { describe, expect, it } from 'vitest';
import { PollAgenda } from '../../../../agent/device/polling/poll-agenda.ts';
import { Silences } from '../../../../agent/device/polling/silences.ts';
import { LONGEST_RETRY, SplitMemory } from '../../../../agent/device/polling/split-memory.ts';
import { exchangeOf } from '../../../support/dialogue.ts';
import { dialogue } from '../../../support/exchange.ts';

const LATE_WITHIN = 2000;
const range = (count: number) => Array.from({ length: count }, (_, n) => n);
const asked = (agenda: PollAgenda) =>
  range(100).flatMap((number) => {
    const dialogue = agenda.at(number);
    return dialogue === undefined ? [] : [exchangeOf(dialogue).request[1]];
  });

/** Questions 1 to 5, of which 2, 3 and 4 stay unanswered. */
function rig() {
  const plan = range(5).map((n) => dialogue(1, n + 1, [`p${n + 1}`]));
  const silences = new Silences();
  for (const each of plan.slice(1, 4)) {
    silences.missed(each);
    silences.missed(each);
    silences.settle(each, LATE_WITHIN, 0);
  }
  const agenda = (now: number, trialFrom = 0) =>
    new PollAgenda(plan, { refusals: new SplitMemory(), silences, trialFrom, inOrder: false }, now);
  return { plan, silences, agenda };
}

describe('questions that stay unanswered', () => {
  it('are not asked before their time, then last, and one in a poll', () => {
    const { plan, silences, agenda } = rig();
    expect(asked(agenda(1000))).toEqual([1, 5]);
    expect(asked(agenda(60_000))).toEqual([1, 5, 2]);
    if (plan[1]) silences.settle(plan[1], LATE_WITHIN, 60_000);
    expect(asked(agenda(60_001))).toEqual([1, 5, 3]);
  });

  it('are not tried while the device has used up its share of the line for that', () => {
    const { agenda } = rig();
    expect(asked(agenda(60_000, 60_001))).toEqual([1, 5]);
    expect(asked(agenda(60_001, 60_001))).toEqual([1, 5, 2]);
  });

  it('are tried at waits that double up to their bound', () => {
    const { plan, silences } = rig();
    const [, silent] = plan;
    if (!silent) throw new Error('no question');
    const waits = range(8).map(() => {
      const at = silences.retryAt(silent);
      silences.settle(silent, LATE_WITHIN, at);
      return silences.retryAt(silent) - at;
    });
    expect(waits.slice(0, 4)).toEqual([40_000, 80_000, 160_000, 320_000]);
    expect(waits.at(-1)).toBe(LONGEST_RETRY);
  });

  it('are remembered within a bound', () => {
    const silences = new Silences();
    const many = range(1000).map((n) => ({ ...dialogue(1, 1), key: String(n) }));
    for (const each of many) {
      silences.missed(each);
      silences.settle(each, LATE_WITHIN, 0);
    }
    expect(many.filter((each) => silences.knows(each)).length).toBeLessThanOrEqual(256);
    expect(silences.knows(many[999] ?? dialogue(1, 1))).toBe(true);
    silences.forget();
    expect(silences.none).toBe(true);
  });
});
