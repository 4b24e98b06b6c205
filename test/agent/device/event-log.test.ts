import { expect, it } from 'vitest';
import { EventLog } from '../../../agent/device/event-log.ts';
import { type Log, type LogFields, silentLog } from '../../../agent/log/log.ts';
import { Fault } from '../../../drivers/contract/fault.ts';

type Line = readonly [level: string, event: string, fields: LogFields | undefined, code: string | undefined];

function written(): { readonly log: Log; readonly lines: Line[] } {
  const lines: Line[] = [];
  const at = (level: string) => (event: string, fields?: LogFields, fault?: Fault) => {
    lines.push([level, event, fields, fault?.code]);
  };
  return { log: { ...silentLog, warn: at('warn'), info: at('info'), debug: at('debug') }, lines };
}

it('logs when a device goes and comes, with the reason, and everything else at debug without values', () => {
  const { log, lines } = written();
  const events = new EventLog(log);
  events.samples('meter', [{ point: 'name', value: 'text of a device' }]);
  events.availability('meter', true);
  events.failed('meter', new Fault('device/silent'));
  events.availability('meter', false);
  expect(lines).toEqual([
    ['debug', 'device answered', { device: 'meter', values: 1 }, undefined],
    ['info', 'device online', { device: 'meter' }, undefined],
    ['debug', 'device failed', { device: 'meter' }, 'device/silent'],
    ['warn', 'device offline', { device: 'meter' }, 'device/silent'],
  ]);
});

it('names a point that can no longer be read with its device and the reason, and says when it can again', () => {
  const { log, lines } = written();
  const events = new EventLog(log);
  const refused = new Fault('modbus/illegal-address');
  events.points('meter', { lost: [['relay', refused]], back: [] });
  events.points('meter', { lost: [], back: ['relay'] });
  expect(lines).toEqual([
    ['warn', 'point cannot be read', { device: 'meter', point: 'relay' }, 'modbus/illegal-address'],
    ['info', 'point can be read again', { device: 'meter', point: 'relay' }, undefined],
  ]);
});

it('names some of many points at once, and counts the rest', () => {
  const { log, lines } = written();
  const names = Array.from({ length: 100 }, (_, n) => `p${n}`);
  const events = new EventLog(log);
  events.points('meter', { lost: names.map((name) => [name, new Fault('device/partly-silent')]), back: names });
  expect(lines).toHaveLength(18);
  expect(lines[8]).toEqual(['warn', 'more points cannot be read', { device: 'meter', points: 92 }, undefined]);
  expect(lines[17]).toEqual(['info', 'more points can be read again', { device: 'meter', points: 92 }, undefined]);
});
