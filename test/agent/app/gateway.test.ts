import { describe, expect, it } from 'vitest';
import { Gateway } from '../../../agent/app/gateway.ts';
import type { Bus } from '../../../agent/bus/bus.ts';
import { type LogLevel, silentLog } from '../../../agent/log/log.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function rig() {
  const clock = new FakeClock();
  const levels: LogLevel[] = [];
  const done: string[] = [];
  const gateway = new Gateway({
    clock,
    log: silentLog,
    level: 'info',
    setLevel: (level) => levels.push(level),
    buses: new Map([['rs485', { reopen: () => done.push('reopened') } as unknown as Bus]]),
    status: () => ({}),
    diagnostics: () => ({}),
    restart: () => done.push('restart'),
  });
  return { clock, levels, done, gateway };
}

describe('the gateway, by command', () => {
  it('logs at another level for so long, then falls back to that of the config', async () => {
    const { clock, levels, gateway } = rig();
    gateway.setLogLevel('debug', 5000);
    await clock.advance(4999);
    expect(levels).toEqual(['debug']);
    await clock.advance(1);
    expect(levels).toEqual(['debug', 'info']);
    expect(clock.pending).toBe(0);
  });

  it('counts from the last time that a level was set', async () => {
    const { clock, levels, gateway } = rig();
    gateway.setLogLevel('debug', 5000);
    await clock.advance(3000);
    gateway.setLogLevel('error', 5000);
    await clock.advance(4999);
    expect(levels).toEqual(['debug', 'error']);
    await clock.advance(1);
    expect(levels).toEqual(['debug', 'error', 'info']);
  });

  it('leaves no wait behind when it stops', async () => {
    const { clock, levels, gateway } = rig();
    gateway.setLogLevel('debug', 5000);
    gateway.stop();
    await clock.advance(6000);
    expect(levels).toEqual(['debug']);
    expect(clock.pending).toBe(0);
  });

  it('opens a bus that it has anew, and refuses any other, whatever its name', () => {
    const { done, gateway } = rig();
    gateway.reopen('rs485');
    for (const name of ['other', '__proto__', 'constructor', '']) {
      expect(() => gateway.reopen(name)).toThrow(expect.objectContaining({ code: 'command/unknown-bus' }));
    }
    gateway.restart();
    expect(done).toEqual(['reopened', 'restart']);
  });
});
