import { hostname, userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { LogLevel } from '../../../agent/log/log.ts';
import { PinoLog } from '../../../agent/log/pino-log.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function rig(level: LogLevel = 'info') {
  const clock = new FakeClock(Date.UTC(2026, 10, 23, 10, 15, 2, 113), 0);
  const raw: string[] = [];
  const taking = { now: true };
  const output = {
    write(line: string) {
      if (taking.now) raw.push(line);
      return taking.now;
    },
    flush: async () => {},
  };
  const log = new PinoLog({ clock, level, output });
  return { clock, log, raw, taking, lines: () => raw.map((line) => JSON.parse(line)) };
}

describe('the log', () => {
  it('writes one JSON object a line: level as text, UTC time with milliseconds, event, fields', () => {
    const { log, raw } = rig();
    log.info('bus opened', { bus: 'rs485-a', baudRate: 9600, echo: false, since: null, nothing: undefined });
    expect(raw).toEqual([
      '{"level":"info","time":"2026-11-23T10:15:02.113Z","event":"bus opened","bus":"rs485-a","baudRate":9600,"echo":false,"since":null}\n',
    ]);
  });

  it('shows neither process, host nor user', () => {
    const { log, raw } = rig('debug');
    log.error('x', {}, new Fault('port/busy', undefined, new Error('y')));
    expect(raw[0]).not.toMatch(/"(pid|hostname|host|user)"/);
    expect(JSON.parse(raw[0] ?? '')).not.toHaveProperty('pid');
    for (const name of [hostname(), userInfo().username]) {
      expect(Object.values(JSON.parse(raw[0] ?? ''))).not.toContain(name);
    }
  });

  it('escapes and cuts every text, so that a record stays one line and plain', () => {
    const { log, raw, lines } = rig();
    const hostile = `a\n<0>b\u001b[31m\u0085\u2028\u202e${'z'.repeat(1000)}`;
    log.with({ device: hostile }).warn(`event\n<0>`, { text: hostile, 'key\n': 1 });
    expect(raw[0]?.match(/\n/g)).toHaveLength(1);
    expect(raw[0]?.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(lines()[0].text).toMatch(/^a\\u000a<0>b\\u001b\[31m\\u0085\\u2028\\u202ez+…$/);
    expect(lines()[0].text).toHaveLength(256);
    expect(lines()[0].device).toBe(lines()[0].text);
    expect(lines()[0]['key\\u000a']).toBe(1);
    expect(lines()[0].event).toBe('event\\u000a<0>');
  });

  it('lets no field take the place of what the log itself says', () => {
    const { log, raw, lines } = rig();
    log.info('x', { level: 'error', time: 'never', event: 'y', fault: 'z', suppressed: 9, dropped: 9 });
    expect(lines()[0]).toMatchObject({ level: 'info', event: 'x', level_: 'error', suppressed_: 9, fault_: 'z' });
    for (const key of ['level', 'time', 'event']) expect(raw[0]?.split(`"${key}":`)).toHaveLength(2);
  });

  it('leaves out what is neither text, number, boolean nor null', () => {
    const { log, lines } = rig();
    log.info('x', { a: { b: 1 }, c: [1], d: () => 1, e: 1n, f: Symbol('x'), g: Number.NaN } as never);
    expect(Object.keys(lines()[0])).toEqual(['level', 'time', 'event', 'g']);
    expect(lines()[0].g).toBeNull();
  });

  it('shows of a fault its code, words and remedy from the table, and its facts, and never a message or stack', () => {
    const { log, raw, lines } = rig();
    const fault = new Fault('port/busy', { attempts: 3, held: true }, new Error('SECRET /dev/ttyUSB0'));
    fault.message = 'SECRET';
    fault.stack = 'SECRET';
    log.error('open failed', { bus: 'a' }, fault);
    expect(lines()[0].fault).toEqual({
      code: 'port/busy',
      message: 'another program holds the port',
      remedy: 'retry-later',
      facts: { attempts: 3, held: true },
    });
    expect(raw[0]).not.toContain('SECRET');
  });

  it('shows what is no fault, and facts that are texts, as nothing but a code', () => {
    const { log, raw, lines } = rig();
    log.error('x', {}, new Error('SECRET') as never);
    log.error('y', {}, new Fault('port/busy', { path: 'SECRET' as never }));
    expect(lines()[0].fault).toMatchObject({ code: 'internal/unexpected' });
    expect(lines()[1].fault.facts).toEqual({});
    expect(raw.join('')).not.toContain('SECRET');
  });

  it('shows the cause of a fault at debug level only, escaped', () => {
    const { log, raw, lines } = rig('debug');
    const fault = new Fault('port/failed', undefined, new TypeError('EIO\n<0>'));
    log.error('x', {}, fault);
    expect(lines()[0].fault.cause.name).toBe('TypeError');
    expect(lines()[0].fault.cause.stack).toContain('EIO\\u000a<0>\\u000a');
    log.setLevel('info');
    log.error('x', {}, fault);
    expect(lines()[1].fault).not.toHaveProperty('cause');
    expect(raw[1]).not.toContain('EIO');
  });

  it('shows of a cause without a stack what it says', () => {
    const { log, lines } = rig('debug');
    const cause = Object.assign(new Error('EIO: i/o error, read'), { stack: undefined });
    log.error('x', {}, new Fault('port/lost', undefined, cause));
    expect(lines()[0].fault.cause).toEqual({ name: 'Error', stack: 'Error: EIO: i/o error, read' });
  });

  it('stands causes that are hostile', () => {
    const { log, lines } = rig('debug');
    const hostile = Object.defineProperty(new Error('x'), 'stack', {
      get() {
        throw new Error('getter');
      },
    });
    for (const cause of [hostile, 'text', null, { stack: 'SECRET' }])
      log.error('x', {}, new Fault('port/lost', {}, cause));
    expect(lines()).toHaveLength(4);
    for (const line of lines()) expect(line.fault).not.toHaveProperty('cause');
  });

  it('changes its level while it runs, for everything made of it', () => {
    const { log, lines } = rig('warn');
    const child = log.with({ bus: 'a' }).with({ device: 'b' });
    child.info('not shown');
    log.setLevel('debug');
    child.debug('shown');
    log.setLevel('error');
    child.warn('not shown');
    child.error('shown too');
    expect(lines()).toMatchObject([
      { event: 'shown', bus: 'a', device: 'b' },
      { event: 'shown too', bus: 'a', device: 'b' },
    ]);
  });

  it('bounds how often an event is written, counts the rest, and tells the count once', async () => {
    const { log, clock, lines } = rig();
    for (let index = 0; index < 1000; index++) log.warn('checksum', { index });
    log.info('other');
    expect(lines()).toHaveLength(21);
    await clock.advance(10_000);
    log.warn('checksum');
    log.info('other');
    expect(lines().slice(21)).toMatchObject([{ event: 'checksum', suppressed: 980 }, { event: 'other' }]);
    expect(lines()[22]).not.toHaveProperty('suppressed');
    for (let index = 0; index < 3; index++) log.warn('checksum');
    await log.flush(new AbortController().signal);
    await log.flush(new AbortController().signal);
    expect(lines().slice(23)).toMatchObject([{ event: 'log lines suppressed', of: 'checksum', suppressed: 3 }]);
  });

  it('does not count lines below its level', () => {
    const { log, lines } = rig('warn');
    for (let index = 0; index < 1000; index++) log.info('x');
    log.setLevel('info');
    log.info('x');
    expect(lines()).toHaveLength(1);
    expect(lines()[0]).not.toHaveProperty('suppressed');
  });

  it('does not spend the bound of important lines on debug lines', () => {
    const { log, lines } = rig('debug');
    for (let index = 0; index < 5000; index++) log.debug(`exchange ${index}`);
    log.error('important');
    expect(lines().length).toBeLessThanOrEqual(1001);
    expect(lines().at(-1).event).toBe('important');
  });

  it('counts lines that could not be written, and tells it with the next one that can', () => {
    const { log, taking, lines } = rig();
    taking.now = false;
    for (const event of ['a', 'b', 'c']) log.info(event);
    taking.now = true;
    log.info('d');
    log.info('e');
    expect(lines()).toMatchObject([{ event: 'd', dropped: 3 }, { event: 'e' }]);
    expect(lines()[1]).not.toHaveProperty('dropped');
    expect(log.dropped).toBe(3);
  });
});
