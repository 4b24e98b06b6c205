import { expect, it } from 'vitest';
import { readMeta } from '../../../agent/cli/top/meta.ts';
import { Fieldward } from '../../../agent/convention/fieldward.ts';
import { metaText } from '../../../agent/convention/meta.ts';
import { Topics } from '../../../agent/link/topics.ts';
import type { Point } from '../../../drivers/contract/reading.ts';

const points: readonly Point[] = [
  { name: 'voltage', type: 'number', unit: 'V', quantity: 'voltage', label: 'Voltage', writable: false, min: 0 },
  { name: 'level', type: 'number', unit: '', writable: true, min: 0, max: 100, step: 5, confirm: 'select' },
  { name: 'mode', type: 'text', writable: true, choices: ['auto', 'off'] },
  { name: 'tare', type: 'boolean', writable: true, action: true },
];
const device = { label: 'Pump', driver: 'modbus-rtu', points, commands: ['read', 'write'] };

it('a device tells what its points mean, and what may be written', () => {
  expect(JSON.parse(metaText(device))).toEqual({
    ...{ label: 'Pump', driver: 'modbus-rtu', commands: ['read', 'write'] },
    points: {
      voltage: { type: 'number', label: 'Voltage', unit: 'V', quantity: 'voltage', min: 0 },
      level: { type: 'number', min: 0, max: 100, write: { step: 5, confirm: 'select' } },
      mode: { type: 'text', write: { oneOf: ['auto', 'off'] } },
      tare: { type: 'boolean', write: { oneOf: [true] } },
    },
  });
});

it('where writes are not taken nothing can be written', () => {
  expect(metaText({ ...device, commands: ['read'] })).not.toContain('"write"');
});

it('it is understood as it was meant', () => {
  const meta = readMeta(JSON.parse(metaText(device)));
  expect(meta?.points.get('level')?.write).toEqual({ min: 0, max: 100, step: 5, oneOf: undefined, confirm: true });
  expect(meta?.points.get('tare')?.write?.oneOf).toEqual([true]);
  expect(meta?.points.get('voltage')?.write).toBeUndefined();
  expect(readMeta([])).toBeUndefined();
});

it('it is said on each connection, behind the identities, and only where there is one', () => {
  const fieldward = new Fieldward(new Topics('fieldward', 'gw'));
  const devices = [
    { id: 'a', points: [], identity: {}, meta: '{}' },
    { id: 'b', points: [], identity: {} },
  ];
  const births = [...fieldward.births({ gateway: 'gw', devices })];
  expect(births.map(({ topic }) => topic)).toEqual([
    ...['fieldward/gw/a/identity', 'fieldward/gw/b/identity', 'fieldward/gw/a/meta'],
  ]);
  expect(births[2]).toEqual({ topic: 'fieldward/gw/a/meta', payload: '{}', qos: 0, retain: true });
});
