import { expect, it } from 'vitest';
import { TELL_AGAIN, Unreadable } from '../../../../agent/device/polling/unreadable.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';

const refused = new Fault('modbus/illegal-address');
const busy = new Fault('modbus/device-busy');

it('tells of a point once while it lasts, and once when it can be read again', () => {
  const points = new Unreadable();
  points.refused(['relay'], refused);
  expect(points.news(0)).toEqual({ lost: [['relay', refused]], back: [] });
  points.refused(['relay'], refused);
  expect(points.news(1000)).toBeUndefined();
  expect(points.codes()).toEqual([{ point: 'relay', code: 'modbus/illegal-address' }]);
  points.read(['relay', 'other']);
  expect(points.news(2000)).toEqual({ lost: [], back: ['relay'] });
  expect(points.news(3000)).toBeUndefined();
  expect(points.codes()).toEqual([]);
});

it('tells of a point that comes and goes no more often than once an hour, but of another fault at once', () => {
  const points = new Unreadable();
  let told = 0;
  for (let at = 0; at < 10_000; at += 1000) {
    points.refused(['relay'], busy);
    told += points.news(at)?.lost.length ?? 0;
    points.read(['relay']);
    told += points.news(at)?.back.length ?? 0;
  }
  expect(told).toBe(2);
  points.refused(['relay'], refused);
  expect(points.news(10_000)).toEqual({ lost: [['relay', refused]], back: [] });
  points.read(['relay']);
  points.news(10_000);
  points.refused(['relay'], refused);
  expect(points.news(10_000 + TELL_AGAIN)?.lost).toHaveLength(1);
});

it('says nothing of points that are back where the device was away', () => {
  const points = new Unreadable();
  points.refused(['relay'], refused);
  points.news(0);
  points.forget();
  expect(points.news(1000)).toBeUndefined();
  points.refused(['relay'], refused);
  expect(points.news(2000)).toBeUndefined();
  points.read(['relay']);
  expect(points.news(3000)).toEqual({ lost: [], back: ['relay'] });
});
