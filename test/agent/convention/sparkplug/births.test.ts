import { expect, it, vi } from 'vitest';
import { EdgeNode, type PointValue } from '../../../../agent/convention/sparkplug/edge-node.ts';
import { Voice } from '../../../../agent/convention/sparkplug/voice.ts';
import { silentLog } from '../../../../agent/log/log.ts';
import { readingText } from '../../../../agent/telemetry/reading.ts';
import type { Point } from '../../../../drivers/contract/reading.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';
import { FakeLink } from '../../../support/fake-link.ts';
import { broken, recorded } from './recorder.ts';

const NODE = { group: 'Plant7', id: 'gw01' };
const DEVICES = Array.from({ length: 100 }, (_, at) => `device-${at}`);
const POINTS: readonly Point[] = Array.from({ length: 50 }, (_, at) => {
  return { name: `p${at}`, type: 'number', writable: false };
});
const never = new AbortController().signal;

/** A plant whose devices have no value yet, on a connection. */
function plant() {
  const [link, clock] = [new FakeLink(), new FakeClock()];
  const newest = new Map<string, PointValue[]>();
  let seq = 0;
  const voice = new Voice({
    ...{ link, clock, log: silentLog, bdSeq: () => 3, lastSeq: () => seq, figures: () => ({ uptime: 1, held: 0 }) },
    node: new EdgeNode({
      ...{ groupId: NODE.group, edgeNodeId: NODE.id, version: '1.2.3', aliases: false },
      devices: DEVICES.map((id) => ({ id, identity: {}, points: POINTS })),
    }),
    devices: DEVICES.map((id) => ({ id, online: true, newest: () => newest.get(id) ?? [] })),
  });
  link.start();
  link.connect();
  const read = (device: string, value: number) => {
    seq += 1;
    const at = clock.wall();
    newest.set(device, [{ point: 'p0', value, quality: 'good', at }]);
    const payload = readingText({ seq, boot: 'b', wall: at, clock: 'unknown' }, 'good', `"p0":${value}`);
    return { seq, device, payload };
  };
  const said = () => recorded(link.sent);
  return { clock, voice, read, said };
}

it('births are told in portions, and polls have their turn between two of them', async () => {
  const { clock, voice, said } = plant();
  const sleep = vi.spyOn(clock, 'sleep');
  const told: number[] = [];
  sleep.mockImplementation(async () => void told.push(said().length));
  await voice.bear(never);
  expect(told).toEqual([11, 21, 31, 41, 51, 61, 71, 81, 91]);
  expect(said().map(({ type, device }) => device ?? type)).toEqual(['NBIRTH', ...DEVICES]);
  expect(broken(said(), NODE)).toEqual([]);
  expect(clock.pending).toBe(0);
});

it('a reading that comes between two births is history for a device that is born after it, and news for the others', async () => {
  const { clock, voice, read, said } = plant();
  const bearing = voice.bear(never);
  await settle();
  const readings = [read('device-0', 1), read('device-99', 2)];
  await clock.advance(100);
  await bearing;
  for (const reading of readings) await voice.tellReading(reading, never);
  const [news, history] = said().slice(-2);
  expect(news).toMatchObject({ type: 'DDATA', device: 'device-0', payload: { metrics: [{ value: 1 }] } });
  expect(news?.payload.metrics[0]?.historical).toBe(false);
  expect(history).toMatchObject({ type: 'DDATA', device: 'device-99', payload: { metrics: [{ value: 2 }] } });
  expect(history?.payload.metrics[0]?.historical).toBe(true);
  expect(broken(said(), NODE)).toEqual([]);
});

it('births that are told to stop leave no wait behind', async () => {
  const { clock, voice } = plant();
  const stop = new AbortController();
  const bearing = voice.bear(stop.signal);
  const ended = expect(bearing).rejects.toMatchObject({ code: 'internal/cancelled' });
  await settle();
  stop.abort();
  await ended;
  expect(clock.pending).toBe(0);
});
