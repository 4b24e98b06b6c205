import { describe, expect, it } from 'vitest';
import { Alarm } from '../../../agent/throttle/alarm.ts';
import type { Duration } from '../../../drivers/contract/duration.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

function rig() {
  const clock = new FakeClock(0, 0);
  const rung: number[] = [];
  let armed = 0;
  const counting = {
    now: () => clock.now(),
    wall: () => clock.wall(),
    until: (instant: number, signal: AbortSignal) => clock.until(instant, signal),
    at: (instant: number, call: () => void) => clock.at(instant, call),
    sleep: (wait: Duration, signal: AbortSignal) => {
      armed++;
      return clock.sleep(wait, signal);
    },
  };
  return { clock, rung, alarm: new Alarm(counting, () => rung.push(clock.now())), armed: () => armed };
}

describe('the alarm of a throttle', () => {
  it('rings once, at its instant', async () => {
    const { clock, rung, alarm } = rig();
    alarm.set(10);
    await clock.advance(50);
    expect(rung).toEqual([10]);
  });

  it('can be set again after it rang, and for an instant that has passed', async () => {
    const { clock, rung, alarm } = rig();
    alarm.set(10);
    await clock.advance(20);
    alarm.set(30);
    await clock.advance(20);
    alarm.set(5);
    await clock.advance(0);
    expect(rung).toEqual([10, 30, 40]);
  });

  it('keeps the timer that it has when it is set to the same or a later instant', async () => {
    const { clock, rung, alarm, armed } = rig();
    for (let at = 10; at < 1000; at++) alarm.set(at);
    expect([armed(), clock.pending]).toEqual([1, 1]);
    await clock.advance(2000);
    expect(rung).toEqual([10]);
  });

  it('is moved to an earlier instant, and leaves no timer for the later one', async () => {
    const { clock, rung, alarm } = rig();
    alarm.set(100);
    alarm.set(10);
    await settle();
    expect(clock.pending).toBe(1);
    await clock.advance(200);
    expect(rung).toEqual([10]);
  });

  it('is not mistaken for the one before, when it is set anew just as that one ends', async () => {
    const sleepers: (() => void)[] = [];
    const clock = {
      now: () => 0,
      wall: () => 0,
      until: () => Promise.resolve(),
      at: () => () => undefined,
      sleep: () => new Promise<void>((resolve) => sleepers.push(resolve)),
    };
    let rung = 0;
    const alarm = new Alarm(clock, () => rung++);
    alarm.set(20);
    sleepers[0]?.();
    alarm.set(10);
    await settle();
    expect(rung).toBe(0);
    sleepers[1]?.();
    await settle();
    expect(rung).toBe(1);
  });

  it('never rings after it was stopped, whatever it is set to', async () => {
    const { clock, rung, alarm } = rig();
    alarm.set(10);
    alarm.stop();
    alarm.set(5);
    await settle();
    expect(clock.pending).toBe(0);
    await clock.advance(50);
    expect(rung).toEqual([]);
  });
});
