import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAULTS_TOLD } from '../../../agent/command/limits.ts';
import { Fault, toSafeError } from '../../../drivers/contract/fault.ts';
import { FAULTS, type FaultCode } from '../../../drivers/contract/faults.ts';
import { settle } from '../../support/fake-clock.ts';
import { bench, iso } from './bench.ts';
import { writeRig } from './write-rig.ts';

const AT = '2026-11-23T10:15:00.000Z';

function fault(code: FaultCode) {
  return { code, message: FAULTS[code].message };
}

describe('what a device command comes to', () => {
  it('reads all points, or those that are named, each once', async () => {
    const { envelope, send } = await bench();
    const all = envelope();
    expect((await send('meter-1/command/read', all))[0]?.reply).toEqual({
      id: all.id,
      outcome: 'done',
      at: AT,
      values: { relay: 1, setpoint: 1, mode: 1, label: 1, voltage: 1 },
    });
    const two = envelope({ points: ['voltage', 'relay', 'voltage'] });
    expect((await send('meter-1/command/read', two))[0]?.reply.values).toEqual({ voltage: 1, relay: 1 });
  });

  it('reads nothing of what the device does, and says so where it is named', async () => {
    const { send, write } = writeRig([{ name: 'weight' }, { name: 'zero', type: 'boolean', action: true }]);
    expect(await send('read', {})).toEqual({ outcome: 'done', values: { weight: null } });
    expect(await send('read', { points: ['weight', 'zero'] })).toMatchObject({
      ...{ outcome: 'refused', fault: 'command/not-readable' },
    });
    expect(await write({ zero: true })).toMatchObject({ outcome: 'verified' });
    expect(await write({ zero: false })).toMatchObject({ outcome: 'refused', fault: 'command/value' });
  });

  it('tells the values that could be read, and of each other point why not', async () => {
    const { envelope, send, meter } = await bench();
    meter.readEach = async () => ({
      values: { setpoint: 50, label: 'x' },
      faults: { voltage: 'modbus/illegal-address', relay: 'device/silent' },
    });
    const request = envelope();
    expect((await send('meter-1/command/read', request))[0]?.reply).toEqual({
      ...{ id: request.id, outcome: 'failed', at: AT, values: { setpoint: 50, label: 'x' } },
      fault: fault('modbus/illegal-address'),
      faults: { voltage: 'modbus/illegal-address', relay: 'device/silent' },
    });
  });

  it('names no more points with their fault than fit into a reply', async () => {
    const { envelope, send, meter } = await bench();
    const many = Array.from({ length: 5000 }, (_, n) => [`point-${n}`, 'modbus/illegal-address' as const] as const);
    meter.readEach = async () => ({ values: { setpoint: 50 }, faults: Object.fromEntries(many) });
    const { reply } = (await send('meter-1/command/read', envelope()))[0] ?? {};
    expect(Object.keys(reply?.faults)).toHaveLength(FAULTS_TOLD);
    expect(reply?.values).toEqual({ setpoint: 50 });
  });

  it('marks a value that is out of its point’s range', async () => {
    const { envelope, send, meter } = await bench();
    meter.onRead = async () => ({ setpoint: 101, voltage: 1 });
    expect((await send('meter-1/command/read', envelope()))[0]?.reply).toMatchObject({
      ...{ outcome: 'done', values: { setpoint: 101, voltage: 1 }, uncertain: ['setpoint'] },
    });
  });

  it('marks a value that nothing vouches for', async () => {
    const { envelope, send, meter } = await bench();
    meter.readEach = async () => ({ values: { setpoint: 50, voltage: 1 }, doubtful: ['voltage'] });
    expect((await send('meter-1/command/read', envelope()))[0]?.reply).toMatchObject({
      ...{ outcome: 'done', values: { setpoint: 50, voltage: 1 }, uncertain: ['voltage'] },
    });
  });

  it('writes values as they came, in their order', async () => {
    const { envelope, send, meter } = await bench();
    await send('meter-1/command/write', envelope({ setpoint: 50.5, relay: false, mode: 'hand', label: 'ä' }));
    expect([...(meter.written[0] ?? [])]).toEqual([
      ['setpoint', 50.5],
      ['relay', false],
      ['mode', 'hand'],
      ['label', 'ä'],
    ]);
  });

  it.each(['applied', 'verified', 'failed', 'unknown'] as const)('tells a write that is %s', async (outcome) => {
    const { envelope, send, meter } = await bench();
    meter.onWrite = async () => ({
      outcome,
      values: { relay: true },
      fault: outcome === 'failed' ? toSafeError(new Fault('modbus/illegal-value')) : undefined,
    });
    const request = envelope({ relay: true });
    const [sent] = await send('meter-1/command/write', request);
    const expected = { id: request.id, outcome, at: AT, values: { relay: true } };
    expect(sent?.reply).toEqual(
      outcome === 'failed' ? { ...expected, fault: fault('modbus/illegal-value') } : expected,
    );
  });

  it('tells and audits a write that was not kept, and gives a copy of its request the same reply', async () => {
    const { envelope, send, meter, audited } = await bench();
    const values = { relay: false };
    const notKept = toSafeError(new Fault('command/not-kept'));
    meter.onWrite = async () => ({ outcome: 'failed', fault: notKept, values });
    const request = envelope({ relay: true });
    const reply = { id: request.id, outcome: 'failed', at: AT, values, fault: fault('command/not-kept') };
    expect((await send('meter-1/command/write', request))[0]?.reply).toEqual(reply);
    expect(audited).toMatchObject([{ args: { relay: true }, outcome: 'failed', code: 'command/not-kept' }]);
    expect((await send('meter-1/command/write', request))[0]?.reply).toEqual(reply);
    expect(meter.calls).toEqual(['write']);
  });

  it('tells the outcome without values where the broker takes no reply of that size', async () => {
    const { envelope, send, meter, link } = await bench();
    link.respond = ({ payload }) => (payload.includes('values') ? 'link/too-large' : 'ok');
    meter.onWrite = async () => ({ outcome: 'verified', values: { relay: true }, fault: undefined });
    const written = envelope({ relay: true });
    expect((await send('meter-1/command/write', written)).at(-1)?.reply).toEqual({
      id: written.id,
      outcome: 'verified',
      at: AT,
    });
    const read = envelope();
    expect((await send('meter-1/command/read', read)).at(-1)?.reply).toEqual({
      ...{ id: read.id, outcome: 'failed', at: AT, fault: fault('command/reply-too-large') },
    });
  });

  it('refuses a write of which the device says that nothing was sent', async () => {
    const { envelope, send, meter } = await bench();
    meter.onWrite = async () => Promise.reject(new Fault('throttle/full'));
    const request = envelope({ relay: true });
    const [sent] = await send('meter-1/command/write', request);
    expect(sent?.reply).toEqual({ id: request.id, outcome: 'refused', fault: fault('throttle/full') });
  });

  it('calls a write unknown that was given up by its time', async () => {
    const { envelope, send, meter } = await bench();
    meter.onWrite = async () => Promise.reject(new Fault('internal/deadline'));
    const [sent] = await send('meter-1/command/write', envelope({ relay: true }));
    expect(sent?.reply).toMatchObject({ outcome: 'unknown', fault: fault('internal/deadline') });
  });

  it('calls a write unknown after a defect of ours, and shows none of its words', async () => {
    const { envelope, send, meter, log } = await bench();
    meter.onWrite = () => {
      throw new Error('secret of /dev/ttyUSB0');
    };
    const request = envelope({ relay: true });
    const [sent] = await send('meter-1/command/write', request);
    expect(sent?.reply).toEqual({ id: request.id, outcome: 'unknown', at: AT, fault: fault('internal/unexpected') });
    expect(JSON.stringify(log.lines)).not.toContain('secret');
  });

  it.each([
    ['device/silent', 'failed'],
    ['modbus/illegal-address', 'failed'],
    ['port/lost', 'failed'],
    ['throttle/ran-too-long', 'failed'],
    ['throttle/full', 'refused'],
    ['throttle/waited-too-long', 'refused'],
    ['port/not-open', 'refused'],
    ['port/missing', 'refused'],
  ] as const)('tells a read that ended with %s as %s, and asks once', async (code, outcome) => {
    const { envelope, send, meter } = await bench();
    meter.onRead = async () => Promise.reject(new Fault(code));
    const [sent] = await send('meter-1/command/read', envelope());
    expect(sent?.reply).toMatchObject({ outcome, fault: fault(code) });
    expect(meter.calls).toEqual(['read']);
  });

  it('pauses and resumes', async () => {
    const { envelope, send, meter } = await bench();
    const request = envelope();
    expect((await send('meter-1/command/pause', request))[0]?.reply).toEqual({
      id: request.id,
      outcome: 'done',
      at: AT,
    });
    expect((await send('meter-1/command/resume', envelope()))[0]?.reply.outcome).toBe('done');
    expect(meter.calls).toEqual(['pause', 'resume']);
  });

  it('writes one log line a command: ids, name, outcome, code', async () => {
    const { envelope, send, log, meter } = await bench();
    meter.onRead = async () => Promise.reject(new Fault('device/silent'));
    await send('meter-1/command/read', envelope());
    await send('meter-1/command/nosuch', envelope());
    await send('nobody/command/nosuch', envelope());
    expect(log.lines).toEqual([
      {
        event: 'command executed',
        fields: { device: 'meter-1', command: 'read', id: 'id-1', outcome: 'failed', code: 'device/silent' },
      },
      {
        event: 'command refused',
        fields: { device: 'meter-1', id: 'id-2', outcome: 'refused', code: 'command/unknown' },
      },
      // neither name is ours: the sender's text there does not get into the log
      { event: 'command refused', fields: { id: 'id-3', outcome: 'refused', code: 'command/unknown' } },
    ]);
  });
});

