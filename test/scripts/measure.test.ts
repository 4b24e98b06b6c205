import { describe, expect, it } from 'vitest';
import { judge, quantile } from '../../scripts/bench-program/judge.ts';
import { holdingRegisters, type Quantity } from '../../scripts/bench-program/quantity.ts';
import { exchangeS, limitPerS, silenceS } from '../../scripts/bench-program/wire.ts';
import type { Transaction } from '../../scripts/testbed/rig.ts';

describe('what the wire allows', () => {
  it('is both frames and two silences', () => {
    expect(limitPerS(9600, 10)).toBeCloseTo(24, 6);
    expect(limitPerS(19_200, 10)).toBeCloseTo(48, 6);
    expect(limitPerS(115_200, 10)).toBeCloseTo(1000 / (330 / 115.2 + 3.5), 6);
    expect(exchangeS(9600, 2)).toBeCloseTo(24 / 960, 9);
  });

  it('has a fixed silence above 19200 baud only', () => {
    expect(silenceS(19_200)).toBeCloseTo(0.001_823, 6);
    expect(silenceS(38_400)).toBe(0.001_75);
  });
});

describe('a reading is held against the log of the line', () => {
  const answer: Transaction = {
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
  const quantities = holdingRegisters(10);
  const registers = [7, 769, 7, 771, 7, 773, 7, 775, 7, 777];
  const reading = (values: readonly number[], atNs = 5_500_000n, line = 0) => ({
    line,
    unit: 3,
    values: Object.fromEntries(values.map((value, address) => [`r${address}`, value])),
    atNs,
  });

  it('for its latency', () => {
    expect(judge([answer], [reading(registers)], quantities, 0n)).toEqual({ latencies: [3.5], wrong: 0 });
  });

  it('but its latency does not count where it was asked for before the time', () => {
    expect(judge([answer], [reading(registers)], quantities, 1_500_000n)).toEqual({ latencies: [], wrong: 0 });
  });

  it('and of two answers with the same counter the newest counts', () => {
    const later = { ...answer, requestEndNs: 9_000_000n, answerEndNs: 10_000_000n };
    const arrivals = [reading(registers), reading(registers, 11_000_000n)];
    expect(judge([answer, later], arrivals, quantities, 0n)).toEqual({ latencies: [1, 3.5], wrong: 0 });
  });

  it.each([
    ['mixes two answers', reading(registers.with(4, 6))],
    ['is of another unit', reading(registers.with(1, (4 << 8) | 1))],
    ['comes of an answer that was none', reading(registers.map((value) => (value === 7 ? 8 : value)))],
    ['comes of another line', reading(registers, 5_500_000n, 1)],
    ['came before it was asked for', reading(registers, 500_000n)],
    ['is empty', reading([])],
    ['has more than was asked for', reading([...registers, 7])],
  ])('and is wrong where it %s', (_, arrival) => {
    expect(judge([answer], [arrival], quantities, 0n)).toEqual({ latencies: [], wrong: 1 });
  });

  it('also where an answer does not reach as far', () => {
    expect(judge([{ ...answer, quantity: 8 }], [reading(registers)], quantities, 0n).wrong).toBe(1);
  });

  describe('of float32', () => {
    const voltage: Quantity = { name: 'voltage', register: 'input', address: 0, type: 'float32' };
    const energy: Quantity = { name: 'energy', register: 'input', address: 342, type: 'float32' };
    const answers = [
      { ...answer, quantity: 2 },
      { ...answer, counter: 8, address: 342, quantity: 2, requestEndNs: 3_000_000n, answerEndNs: 4_000_000n },
    ];
    const float = (counter: number, odd: number) => {
      const bytes = new DataView(new ArrayBuffer(4));
      bytes.setUint32(0, counter * 65_536 + odd);
      return bytes.getFloat32(0);
    };
    const judged = (values: Readonly<Record<string, unknown>>) =>
      judge(answers, [{ line: 0, unit: 3, values, atNs: 5_000_000n }], [voltage, energy], 0n);

    it('the newest of its answers counts', () => {
      const values = { voltage: float(7, 0x301), energy: float(8, 0x357) };
      expect(judged(values)).toEqual({ latencies: [1], wrong: 0 });
    });

    it('few digits are enough', () => {
      expect(judged({ voltage: Number(float(7, 0x301).toPrecision(9)) }).wrong).toBe(0);
    });

    it.each([{ voltage: float(8, 0x301) }, { voltage: float(7, 0x303) }, { voltage: null }, { stray: 1 }])(
      'and wrong is %j',
      (values) => expect(judged(values).wrong).toBe(1),
    );
  });
});

it('a quantile is one of the values', () => {
  const sorted = Array.from({ length: 101 }, (_, index) => index);
  expect([quantile(sorted, 0.5), quantile(sorted, 0.99), quantile([5], 0.99)]).toEqual([50, 99, 5]);
  expect(quantile([], 0.5)).toBeNaN();
});
