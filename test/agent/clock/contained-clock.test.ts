import { expect, test } from 'vitest';
import { ContainedClock } from '../../../agent/clock/contained-clock.ts';
import { Supervisor } from '../../../agent/clock/supervisor.ts';
import { type LogFields, silentLog } from '../../../agent/log/log.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function rig() {
  const inner = new FakeClock();
  const told: (readonly [string, LogFields | undefined])[] = [];
  const log = { ...silentLog, error: (event: string, fields?: LogFields) => void told.push([event, fields]) };
  return { inner, told, clock: new ContainedClock(inner, new Supervisor({ clock: inner, log })) };
}

test('a call at an instant that throws is told and ends nothing, and later calls come all the same', async () => {
  const { inner, told, clock } = rig();
  const called: number[] = [];
  clock.at(clock.now() + 10, () => {
    throw new TypeError('secret');
  });
  clock.at(clock.now() + 20, () => called.push(20));
  clock.at(clock.now() + 30, () => called.push(30))();
  await inner.advance(50);
  expect(called).toEqual([20]);
  expect(told).toEqual([['part failed', { part: 'timer', code: 'internal/unexpected' }]]);
  expect(inner.pending).toBe(0);
});

test('it is otherwise the clock that it stands before', async () => {
  const { inner, clock } = rig();
  const never = new AbortController();
  const ended: string[] = [];
  void clock.sleep(milliseconds(5), never.signal).then(() => ended.push('sleep'));
  void clock.until(clock.now() + 7, never.signal).then(() => ended.push('until'));
  await inner.advance(6);
  expect(ended).toEqual(['sleep']);
  await inner.advance(1);
  expect(ended).toEqual(['sleep', 'until']);
  expect([clock.now(), clock.wall()]).toEqual([inner.now(), inner.wall()]);
});