describe('what a gateway command comes to', () => {
  it('answers ping and status although `allow` lists nothing', async () => {
    const { envelope, send } = await bench({ allow: [] });
    const request = envelope();
    expect((await send('command/ping', request))[0]?.reply).toEqual({ id: request.id, outcome: 'done', at: AT });
    expect((await send('command/status', envelope()))[0]?.reply.values).toEqual({ version: '1' });
  });

  it('does the others where they are listed', async () => {
    const { envelope, send, gateway } = await bench({ allow: ['reopen', 'loglevel', 'diagnostics'] });
    expect((await send('command/diagnostics', envelope()))[0]?.reply.values).toEqual({ heap: 1 });
    await send('command/reopen', envelope({ bus: 'rs485-a' }));
    await send('command/loglevel', envelope({ level: 'debug' }));
    await send('command/loglevel', envelope({ level: 'warn', forMs: 5000 }));
    const [bad] = await send('command/loglevel', envelope({ level: 'debug', forMs: 3_600_001 }));
    expect(bad?.reply.fault.code).toBe('command/malformed');
    expect(gateway.calls).toEqual(['diagnostics', 'reopen', 'loglevel debug 600000', 'loglevel warn 5000']);
  });

  it('restarts only once the reply is out', async () => {
    const { envelope, send, gateway, link } = await bench({ allow: ['restart'] });
    link.respond = () => 'hold';
    expect(await send('command/restart', envelope())).toHaveLength(1);
    expect(gateway.calls).toEqual([]);
    link.acknowledge();
    await settle();
    expect(gateway.calls).toEqual(['restart']);
  });

  it('restarts also when the reply can not go out, within the reply’s time', async () => {
    const { envelope, send, gateway, link, clock, commands } = await bench({ allow: ['restart'] });
    link.respond = () => 'hold';
    await send('command/restart', envelope());
    await clock.advance(10_000);
    expect(gateway.calls).toEqual(['restart']);
    expect(commands.snapshot()).toMatchObject({ unsent: 1, running: 0 });
  });

  it('says so when an answer is too large for one reply, and keeps a write’s outcome', async () => {
    const { envelope, send, gateway, meter } = await bench();
    gateway.onStatus = () => ({ text: 'x'.repeat(131_072) });
    const [large] = await send('command/status', envelope());
    expect(large?.reply).toMatchObject({ outcome: 'failed', fault: fault('command/reply-too-large') });
    meter.onWrite = async () => ({ outcome: 'verified', values: { label: 'x'.repeat(131_072) } });
    const request = envelope({ relay: true });
    expect((await send('meter-1/command/write', request))[0]?.reply).toEqual({
      id: request.id,
      outcome: 'verified',
      at: AT,
    });
  });

  it('survives a status that can not be written as JSON', async () => {
    const { envelope, send, gateway } = await bench();
    gateway.onStatus = () => ({ big: 1n });
    expect((await send('command/status', envelope()))[0]?.reply.outcome).toBe('failed');
  });
});

