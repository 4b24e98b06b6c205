import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { POINTS_READ, POINTS_WRITTEN } from '../../../agent/command/limits.ts';
import { Lockout } from '../../../agent/command/lockout.ts';
import { FAULTS, type FaultCode } from '../../../drivers/contract/faults.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { bench, iso } from './bench.ts';

function refusal(id: string, code: FaultCode) {
  return { id, outcome: 'refused', fault: { code, message: FAULTS[code].message } };
}

describe('a request is refused, with a reply of the exact shape, and nothing is done', () => {
  const cases: [string, FaultCode, string, unknown, object?][] = [
    ['an unknown device command', 'command/unknown', 'meter-1/command/explode', {}],
    ['a command by the name of an object’s own machinery', 'command/unknown', 'meter-1/command/__proto__', {}],
    ['another one', 'command/unknown', 'command/constructor', {}],
    ['a device command without a device', 'command/unknown', 'command/write', {}],
    ['a gateway command for a device', 'command/unknown', 'meter-1/command/restart', {}],
    ['an unknown device', 'command/unknown-device', 'meter-9/command/read', {}],
    ['a device by the name of an object’s own machinery', 'command/unknown-device', '__proto__/command/read', {}],
    ['a point that is not there', 'command/unknown-point', 'meter-1/command/write', { nosuch: true }],
    ['a read of a point that is not there', 'command/unknown-point', 'meter-1/command/read', { points: ['nosuch'] }],
    ['a point that is not writable', 'command/not-writable', 'meter-1/command/write', { voltage: 1 }],
    ['one bad value among good ones', 'command/value', 'meter-1/command/write', { relay: true, setpoint: 101 }],
    ['a value of the wrong type', 'command/value', 'meter-1/command/write', { relay: 1 }],
    ['a value below the minimum', 'command/value', 'meter-1/command/write', { setpoint: -0.5 }],
    ['a value between two steps', 'command/value', 'meter-1/command/write', { setpoint: 1.25 }],
    ['a value that is none of the choices', 'command/value', 'meter-1/command/write', { mode: 'toString' }],
    ['null', 'command/value', 'meter-1/command/write', { relay: null }],
    ['text with a line end', 'command/value', 'meter-1/command/write', { label: 'a\r\nOPEN' }],
    ['a write of nothing', 'command/malformed', 'meter-1/command/write', {}],
    [
      'a write of more points than a request may name',
      'command/malformed',
      'meter-1/command/write',
      Object.fromEntries(Array.from({ length: POINTS_WRITTEN + 1 }, (_, n) => [`p${n}`, 1])),
    ],
    [
      'a read of more points than a request may name',
      'command/malformed',
      'meter-1/command/read',
      { points: Array(POINTS_READ + 1).fill('relay') },
    ],
    ['a read with args that it does not have', 'command/malformed', 'meter-1/command/read', { register: 3 }],
    ['a pause with args', 'command/malformed', 'meter-1/command/pause', { forMs: 5 }],
    ['a bus that is not there', 'command/unknown-bus', 'command/reopen', { bus: '/dev/ttyS0' }],
    ['a reopen without a bus', 'command/malformed', 'command/reopen', {}],
    ['args that are no object', 'command/malformed', 'command/ping', undefined, { args: [] }],
    [
      'an expiry of now',
      'command/expired',
      'meter-1/command/write',
      { relay: true },
      { expiresAt: iso(Date.UTC(2026, 10, 23, 10, 15)) },
    ],
    [
      'a past expiry',
      'command/expired',
      'meter-1/command/write',
      { relay: true },
      { expiresAt: '2020-01-01T00:00:00Z' },
    ],
    [
      'an expiry too far away',
      'command/expires-too-late',
      'meter-1/command/write',
      { relay: true },
      { expiresAt: iso(Date.UTC(2026, 10, 23, 10, 15, 30, 1)) },
    ],
    [
      'an expiry in another zone',
      'command/malformed',
      'meter-1/command/write',
      { relay: true },
      { expiresAt: '2026-11-23T10:15:10+00:00' },
    ],
    [
      'a day that no calendar has',
      'command/malformed',
      'meter-1/command/write',
      { relay: true },
      { expiresAt: '2026-02-30T10:15:10Z' },
    ],
    ['no expiry', 'command/malformed', 'meter-1/command/write', { relay: true }, { expiresAt: undefined }],
    [
      'a key that the envelope does not have',
      'command/malformed',
      'meter-1/command/write',
      { relay: true },
      { driver: 'modbus-rtu' },
    ],
    ['diagnostics that are not listed', 'command/not-allowed', 'command/diagnostics', {}],
    ['a log level that is not listed', 'command/not-allowed', 'command/loglevel', { level: 'debug' }],
    ['a restart that is not listed', 'command/not-allowed', 'command/restart', {}],
  ];
  it.each(cases)('%s: %s', async (_what, code, path, args, more) => {
    const { envelope, send, gateway, meter, commands } = await bench();
    const request = envelope(args, more);
    const sent = await send(path, request);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ topic: `fieldward/gw/${path}/reply`, qos: 1, retain: false });
    expect(sent[0]?.reply).toEqual(refusal(request.id, code));
    expect([...gateway.calls, ...meter.calls]).toEqual([]);
    expect(commands.snapshot().executed).toBe(code === 'command/unknown-bus' ? 1 : 0);
  });

  it('a retained request', async () => {
    const { envelope, send, meter } = await bench();
    const request = envelope({ relay: true });
    const [sent] = await send('meter-1/command/write', request, { retained: true });
    expect(sent?.reply).toEqual(refusal(request.id, 'command/retained'));
    expect(meter.calls).toEqual([]);
  });

  it('what the gateway’s list or the device’s list does not have', async () => {
    const byGateway = await bench({ allow: ['read'] });
    const one = byGateway.envelope({ relay: true });
    expect((await byGateway.send('meter-1/command/write', one))[0]?.reply).toEqual(
      refusal(one.id, 'command/not-allowed'),
    );
    const byDevice = await bench();
    byDevice.meter.allow = ['read'];
    const two = byDevice.envelope({ relay: true });
    expect((await byDevice.send('meter-1/command/write', two))[0]?.reply).toEqual(
      refusal(two.id, 'command/not-allowed'),
    );
    expect([...byGateway.meter.calls, ...byDevice.meter.calls]).toEqual([]);
  });

  it('a command for a device whose driver is not loaded', async () => {
    const { envelope, send, meter } = await bench();
    meter.loaded = false;
    meter.allow = [];
    const request = envelope({ relay: true });
    expect((await send('meter-1/command/write', request))[0]?.reply).toEqual(refusal(request.id, 'command/unloaded'));
    expect(meter.calls).toEqual([]);
  });

  it('everything while commands are switched off, a ping too', async () => {
    const { envelope, send, meter } = await bench({ enabled: false });
    for (const path of ['meter-1/command/read', 'command/ping']) {
      const request = envelope();
      expect((await send(path, request))[0]?.reply).toEqual(refusal(request.id, 'command/disabled'));
    }
    expect(meter.calls).toEqual([]);
  });

  it('everything while the lockout file exists, from within a second of its making until its removal', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'lockout-'));
    const lockoutFile = join(directory, 'lockout');
    try {
      const { envelope, send, clock, meter, commands } = await bench({ lockoutFile });
      expect((await send('meter-1/command/read', envelope()))[0]?.reply.outcome).toBe('done');
      await writeFile(lockoutFile, '');
      await clock.advance(999);
      const request = envelope({ relay: true });
      expect((await send('meter-1/command/write', request))[0]?.reply).toEqual(refusal(request.id, 'command/lockout'));
      expect(commands.snapshot().lockedOut).toBe(true);
      await rm(lockoutFile);
      await symlink('/nowhere', lockoutFile);
      await clock.advance(999);
      expect((await send('command/ping', envelope()))[0]?.reply.fault.code).toBe('command/lockout');
      await rm(lockoutFile);
      await clock.advance(999);
      expect((await send('command/ping', envelope()))[0]?.reply.outcome).toBe('done');
      expect((await send('meter-1/command/write', request))[0]?.reply, 'once refused, always refused').toEqual(
        refusal(request.id, 'command/lockout'),
      );
      expect(meter.calls).toEqual(['read']);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('by a look at the lockout file at most once in 200 ms, so that a flood is no flood of system calls', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'lockout-'));
    try {
      const clock = new FakeClock();
      const lockout = new Lockout(clock, join(directory, 'lockout'));
      expect(lockout.engaged).toBe(false);
      await writeFile(join(directory, 'lockout'), '');
      await clock.advance(199);
      expect(lockout.engaged).toBe(false);
      await clock.advance(1);
      expect(lockout.engaged).toBe(true);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('everything where the lockout file can not be looked for', async () => {
    const { envelope, send } = await bench({ lockoutFile: '/dev/null/lockout' });
    expect((await send('command/ping', envelope()))[0]?.reply.fault.code).toBe('command/lockout');
  });

  it('everything while the clock is known to be wrong; a clock of unknown state is trusted', async () => {
    const { envelope, send, state } = await bench();
    state.clock = 'unsynchronized';
    const request = envelope();
    expect((await send('meter-1/command/read', request))[0]?.reply).toEqual(refusal(request.id, 'command/clock'));
    state.clock = 'unknown';
    expect((await send('meter-1/command/read', envelope()))[0]?.reply.outcome).toBe('done');
  });

  it('more than the rate of one device, which leaves the others theirs; time makes room', async () => {
    const { envelope, send, clock, meter } = await bench();
    for (let i = 0; i < 20; i++)
      expect((await send('meter-1/command/read', envelope()))[0]?.reply.outcome).toBe('done');
    const request = envelope();
    expect((await send('meter-1/command/read', request))[0]?.reply).toEqual(refusal(request.id, 'command/rate'));
    for (let i = 0; i < 20; i++) expect((await send('pump-1/command/read', envelope()))[0]?.reply.outcome).toBe('done');
    expect((await send('command/ping', envelope()))[0]?.reply.fault.code, 'the whole rate').toBe('command/rate');
    await clock.advance(100);
    expect((await send('meter-1/command/read', envelope()))[0]?.reply.outcome).toBe('done');
    expect((await send('meter-1/command/read', request))[0]?.reply, 'once refused, always refused').toEqual(
      refusal(request.id, 'command/rate'),
    );
    expect(meter.calls).toHaveLength(21);
  });

  it('everything once it is stopping', async () => {
    const { envelope, send, commands, deliver } = await bench();
    await commands.stop(new AbortController().signal);
    expect(await send('command/ping', envelope())).toEqual([]);
    deliver('meter-1/command/write', envelope({ relay: true }));
    expect(commands.snapshot()).toMatchObject({ executed: 0, refused: 2 });
  });
});

