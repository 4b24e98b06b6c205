import { expect, test } from 'vitest';
import { FlushSchedule } from '../../../../agent/outbox/disk/flush-schedule.ts';
import { milliseconds } from '../../../../drivers/contract/duration.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

test('a tick that throws is followed by the next one, and records become due all the same', async () => {
  const clock = new FakeClock();
  let ticks = 0;
  const ageing = new FlushSchedule(
    clock,
    milliseconds(400),
    () => 7,
    () => {
      ticks += 1;
      if (ticks === 1) throw new TypeError('secret');
      return true;
    },
  );
  ageing.arm();
  await expect(clock.advance(100)).rejects.toThrow(TypeError);
  await clock.advance(250);
  expect(ticks).toBe(3);
  expect(ageing.due).toBe(7);
  ageing.stop();
  expect(clock.pending).toBe(0);
});
