import { expect, it } from 'vitest';
import { Topics } from '../../../agent/link/topics.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { DeviceReport } from '../../../agent/telemetry/device-report.ts';
import { PERIOD, States } from '../../../agent/telemetry/states.ts';
import type { Point, Sample } from '../../../drivers/contract/reading.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeLink } from '../../support/fake-link.ts';
import { speakerOn } from '../../support/fieldward.ts';

const number = (name: string, more: Partial<Point> = {}): Point => ({ name, type: 'number', writable: false, ...more });

/** A meter that is read every second, `rare` once in a minute; values are stale after ten seconds. */
function rig(values = false) {
  const clock = new FakeClock();
  const link = new FakeLink();
  const topics = new Topics('fieldward', 'gw');
  const points = [number('power', { min: 0, max: 9000 }), number('energy'), number('rare', { pollMs: 60_000 })];
  const report = new DeviceReport({ id: 'meter', points, heartbeatMs: 60_000, staleAfterMs: 10_000, pollMs: 1000 });
  const states = new States({ reports: [report], link, clock, log: silentLog, values, ...speakerOn(link, clock) });
  link.start();
  link.connect();
  const take = (...samples: Sample[]) => {
    report.take(samples, clock.now());
    states.changed('meter', clock.now(), clock.wall());
  };
  const sent = () =>
    link.published.filter(({ topic }) => topic === topics.state('meter')).map(({ payload }) => JSON.parse(payload));
  const plain = () =>
    link.published
      .filter(({ topic }) => topic.includes('/values/'))
      .map(({ topic, payload }) => `${topic.split('/').at(-1)} ${payload}`);
  return { clock, link, states, take, sent, plain };
}

it('a point that is not renewed turns null after the time for which it is fresh, while others go on', async () => {
  const { clock, take, sent } = rig();
  for (let second = 0; second <= 12; second += 1) {
    take({ point: 'power', value: 100 + second }, ...(second === 0 ? [{ point: 'energy', value: 7 }] : []));
    await clock.advance(1000);
  }
  const energy = sent().map(({ values }) => values.energy);
  expect(energy.slice(0, 11)).toEqual(new Array(11).fill(7));
  expect(energy.slice(11)).toEqual(new Array(energy.length - 11).fill(null));
  expect(sent().at(-1).values.power).toBe(112);
});

it('a value turns null also where nothing else changes, once, and keeps the time of the newest sample', async () => {
  const { clock, take, sent } = rig();
  const wall = clock.wall();
  take({ point: 'power', value: 1 }, { point: 'energy', value: 7 });
  await clock.advance(10_000);
  expect(sent()).toHaveLength(1);
  await clock.advance(10_000 + PERIOD);
  const at = new Date(wall).toISOString();
  expect(sent().slice(1)).toEqual([{ at, ts: wall, values: { power: null, energy: null } }]);
  await clock.advance(600_000);
  expect(sent()).toHaveLength(2);
});

it('a point of a longer period is fresh for three of its own', async () => {
  const { clock, take, sent } = rig();
  take({ point: 'rare', value: 5 });
  await clock.advance(179_000);
  expect(sent()).toEqual([{ at: expect.any(String), ts: expect.any(Number), values: { rare: 5 } }]);
  await clock.advance(2000);
  expect(sent().at(-1).values).toEqual({ rare: null });
});

it('a value that is out of its range is null at once', () => {
  const { take, sent } = rig();
  take({ point: 'power', value: 9001 }, { point: 'energy', value: 7 });
  expect(sent()).toEqual([{ at: expect.any(String), ts: expect.any(Number), values: { power: null, energy: 7 } }]);
});

it('what became too old while the broker was away is null in what it gets first', async () => {
  const { clock, link, states, take, sent } = rig();
  take({ point: 'energy', value: 7 });
  link.disconnect();
  await clock.advance(20_000);
  expect(sent()).toHaveLength(1);
  link.connect();
  states.connected();
  expect(sent().at(-1).values).toEqual({ energy: null });
});

it('each value has a plain topic too where that is wanted: on change alone, and all of them after a connect', async () => {
  const { clock, link, states, take, plain } = rig(true);
  take({ point: 'power', value: 230.1 }, { point: 'energy', value: 7 });
  expect(plain()).toEqual(['power 230.1', 'energy 7']);
  expect(link.published.at(-1)).toEqual({
    topic: 'fieldward/gw/meter/values/energy',
    payload: '7',
    qos: 0,
    retain: true,
  });
  await clock.advance(PERIOD);
  take({ point: 'power', value: 230.1 }, { point: 'energy', value: 8 });
  await clock.advance(PERIOD);
  take({ point: 'power', value: 9001 });
  expect(plain().slice(2)).toEqual(['energy 8', 'power null']);
  link.disconnect();
  link.connect();
  states.connected();
  expect(plain().slice(4)).toEqual(['power null', 'energy 8']);
});

it('no value has a topic of its own where nobody wants it', () => {
  const { take, plain } = rig();
  take({ point: 'power', value: 1 });
  expect(plain()).toEqual([]);
});
