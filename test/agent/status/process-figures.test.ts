import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ProcessFigures } from '../../../agent/status/process-figures.ts';
import { FakeClock } from '../../support/fake-clock.ts';

test('the figures hold the memory, and how late the event loop was in this minute and the one before', async () => {
  const clock = new FakeClock();
  const figures = new ProcessFigures(clock);
  expect(figures.read()).toMatchObject({ eventLoopDelayMs: 0, eventLoopDelayMaxMs: 0 });
  figures.start();
  await pause(120);
  const until = performance.now() + 400;
  while (performance.now() < until);
  await pause(120);
  const { eventLoopDelayMaxMs: late, rssBytes } = figures.read();
  expect(late).toBeGreaterThan(200);
  expect(rssBytes).toBeGreaterThan(10_000_000);
  await clock.advance(60_000);
  expect(figures.read().eventLoopDelayMaxMs).toBe(late);
  await clock.advance(59_999);
  expect(figures.read().eventLoopDelayMaxMs).toBe(late);
  await clock.advance(1);
  figures.read();
  expect(figures.read().eventLoopDelayMaxMs).toBeLessThan(late);
  figures.stop();
});
