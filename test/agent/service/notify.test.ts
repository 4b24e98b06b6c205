import { mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { descriptorSender, Notify, notifyDescriptor, watchdogTime } from '../../../agent/service/notify.ts';

function rig() {
  const sent: string[] = [];
  return {
    sent,
    notify: new Notify(
      (message) => sent.push(message),
      () => 123n,
    ),
  };
}

describe('the service manager’s descriptor', () => {
  const handed = { LISTEN_PID: '42', LISTEN_FDS: '1', LISTEN_FDNAMES: 'notify' };

  it('is found by its name among those that were handed over', () => {
    expect(notifyDescriptor(handed, 42)).toBe(3);
    expect(notifyDescriptor({ ...handed, LISTEN_FDS: '3', LISTEN_FDNAMES: 'a:b:notify' }, 42)).toBe(5);
  });

  it.each<[string, object]>([
    ['nothing was handed over', { LISTEN_PID: undefined, LISTEN_FDS: undefined, LISTEN_FDNAMES: undefined }],
    ['it is meant for another process', { LISTEN_PID: '41' }],
    ['nobody says for which process', { LISTEN_PID: undefined }],
    ['the name stands behind the last descriptor', { LISTEN_FDNAMES: 'a:notify' }],
    ['there is no such name', { LISTEN_FDNAMES: 'notification' }],
    ['the count is no count', { LISTEN_FDS: '1e1' }],
    ['the count is negative', { LISTEN_FDS: '-1' }],
    ['there are more than anybody hands over', { LISTEN_FDS: '99' }],
  ])('is not there where %s', (_what, changes) => {
    expect(notifyDescriptor({ ...handed, ...changes }, 42)).toBeUndefined();
  });
});

describe('the watchdog’s time', () => {
  it('comes from the environment, in microseconds, for this process', () => {
    expect(watchdogTime({ WATCHDOG_USEC: '30000000' }, 42)).toBe(30_000);
    expect(watchdogTime({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '42' }, 42)).toBe(30_000);
  });

  it.each([
    {},
    { WATCHDOG_USEC: '0' },
    { WATCHDOG_USEC: '-5' },
    { WATCHDOG_USEC: '3e7' },
    { WATCHDOG_USEC: '30000000', WATCHDOG_PID: '41' },
  ])('is none with %o', (environment) => {
    expect(watchdogTime(environment, 42)).toBeUndefined();
  });

  it('is never longer than any wait may be', () => {
    expect(watchdogTime({ WATCHDOG_USEC: '9999999999999999' }, 42)).toBe(86_400_000);
  });
});

describe('what is sent', () => {
  it('goes nowhere, without a word, where there is no descriptor or a dead one', () => {
    for (const descriptor of [undefined, 987_654]) expect(descriptorSender(descriptor)('READY=1\n')).toBeUndefined();
  });

  it('is never written into what is no socket', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'fieldward-notify-')), 'file');
    descriptorSender(openSync(file, 'w'))('READY=1\n');
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  it('has the form of sd_notify', () => {
    const { sent, notify } = rig();
    notify.status('1 of 1 bus open');
    notify.ready();
    notify.ping();
    notify.reloading();
    notify.stopping();
    expect(sent).toEqual([
      'STATUS=1 of 1 bus open\n',
      'READY=1\nSTATUS=1 of 1 bus open\n',
      'WATCHDOG=1\n',
      'RELOADING=1\nMONOTONIC_USEC=123\n',
      'STOPPING=1\nSTATUS=stopping\n',
    ]);
  });

  it('tells a status only where it is news', () => {
    const { sent, notify } = rig();
    for (const line of ['a', 'a', 'b', 'b', 'a']) notify.status(line);
    expect(sent).toEqual(['STATUS=a\n', 'STATUS=b\n', 'STATUS=a\n']);
  });

  it('ends the status with a notice until that is taken back', () => {
    const { sent, notify } = rig();
    notify.status('a');
    notify.notice('refused');
    notify.status('b');
    notify.notice('');
    expect(sent).toEqual(['STATUS=a\n', 'STATUS=a; refused\n', 'STATUS=b; refused\n', 'STATUS=b\n']);
  });

  it('is one line of bounded length, whatever it says', () => {
    const { sent, notify } = rig();
    notify.status(`a\nWATCHDOG=trigger\r\u2028${'x'.repeat(1000)}`);
    expect(sent[0]).toMatch(/^STATUS=a WATCHDOG=trigger {2}x+\n$/);
    expect(sent[0]?.length).toBeLessThan(220);
  });
});
