import { describe, expect, it } from 'vitest';
import { compare, limitPerSecond } from '../../scripts/measure/case.ts';

describe('the bench', () => {
  it('knows what the wire allows', () => {
    expect(limitPerSecond(9600)).toBeCloseTo(24, 6);
    expect(limitPerSecond(19_200)).toBeCloseTo(48, 6);
    expect(limitPerSecond(115_200)).toBeCloseTo(1000 / (330 / 115.2 + 3.5), 6);
  });

  const transaction = {
    line: 0,
    counter: 7,
    unit: 3,
    function: 3,
    address: 0,
    quantity: 10,
    requestEndNs: 1_000_000n,
    answerEndNs: 2_000_000n,
    what: 'ok',
  };
  const registers = [7, 769, 7, 771, 7, 773, 7, 775, 7, 777];

  it('finds the latency of a reading by its counter and its unit', () => {
    const arrivals = [
      { unit: 3, registers, atNs: 5_500_000n },
      { unit: 3, registers: registers.map((value) => (value === 7 ? 8 : value)), atNs: 9_000_000n },
    ];
    expect(compare([transaction], arrivals)).toEqual({ latencies: [3.5], wrong: 0 });
  });

  it('finds values that the line did not serve', () => {
    const mixed = registers.with(4, 6);
    const ofAnother = registers.with(1, (4 << 8) | 1);
    const short = registers.slice(1);
    const arrivals = [mixed, ofAnother, short].map((each) => ({ unit: 3, registers: each, atNs: 5_500_000n }));
    expect(compare([transaction], arrivals).wrong).toBe(3);
  });
});
