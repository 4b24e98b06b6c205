import { describe, expect, it } from 'vitest';
import { Room } from '../../../../agent/link/connection/room.ts';
import { BELIEVED_FOR } from '../../../../agent/link/failover/poison-message.ts';

const SIZE = 100;

describe('room for a message', () => {
  it('is nowhere with one broker, or with others that are known to be as small', () => {
    expect(new Room(1, () => undefined).seek(0, SIZE, 0)).toBe('nowhere');
    const told = new Room(2, () => undefined);
    told.told(1, SIZE - 1, 0);
    expect(told.seek(0, SIZE, 0)).toBe('nowhere');
    const found = new Room(2, (broker) => (broker === 1 ? SIZE : undefined));
    expect(found.seek(0, SIZE, 0)).toBe('nowhere');
  });

  it('may be with any broker that is not known, names no bound, or takes as much', () => {
    for (const [count, bytes] of [
      [2, undefined],
      [2, SIZE],
      [3, 1],
    ] as const) {
      const room = new Room(count, () => undefined);
      room.told(1, bytes, 0);
      expect(room.seek(0, SIZE, 0)).toBe('now');
    }
    expect(new Room(2, () => SIZE + 1).seek(0, SIZE, 0)).toBe('now');
  });

  it('is not sought again before a pause that doubles, up to an hour, until a broker with room was reached', () => {
    const room = new Room(2, () => undefined);
    const left: number[] = [];
    for (let now = 0; now < 24 * BELIEVED_FOR; now += 1000) if (room.seek(0, SIZE, now) === 'now') left.push(now);
    const pauses = left.slice(1).map((at, index) => at - (left[index] ?? 0));
    expect(pauses.slice(0, 8)).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600].map((seconds) => seconds * 1000));
    expect(Math.max(...pauses)).toBe(BELIEVED_FOR);
    room.told(1, undefined, 24 * BELIEVED_FOR);
    expect(room.seek(0, SIZE, 24 * BELIEVED_FOR)).toBe('now');
  });

  it('is sought at each broker that is reached, one after the other, without a pause', () => {
    const room = new Room(3, () => undefined);
    room.told(0, 1, 0);
    expect(room.seek(0, SIZE, 0)).toBe('now');
    room.told(1, 1, 1);
    expect(room.seek(1, SIZE, 1)).toBe('now');
    // the third could not be reached
    expect(room.seek(0, SIZE, 2)).toBe('later');
    expect(room.seek(0, SIZE, 30_000)).toBe('now');
  });

  it('of a broker that was too small is asked for again after an hour', () => {
    const room = new Room(2, () => undefined);
    room.told(1, 1, 0);
    expect(room.seek(0, SIZE, BELIEVED_FOR - 1)).toBe('nowhere');
    expect(room.seek(0, SIZE, BELIEVED_FOR)).toBe('now');
  });
});
