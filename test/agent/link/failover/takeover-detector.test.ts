import { describe, expect, test } from 'vitest';
import { TakeoverDetector } from '../../../../agent/link/failover/takeover-detector.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';

const SOON = 1000;
const lost = new Fault('link/lost');

describe('a broker that closes without a word', () => {
  test('soon after it accepted, twice in a row, is named', () => {
    const kicks = new TakeoverDetector(SOON);
    expect([10, 10, 10].map((lasted) => kicks.ended(lost, lasted).code)).toEqual([
      'link/lost',
      'link/kicked',
      'link/kicked',
    ]);
  });

  test.each([
    ['after a connection that lasted', (kicks: TakeoverDetector) => void kicks.ended(lost, SOON)],
    ['after an attempt that failed, as one does while a broker is down', (kicks: TakeoverDetector) => kicks.failed()],
    ['after a network that fell silent', (kicks: TakeoverDetector) => void kicks.ended(new Fault('link/timeout'), 10)],
    [
      'after a word of the broker',
      (kicks: TakeoverDetector) => void kicks.ended(new Fault('link/lost', { reason: 139 }), 10),
    ],
  ])('is counted anew %s', (_, between) => {
    const kicks = new TakeoverDetector(SOON);
    kicks.ended(lost, 10);
    between(kicks);
    expect(kicks.ended(lost, 10)).toBe(lost);
  });

  test('leaves what has a name of its own as it is', () => {
    const kicks = new TakeoverDetector(SOON);
    for (let count = 0; count < 5; count += 1) {
      expect(kicks.ended(new Fault('link/taken-over', { reason: 142 }), 10).code).toBe('link/taken-over');
    }
  });
});
