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
