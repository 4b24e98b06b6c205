import { describe, expect, it } from 'vitest';
import { Shares } from '../../../agent/outbox/shares.ts';

function shares(held: Readonly<Record<string, number>>): Shares {
  const made = new Shares();
  for (const [device, bytes] of Object.entries(held)) made.add(device, bytes);
  return made;
}

const equal = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`d${index}`, 100]));

describe('the shares of the devices', () => {
  it('are neither small nor large where all hold the same, however many they are', () => {
    for (const count of [2, 3, 4, 40, 1000]) {
      const all = shares(equal(count));
      expect([all.isSmall('d0'), all.isLarge('d0'), all.hasLarge]).toEqual([false, false, false]);
    }
  });

  it('are small below a quarter of an equal part', () => {
    const all = shares({ flood: 2755, small: 245, other: 1000 });
    expect(all.isSmall('small')).toBe(true);
    expect(shares({ flood: 2650, small: 350, other: 1000 }).isSmall('small')).toBe(false);
    expect([all.isSmall('flood'), all.isSmall('other')]).toEqual([false, false]);
  });

  it.each([
    [2, 205, true],
    [2, 195, false],
    [10, 145, true],
    [10, 130, false],
  ])('of %i devices, one that holds %i where each other holds 100: large is %s', (count, bytes, isLarge) => {
    const all = shares({ ...equal(count - 1), flood: bytes });
    expect([all.isLarge('flood'), all.hasLarge]).toEqual([isLarge, isLarge]);
  });

  it.each([
    ['one that floods', { flood: 600, a: 200, b: 200 }, ['flood']],
    ['two that flood', { one: 400, other: 400, a: 100, b: 100 }, ['one', 'other']],
    ['none that floods', { a: 102, b: 98, c: 99, d: 101, e: 40, f: 40 }, ['a', 'b', 'c', 'd']],
    ['one that is only a little above all others', { a: 110, b: 99, c: 99, d: 99 }, ['a', 'b', 'c', 'd']],
  ])('tell which are heavy: %s', (_, held, heavy) => {
    expect([...shares(held).heavy]).toEqual(heavy);
  });

  it('forget what has gone', () => {
    const all = shares({ flood: 1000, small: 10 });
    all.remove('flood', 1000);
    expect([all.isSmall('small'), all.isAlone('small'), all.isLarge('flood')]).toEqual([false, true, false]);
    all.clear();
    expect(all.isAlone('flood')).toBe(true);
  });
});
