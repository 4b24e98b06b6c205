import { describe, expect, it } from 'vitest';
import type { Flight, ReadingLane } from '../../../../agent/telemetry/forwarder/lane.ts';
import { Lanes, MOST_HELD, MOST_YIELDING } from '../../../../agent/telemetry/forwarder/lanes.ts';
import { Retry } from '../../../../agent/telemetry/forwarder/retry.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const record = (seq: number, device = 'flood') => ({ seq, device, payload: `{"seq":${seq}}` });

function make() {
  const clock = new FakeClock();
  return new Lanes(() => new Retry(clock, () => 1));
}

/** A reading of the lane that is under way. */
function send(lane: ReadingLane, seq: number, device: string): Flight {
  const flight: Flight = { record: record(seq, device), lane, state: 'sent' };
  lane.flights.push(flight);
  lane.pass(seq);
  return flight;
}

describe('a device that yields', () => {
  it('has what comes after the tail in a lane of its own, and what is before it in the tail', () => {
    const lanes = make();
    lanes.tail.pass(10);
    lanes.divert('flood');
    const [lane] = lanes.held as [ReadingLane];
    expect([lane.cursor, lane.yielding, lanes.isDenied('flood')]).toEqual([10, true, false]);
    expect(lanes.carries(lanes.tail, record(10))).toBe(true);
    expect(lanes.carries(lanes.tail, record(11))).toBe(false);
    expect(lanes.carries(lane, record(11))).toBe(true);
    expect(lanes.carries(lanes.tail, record(11, 'scale'))).toBe(true);
    expect(lanes.carries(lane, record(11, 'scale'))).toBe(false);
  });

  it('goes with the others again, and yields anew only once all that its lane sent is behind the tail', () => {
    const lanes = make();
    lanes.tail.pass(10);
    lanes.divert('flood');
    const slow = send(lanes.tail, 11, 'scale');
    lanes.tail.pass(20);
    const [lane] = lanes.held as [ReadingLane];
    lane.pass(20);
    lanes.tidy(21);
    expect(lanes.held).toEqual([lane]);
    lanes.tidy(20);
    expect(lanes.held).toEqual([]);
    expect(lanes.carries(lanes.tail, record(21))).toBe(true);
    lanes.divert('flood');
    // begun anew, the tail would send again what the lane has sent
    expect(lanes.held).toEqual([]);
    expect(lanes.carries(lanes.tail, record(15))).toBe(false);
    slow.state = 'done';
    lanes.tail.settle();
    lanes.tidy(20);
    lanes.divert('flood');
    expect(lanes.held).toHaveLength(1);
  });

  it('holds back what is forgotten until the broker has its readings', () => {
    const lanes = make();
    lanes.tail.pass(10);
    lanes.divert('flood');
    lanes.tail.pass(50);
    expect(lanes.lowWater).toBe(10);
    lanes.held[0]?.pass(40);
    expect(lanes.lowWater).toBe(40);
  });

  it('is one of a few: further ones go with the others, and leave lanes for those that the broker denies', () => {
    const lanes = make();
    for (let index = 0; index < MOST_HELD; index += 1) lanes.divert(`d${index}`);
    expect(lanes.held).toHaveLength(MOST_YIELDING);
    for (let index = 0; index < MOST_HELD; index += 1) lanes.hold(`denied-${index}`);
    lanes.divert('flood');
    expect(lanes.held.filter(({ yielding }) => yielding)).toHaveLength(MOST_YIELDING);
    expect(lanes.isDenied('denied-7')).toBe(true);
  });

  it('is one that is denied once the broker denies it', () => {
    const lanes = make();
    lanes.divert('flood');
    const [lane] = lanes.held as [ReadingLane];
    expect(lanes.hold('flood')).toBe(lane);
    expect([lane.yielding, lanes.isDenied('flood')]).toEqual([false, true]);
  });
});