describe('a request without a usable id is dropped and counted', () => {
  const cases: [string, unknown, FaultCode?, boolean?][] = [
    ['no JSON', 'not json'],
    ['nothing', ''],
    ['no object', '[]'],
    ['no id', { expiresAt: '2026-11-23T10:15:10Z' }],
    ['an id with a line end', { id: 'a\nb', expiresAt: '2026-11-23T10:15:10Z' }],
    ['an id that is too long', { id: 'a'.repeat(65), expiresAt: '2026-11-23T10:15:10Z' }],
    ['an id that is a number', { id: 5, expiresAt: '2026-11-23T10:15:10Z' }],
    ['no UTF-8', new Uint8Array([0x7b, 0xff, 0x7d])],
    ['more than the bound', `{"id":"a","args":{"x":"${'y'.repeat(16_384)}"}}`, 'command/too-large'],
    ['what the link has cut off', new Uint8Array(), 'command/too-large', true],
  ];
  it.each(cases)('%s', async (_what, body, code = 'command/malformed', tooLarge = false) => {
    const { send, commands, log } = await bench();
    expect(await send('command/ping', body, { tooLarge })).toEqual([]);
    expect(log.lines[0]?.fields.code).toBe(code);
    expect(commands.snapshot()).toMatchObject({ refused: 1, unanswered: 1, executed: 0 });
  });
});

describe('the order of the checks', () => {
  it('tells the decision of the person on site before anything else', async () => {
    const { envelope, send } = await bench({ lockoutFile: '/dev/null/lockout', enabled: false });
    const request = { ...envelope(), expiresAt: 'never', more: 1 };
    const [sent] = await send('nosuch/command/nosuch', request, { retained: true });
    expect(sent?.reply.fault.code).toBe('command/lockout');
  });

  it('tells an expired request before an unknown command, and an unknown command before an unknown device', async () => {
    const { envelope, send } = await bench();
    const old = envelope({}, { expiresAt: '2020-01-01T00:00:00Z' });
    expect((await send('nosuch/command/nosuch', old))[0]?.reply.fault.code).toBe('command/expired');
    expect((await send('nosuch/command/nosuch', envelope()))[0]?.reply.fault.code).toBe('command/unknown');
  });
});