describe('while a command waits and runs', () => {
  it.each([
    ['has expired', 'command/expired'],
    ['was locked out', 'command/lockout'],
    ['the agent is stopping', 'internal/cancelled'],
  ] as const)('asks again as the write leaves the queue: %s', async (_what, code) => {
    const lockoutFile = join(tmpdir(), `lockout-${randomUUID()}`);
    try {
      const { envelope, send, meter, clock, commands, link } = await bench({ lockoutFile });
      let leave: () => void = () => undefined;
      const queued = new Promise<void>((resolve) => {
        leave = resolve;
      });
      let sent = false;
      meter.onWrite = async (stillValid) => {
        await queued;
        stillValid();
        sent = true;
        return { outcome: 'applied' };
      };
      const request = envelope({ relay: true }, { expiresAt: iso(clock.wall() + 1000) });
      await send('meter-1/command/write', request);
      if (code === 'command/lockout') await writeFile(lockoutFile, '');
      await clock.advance(code === 'command/expired' ? 1000 : 999);
      const stopped = code === 'internal/cancelled' ? commands.stop(new AbortController().signal) : undefined;
      leave();
      await settle();
      await stopped;
      expect(sent).toBe(false);
      expect(JSON.parse(link.published[0]?.payload ?? '')).toEqual({
        id: request.id,
        outcome: 'refused',
        fault: fault(code),
      });
    } finally {
      await rm(lockoutFile, { force: true });
    }
  });

  it('lets what runs end before it is stopped', async () => {
    const { envelope, deliver, meter, commands, clock, link } = await bench();
    let answer: () => void = () => undefined;
    meter.onWrite = () => new Promise((resolve) => (answer = () => resolve({ outcome: 'verified' })));
    deliver('meter-1/command/write', envelope({ relay: true }));
    await settle();
    let stopped = false;
    const stop = commands.stop(new AbortController().signal).then(() => (stopped = true));
    await settle();
    expect(stopped).toBe(false);
    answer();
    await stop;
    expect(JSON.parse(link.published[0]?.payload ?? '').outcome).toBe('verified');
    expect(clock.pending).toBe(0);
  });

  it('tells what waits in a queue to leave it, and answers that nothing was sent, while the replies still go out', async () => {
    const { envelope, deliver, meter, commands, clock, link } = await bench();
    meter.onWrite = (_stillValid, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Fault('internal/cancelled', { started: false })));
      });
    const request = envelope({ relay: true });
    deliver('meter-1/command/write', request);
    await settle();
    const stop = commands.stop(new AbortController().signal);
    await clock.advance(1999);
    expect(link.published).toEqual([]);
    await clock.advance(1);
    await stop;
    expect(JSON.parse(link.published[0]?.payload ?? '')).toEqual({
      id: request.id,
      outcome: 'refused',
      fault: fault('internal/cancelled'),
    });
    expect(clock.pending).toBe(0);
  });

  it('stops within the signal, even where a device never settles, and says that the write may have acted', async () => {
    const { envelope, deliver, meter, pump, commands, clock, log } = await bench();
    let told: AbortSignal | undefined;
    meter.onWrite = (_stillValid, signal) => {
      told = signal;
      return new Promise(() => undefined);
    };
    pump.onRead = () => new Promise(() => undefined);
    deliver('meter-1/command/write', envelope({ relay: true }));
    deliver('pump-1/command/read', envelope());
    await settle();
    const limit = new AbortController();
    const stop = commands.stop(limit.signal);
    await settle();
    expect(commands.snapshot().running).toBe(2);
    limit.abort();
    await stop;
    await commands.stop(limit.signal);
    expect(told?.aborted).toBe(true);
    expect(log.lines.map(({ fields }) => fields.outcome).sort()).toEqual(['failed', 'unknown']);
    expect(commands.snapshot().running).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('stops at once where there is no time left', async () => {
    const { envelope, deliver, meter, commands, clock } = await bench();
    meter.onWrite = () => new Promise(() => undefined);
    deliver('meter-1/command/write', envelope({ relay: true }));
    await commands.stop(AbortSignal.abort());
    expect(commands.snapshot().running).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('lets the replies that are under way go out before it is stopped', async () => {
    const { envelope, deliver, commands, link, clock } = await bench();
    link.respond = () => 'hold';
    deliver('meter-1/command/nosuch', envelope());
    let stopped = false;
    const stop = commands.stop(new AbortController().signal).then(() => {
      stopped = true;
    });
    await settle();
    expect(stopped).toBe(false);
    link.acknowledge();
    await stop;
    expect(commands.snapshot().unsent).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('ends a command that never settles after its limit', async () => {
    const { envelope, send, meter, clock, link, commands } = await bench();
    meter.onWrite = () => new Promise(() => undefined);
    const request = envelope({ relay: true });
    await send('meter-1/command/write', request);
    await clock.advance(299_999);
    expect(link.published).toEqual([]);
    await clock.advance(1);
    expect(JSON.parse(link.published[0]?.payload ?? '')).toMatchObject({
      outcome: 'unknown',
      fault: fault('internal/deadline'),
    });
    expect(commands.snapshot().running).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
