import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silenceMs } from '../../../drivers/modbus/rtu/silence.ts';
import { exchangeMs, keptShare } from '../../../drivers/port/latency-cost.ts';
import { lineTiming } from '../../../drivers/port/line.ts';

const line = (baudRate: number) => lineTiming({ baudRate, dataBits: 8, parity: 'none', stopBits: 1 });
/** Ten registers: the read that the bench polls. */
const ten = (baud: number) => ({ request: 8, answer: 25, quietMs: silenceMs(line(baud)) });

const lengths = fc.record({ request: fc.integer({ min: 1, max: 256 }), answer: fc.integer({ min: 1, max: 256 }) });
const baudRate = fc.constantFrom(1200, 9600, 19_200, 57_600, 115_200, 921_600);

describe('the cost of a latency timer', () => {
  it('without a timer is nothing: what the wire needs', () => {
    // 33 characters of 10 bits, and t3.5 twice
    expect(exchangeMs(ten(9600), line(9600), 3.5 / 0.96, 0)).toBeCloseTo(33 / 0.96 + 2 * (3.5 / 0.96), 9);
    expect(keptShare(ten(9600), line(9600), 4, 0)).toBe(1);
  });

  // Measured on the rig with `--latency-timer`: 0.40 and 0.65 at 16 ms. At 1 ms, 0.91 and 0.95 with what the agent adds.
  it.each([
    [115_200, 16, 0.4],
    [19_200, 16, 0.65],
    [115_200, 1, 0.91],
    [19_200, 1, 0.99],
  ])('leaves at %d baud with %d ms %d of the rate', (baud, timer, share) => {
    expect(keptShare(ten(baud), line(baud), silenceMs(line(baud)), timer)).toBeCloseTo(share, 2);
  });

  it('makes an exchange take whole timers where no packet gets full', () => {
    expect(exchangeMs(ten(115_200), line(115_200), 1.75, 16)).toBe(16);
    expect(exchangeMs(ten(115_200), line(115_200), 1.75, 1)).toBe(7);
    expect(exchangeMs(ten(19_200), line(19_200), silenceMs(line(19_200)), 16)).toBe(32);
  });

  it('counts an answer that ends with the timer as one that did not miss it', () => {
    // 0.1 three times and seven times more is 1.0 on paper; in binary fractions it is a little more.
    expect(exchangeMs({ request: 1, answer: 7, quietMs: 0.1 }, { baudRate: 100_000, characterMs: 0.1 }, 0.1, 1)).toBe(
      1,
    );
  });

  it('does not hold back an answer that ends with a full packet', () => {
    const whole = { request: 8, answer: 124, quietMs: 1.75 };
    expect(exchangeMs(whole, line(115_200), 1.75, 255)).toBeCloseTo(exchangeMs(whole, line(115_200), 1.75, 0), 9);
    // One character more waits for the timer, which began anew with the packet.
    const more = { request: 8, answer: 125, quietMs: 1.75 };
    expect(exchangeMs(more, line(115_200), 1.75, 255)).toBeCloseTo(exchangeMs(whole, line(115_200), 1.75, 0) + 255, 9);
  });

  it('is never negative and never more than one timer', () => {
    fc.assert(
      fc.property(lengths, baudRate, fc.integer({ min: 1, max: 255 }), (given, baud, timer) => {
        const timing = line(baud);
        const each = { ...given, quietMs: silenceMs(timing) };
        const held = exchangeMs(each, timing, each.quietMs, timer) - exchangeMs(each, timing, each.quietMs, 0);
        expect(held).toBeGreaterThan(-1e-6);
        expect(held).toBeLessThan(timer + 1e-6);
      }),
    );
  });

  it('is nothing where the line’s speed is not known, or no answer comes', () => {
    expect(exchangeMs({ ...ten(9600), quietMs: 0 }, { baudRate: 0, characterMs: 0 }, 5, 16)).toBe(5);
    expect(exchangeMs({ ...ten(9600), answer: 0 }, line(9600), 4, 16)).toBeCloseTo(4 + 8 / 0.96 + 3.5 / 0.96, 9);
  });
});
