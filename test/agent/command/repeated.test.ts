import { describe, expect, it } from 'vitest';
import type { WriteResult } from '../../../agent/device/control.ts';
import { settle } from '../../support/fake-clock.ts';
import { bench, iso } from './bench.ts';

async function yieldMicrotasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await undefined;
}

describe('a request that comes more than once', () => {
  it('is executed once and answered every time, wherever between the steps of the first the second comes', async () => {
    for (let k = 0; k <= 40; k++) {
      const { envelope, deliver, meter, link, commands } = await bench();
      meter.onWrite = async (stillValid): Promise<WriteResult> => {
        await yieldMicrotasks(10);
        stillValid();
        await yieldMicrotasks(10);
        return { outcome: 'verified' };
      };
      const request = envelope({ relay: true });
      deliver('meter-1/command/write', request);
      await yieldMicrotasks(k);
      deliver('meter-1/command/write', request);
      await settle();
      expect(meter.calls, `after ${k} microtasks`).toEqual(['write']);
      expect(link.published).toHaveLength(2);
      expect(link.published[1]).toEqual(link.published[0]);
      expect(commands.snapshot()).toMatchObject({ executed: 1, repeated: 1, running: 0 });
    }
  });

  it('is executed once where subscriptions overlap', async () => {
    const { envelope, send, meter, link } = await bench();
    link.filters.push('fieldward/gw/+/command/+');
    expect(await send('meter-1/command/write', envelope({ relay: true }))).toHaveLength(2);
    expect(meter.calls).toEqual(['write']);
  });

  it('gets the stored reply although it is changed, sent elsewhere, expired, retained, locked out or too late', async () => {
    const { envelope, send, meter, pump, clock, state, commands } = await bench();
    const request = envelope({ relay: true });
    const [first] = await send('meter-1/command/write', request);
    const again = async (path: string, body: object, more = {}) => {
      const [sent] = await send(path, body, more);
      expect(sent).toMatchObject({ topic: `fieldward/gw/${path}/reply`, payload: first?.payload });
    };
    await again('meter-1/command/write', { ...request, args: { relay: false } });
    await again('meter-1/command/write', { id: request.id });
    await again('pump-1/command/write', request);
    await again('command/ping', request);
    await again('meter-1/command/write', request, { retained: true });
    state.clock = 'unsynchronized';
    await again('meter-1/command/write', request);
    await clock.advance(3_600_000);
    await again('meter-1/command/write', request);
    expect([...meter.calls, ...pump.calls]).toEqual(['write']);
    expect(commands.snapshot()).toMatchObject({ executed: 1, repeated: 7, refused: 0 });
  });

  it('is answered once the first is done, each copy at its own place, up to a bound', async () => {
    const { envelope, deliver, meter, link, commands } = await bench();
    let answer: () => void = () => undefined;
    meter.onRead = () => new Promise((resolve) => (answer = () => resolve({ relay: true })));
    const request = envelope();
    deliver('meter-1/command/read', request);
    deliver('pump-1/command/read', request);
    for (let i = 0; i < 100; i++) deliver('meter-1/command/read', request);
    await settle();
    expect(link.published).toEqual([]);
    answer();
    await settle();
    expect(link.published).toHaveLength(9);
    expect(new Set(link.published.map(({ topic }) => topic)).size).toBe(2);
    expect(new Set(link.published.map(({ payload }) => payload)).size).toBe(1);
    expect(commands.snapshot()).toMatchObject({ executed: 1, repeated: 101, unanswered: 93 });
  });

  it('stays refused once it was refused, even when it could be done by now', async () => {
    const { envelope, send, meter, state, clock } = await bench();
    const request = envelope({ relay: true });
    state.clock = 'unsynchronized';
    const [first] = await send('meter-1/command/write', request);
    state.clock = 'synchronized';
    const [second] = await send('meter-1/command/write', request);
    expect(second?.payload).toBe(first?.payload);
    await clock.advance(9_999);
    expect((await send('meter-1/command/write', request))[0]?.payload).toBe(first?.payload);
    expect(meter.calls).toEqual([]);
  });

  it('stays refused also when it first would have been valid for too long', async () => {
    const { envelope, send, meter, clock } = await bench();
    const request = envelope({ relay: true }, { expiresAt: iso(clock.wall() + 100_000) });
    await send('meter-1/command/write', request);
    await clock.advance(99_999);
    expect((await send('meter-1/command/write', request))[0]?.reply.fault.code).toBe('command/expires-too-late');
    expect(meter.calls).toEqual([]);
  });

  it('is never executed again after the wall clock is set back, even when the ledger had to forget it', async () => {
    const { envelope, send, meter, clock } = await bench();
    const start = clock.wall();
    const request = envelope({ relay: true });
    await send('meter-1/command/write', request);
    for (let i = 0; i < 1100; i++) {
      await clock.advance(100);
      await send('meter-1/command/read', envelope());
    }
    clock.setWall(start);
    const [sent] = await send('meter-1/command/write', request);
    expect(sent?.reply.fault.code).toBe('command/expired');
    expect(meter.calls.filter((call) => call === 'write')).toHaveLength(1);
  });

  it('stays refused once it was refused as expired, although the wall clock is set back before its expiry', async () => {
    const { envelope, send, meter, clock } = await bench();
    const request = envelope({ relay: true }, { expiresAt: iso(clock.wall() - 5000) });
    expect((await send('meter-1/command/write', request))[0]?.reply.fault.code).toBe('command/expired');
    // beyond what is remembered of single refusals
    await clock.advance(35_000);
    clock.setWall(clock.wall() - 60_000);
    expect((await send('meter-1/command/write', request))[0]?.reply.fault.code).toBe('command/expired');
    expect(meter.calls).toEqual([]);
    const later = envelope({ relay: true }, { expiresAt: iso(clock.wall() + 29_000) });
    expect((await send('meter-1/command/write', later))[0]?.reply.outcome).toBe('applied');
  });

  it('can still ask for the reply that the broker did not get', async () => {
    const { envelope, send, link, meter, commands } = await bench();
    const request = envelope({ relay: true });
    meter.onWrite = async () => {
      link.disconnect();
      return { outcome: 'applied' };
    };
    expect(await send('meter-1/command/write', request)).toEqual([]);
    expect(commands.snapshot().unsent).toBe(1);
    link.connect();
    expect((await send('meter-1/command/write', request))[0]?.reply.outcome).toBe('applied');
    expect(meter.calls).toEqual(['write']);
  });
});
