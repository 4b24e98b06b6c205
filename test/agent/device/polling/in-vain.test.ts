import { expect, it, vi } from 'vitest';
import { type Asked, silentRig } from './silent-rig.ts';

/** `calm` is read once a second, `busy` as often as the line allows. */
const POINTS = [
  { name: 'calm', address: 0, pollMs: 1000 },
  { name: 'busy', address: 100 },
];
const SPAN = 60_000;
const isBusy = ({ first }: Asked) => first === 100;

it('points without a period that the device never answers cost no poll after the other', async () => {
  const { line, polled, run, reads } = silentRig(POINTS, 0);
  line.silent = isBusy;
  await run(2000);
  const polls = vi.spyOn(polled, 'poll');
  await run(SPAN);
  expect(polls.mock.calls.length).toBeLessThan((2.5 * SPAN) / 1000);
  expect(reads('calm').length).toBeGreaterThan((0.9 * SPAN) / 1000);
});

it('points without a period that the device refuses are asked about once a second', async () => {
  const { line, run, asks, reads } = silentRig(POINTS, 0);
  line.refused = isBusy;
  await run(SPAN);
  expect(asks(100).length).toBeLessThan((1.5 * SPAN) / 1000);
  expect(asks(100).length).toBeGreaterThan((0.5 * SPAN) / 1000);
  expect(reads('calm').length).toBeGreaterThan((0.9 * SPAN) / 1000);
});

it('points that the device gives again are read as often as the line allows within a second', async () => {
  const { clock, line, run, reads } = silentRig(POINTS, 0);
  line.refused = isBusy;
  await run(SPAN);
  line.refused = () => false;
  const backAt = clock.now();
  await run(3000);
  expect((reads('busy')[0] ?? Number.POSITIVE_INFINITY) - backAt).toBeLessThan(1100);
  expect(reads('busy').length).toBeGreaterThan(100);
});
