import { describe, expect, test } from 'vitest';
import { Backoff } from '../../../../agent/link/failover/backoff.ts';
import { BrokerOrder } from '../../../../agent/link/failover/broker-order.ts';
import { milliseconds } from '../../../../drivers/contract/duration.ts';

const MOST = 30_000;
const make = (count: number, least = 1000) => {
  const random = () => 0.5;
  const backoff = new Backoff(milliseconds(least), milliseconds(Math.max(least, MOST)), random);
  return new BrokerOrder(count, milliseconds(least), backoff, random);
};

describe('the order of the brokers', () => {
  test('is that of the config, with short waits within a round and the back-off between rounds', () => {
    const order = make(3);
    const tried: number[][] = [];
    for (let attempt = 0; attempt < 7; attempt += 1) tried.push([order.next, order.failed()]);
    expect(tried).toEqual([
      [0, 500],
      [1, 500],
      [2, 10_500],
      [0, 500],
      [1, 500],
      [2, 15_500],
      [0, 500],
    ]);
  });

  test('of one broker is that broker, each time after the back-off', () => {
    const order = make(1);
    expect([order.failed(), order.next, order.ended(0), order.next]).toEqual([10_500, 0, 15_500, 0]);
  });

  test('waits a few seconds at the most within a round', () => {
    expect(make(2, 60_000).failed()).toBe(2500);
  });

  test('begins at the first again after a connection that lasted, on whatever broker it was', () => {
    const order = make(3);
    order.failed();
    expect(order.ended(MOST)).toBe(10_500);
    expect(order.next).toBe(0);
  });

  test('goes on to the next, after the back-off, where one accepts and kicks', () => {
    const order = make(2);
    expect(order.ended(MOST - 1)).toBe(10_500);
    expect(order.next).toBe(1);
    expect(order.ended(10)).toBe(15_500);
    expect(order.next).toBe(0);
  });

  test('comes back slowly to the first where another client has the name', () => {
    const order = make(2);
    order.failed();
    expect(order.takenOver()).toBe(15_500);
    expect(order.next).toBe(0);
  });

  test('begins at the first once that answers again', () => {
    const order = make(3);
    order.failed();
    order.returned();
    expect(order.next).toBe(0);
  });
});
