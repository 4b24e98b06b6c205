import { expect, test } from 'vitest';
import { Fieldward } from '../../../agent/convention/fieldward.ts';
import { Topics } from '../../../agent/link/topics.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { MemoryOutbox } from '../../../agent/outbox/memory-outbox.ts';
import { Sequence } from '../../../agent/sequence/sequence.ts';
import { Telemetry } from '../../../agent/telemetry/telemetry.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { FakeLink } from '../../support/fake-link.ts';
import { speakerOn } from '../../support/fieldward.ts';

const fieldward = new Fieldward(new Topics('fieldward', 'gw'));

/** The bytes that a run of an agent puts on the wire: programs out there rely on them. */
test('topics, payloads, QoS and retain flag of a run are these, byte for byte', async () => {
  const link = new FakeLink();
  const clock = new FakeClock();
  const speaker = speakerOn(link, clock);
  const telemetry = new Telemetry({
    ...speaker,
    devices: [
      {
        id: 'meter',
        points: [
          { name: 'voltage', type: 'number', writable: false },
          { name: 'relay', type: 'boolean', writable: true },
          { name: 'mode', type: 'text', writable: false },
        ],
        ...{ heartbeatMs: 60_000, staleAfterMs: 10_000, pollMs: 1000 },
      },
    ],
    ...{ boot: '6f1c', clock, clockWatch: { state: 'synchronized' }, link, log: silentLog, random: () => 1 },
    ...{ sequence: new Sequence({ clock, log: silentLog }), outbox: new MemoryOutbox(1e6, 'drop-oldest') },
    backfillPerS: 2000,
  });
  link.start();
  link.connect();
  telemetry.availability('meter', true);
  telemetry.samples('meter', [
    { point: 'voltage', value: 230.1 },
    { point: 'relay', value: true },
    { point: 'mode', value: 'a "b"' },
  ]);
  telemetry.failed('meter', new Fault('device/silent'));
  await speaker.publisher.tell({ kind: 'status', text: '{"version":"1.0.0"}' }, new AbortController().signal);
  await settle();
  const wire = link.published.map(({ topic, qos, retain, payload }) => `${topic} ${qos} ${retain} ${payload}`);
  expect(wire).toEqual([
    'fieldward/gw/meter/availability 1 true offline',
    'fieldward/gw/meter/availability 1 true online',
    'fieldward/gw/meter/readings 1 false {"seq":1,"boot":"6f1c","at":"2026-11-23T10:15:00.000Z","clock":"synchronized","ts":1795428900000,"quality":"good","values":{"voltage":230.1,"relay":true,"mode":"a \\"b\\""},"backfill":false}',
    'fieldward/gw/meter/state 0 true {"at":"2026-11-23T10:15:00.000Z","ts":1795428900000,"values":{"voltage":230.1,"relay":true,"mode":"a \\"b\\""}}',
    'fieldward/gw/meter/readings 1 false {"seq":2,"boot":"6f1c","at":"2026-11-23T10:15:00.000Z","clock":"synchronized","ts":1795428900000,"quality":"bad","fault":"device/silent","backfill":false}',
    'fieldward/gw/status 1 true {"version":"1.0.0"}',
  ]);
});

test('the gateway says online first, and offline by its will and before a goodbye', () => {
  expect(fieldward.will()).toEqual({ topic: 'fieldward/gw/availability', payload: 'offline', qos: 1, retain: true });
  expect(fieldward.hello()).toEqual({ topic: 'fieldward/gw/availability', payload: 'online', qos: 1, retain: true });
});

test('what is known of a device is told, and nothing else', () => {
  const devices = [
    { id: 'a', points: [], identity: { maker: 'Eastron', model: 'SDM630', serial: '1', firmware: '2' } },
    { id: 'b', points: [], identity: {} },
  ];
  expect([...fieldward.births({ gateway: 'gw', devices })]).toEqual([
    {
      topic: 'fieldward/gw/a/identity',
      payload: '{"maker":"Eastron","model":"SDM630","serial":"1","firmware":"2"}',
      ...{ qos: 1, retain: true },
    },
    { topic: 'fieldward/gw/b/identity', payload: '{}', qos: 1, retain: true },
  ]);
});
