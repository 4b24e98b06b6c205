import { expect, test } from 'vitest';
import { Suspect } from '../../../agent/telemetry/suspect.ts';

test('a large reading over which the connection ends again and again goes alone, then is given up', () => {
  const suspect = new Suspect();
  const verdicts = Array.from({ length: 6 }, () => suspect.struck(7, 10_000, 'link/lost'));
  expect(verdicts).toEqual(['keep', 'keep', 'alone', 'alone', 'alone', 'give-up']);
});

test('a small one is given up only if the broker says that a packet was too large', () => {
  const suspect = new Suspect();
  for (let times = 0; times < 50; times += 1) expect(suspect.struck(7, 300, 'link/lost')).toBe('keep');
  const verdicts = Array.from({ length: 6 }, () => suspect.struck(8, 300, 'link/too-large'));
  expect(verdicts.at(-1)).toBe('give-up');
});

test('another reading, or another reason, begins the count anew', () => {
  const suspect = new Suspect();
  for (let times = 0; times < 5; times += 1) suspect.struck(7, 10_000, 'link/lost');
  expect(suspect.struck(8, 10_000, 'link/lost')).toBe('keep');
  for (let times = 0; times < 4; times += 1) suspect.struck(8, 10_000, 'link/lost');
  expect(suspect.struck(8, 10_000, 'link/taken-over')).toBe('keep');
  expect(suspect.struck(8, 10_000, 'link/lost')).toBe('keep');
});
