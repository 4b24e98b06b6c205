import { describe, expect, it } from 'vitest';
import { Alarm } from '../../../agent/clock/alarm.ts';
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
    at: (instant: number, call: () => void) => {
      armed++;
      return clock.at(instant, call);
    },
    sleep: (wait: Duration, signal: AbortSignal) => clock.sleep(wait, signal),
  };
  return { clock, rung, alarm: new Alarm(counting, () => rung.push(clock.now())), armed: () => armed };
}

describe('an alarm', () => {
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

  it('can be set anew from inside its ring', async () => {
    const clock = new FakeClock(0, 0);
    const rung: number[] = [];
    const alarm: Alarm = new Alarm(clock, () => {
      rung.push(clock.now());
      if (rung.length < 3) alarm.set(clock.now() + 10);
    });
    alarm.set(20);
    await clock.advance(100);
    expect(rung).toEqual([20, 30, 40]);
    expect(clock.pending).toBe(0);
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
