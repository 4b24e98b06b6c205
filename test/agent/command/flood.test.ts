import { describe, expect, it } from 'vitest';
import { Supervisor } from '../../../agent/clock/supervisor.ts';
import { Replies } from '../../../agent/command/reply/replies.ts';
import { CommandRate } from '../../../agent/command/request/rate.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { settle } from '../../support/fake-clock.ts';
import { bench } from './bench.ts';

describe('a flood', () => {
  it('of 10,000 requests at once is bounded in what it executes, answers, logs and holds', async () => {
    const { envelope, deliver, meter, pump, link, log, commands } = await bench();
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    try {
      let answer: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (answer = resolve));
      for (const device of [meter, pump]) device.onRead = () => gate.then(() => ({ relay: true }));
      link.respond = () => 'hold';
      for (let i = 0; i < 10_000; i++) deliver(`${i % 2 === 0 ? 'meter-1' : 'pump-1'}/command/read`, envelope());
      expect(commands.snapshot()).toMatchObject({ running: 32, executed: 32, refused: 9968 });
      await settle();
      expect(link.inFlight).toBe(8);
      answer();
      while (link.inFlight > 0) {
        link.acknowledge();
        await settle();
      }
      expect(meter.calls.length + pump.calls.length).toBe(32);
      expect(link.mostInFlight).toBe(8);
      const outcomes = link.published.map(({ payload }) => JSON.parse(payload).outcome);
      expect(
        outcomes.filter((outcome) => outcome === 'done'),
        'no executed command lost its reply',
      ).toHaveLength(32);
      expect(outcomes.length).toBeLessThanOrEqual(32 + 72);
      expect(log.lines.length).toBeLessThanOrEqual(132);
      expect(commands.snapshot().unanswered).toBe(10_000 - outcomes.length);
      expect(warnings).toEqual([]);
    } finally {
      process.off('warning', onWarning);
    }
  });

  it('of copies of one request is answered within the same bounds', async () => {
    const { envelope, deliver, link, meter, commands } = await bench();
    const request = envelope({ relay: true });
    deliver('meter-1/command/write', request);
    await settle();
    for (let i = 0; i < 10_000; i++) {
      deliver('meter-1/command/write', request);
      if (i % 50 === 0) await settle();
    }
    await settle();
    expect(meter.calls).toEqual(['write']);
    expect(link.published.length).toBeLessThanOrEqual(1 + 100);
    expect(commands.snapshot().repeated).toBe(10_000);
  });

  it('of 1,000 a second for 30 seconds lets through what the rate says, and an honest answer to it', async () => {
    const { envelope, deliver, clock, meter, link } = await bench();
    for (let i = 0; i < 3_000; i++) {
      for (let k = 0; k < 10; k++) deliver('meter-1/command/read', envelope());
      await clock.advance(10);
    }
    expect(meter.calls.length).toBeGreaterThanOrEqual(300);
    expect(meter.calls.length).toBeLessThanOrEqual(321);
    const done = link.published.filter(({ payload }) => JSON.parse(payload).outcome === 'done');
    expect(done).toHaveLength(meter.calls.length);
    expect(link.published.length).toBeLessThanOrEqual(321 + 100 + 1_501);
  });

  it('costs an operator who has selected no more than the wait: a refusal for rate keeps the selection', async () => {
    const { envelope, deliver, send, clock, meter } = await bench();
    const values = { relay: true };
    const [selected] = await send('meter-1/command/select', envelope(values));
    const { token } = selected?.reply.values ?? {};
    for (let i = 0; i < 100; i++) deliver('meter-1/command/read', envelope());
    await settle();
    const operate = async () => (await send('meter-1/command/operate', envelope({ token, values }))).at(-1)?.reply;
    expect(await operate()).toMatchObject({ outcome: 'refused', fault: { code: 'command/rate' } });
    await clock.advance(1_000);
    expect(await operate()).toMatchObject({ outcome: 'applied' });
    expect(await operate()).toMatchObject({ outcome: 'refused', fault: { code: 'command/token' } });
    expect(meter.written).toHaveLength(1);
  });

  it('of replies waits in a bounded queue; what is over is counted', async () => {
    const { link, clock } = await bench();
    link.respond = () => 'hold';
    const replies = new Replies(clock, link, new AbortController().signal, new Supervisor({ clock, log: silentLog }));
    for (let i = 0; i < 1000; i++) void replies.send({ topic: 'fieldward/gw/command/ping/reply' }, '{}');
    expect(replies.queued).toBe(128);
    expect(replies.unsent).toBe(1000 - 128 - 8);
    const settled = replies.settled();
    link.disconnect();
    await settled;
    expect([replies.queued, replies.unsent]).toEqual([0, 1000]);
  });

  it('keeps to the window of the broker, and sends one at a time where it is one', async () => {
    const { envelope, deliver, link } = await bench();
    link.disconnect();
    link.connect(1);
    link.respond = () => 'hold';
    for (let i = 0; i < 10; i++) deliver('command/ping', envelope());
    for (let i = 0; i < 10; i++) {
      await settle();
      expect(link.published).toHaveLength(i + 1);
      link.acknowledge();
    }
    expect(link.mostInFlight).toBe(1);
  });

  it('loses replies while the broker is away, and keeps none for later', async () => {
    const { envelope, deliver, link, commands } = await bench();
    link.respond = () => 'hold';
    for (let i = 0; i < 30; i++) deliver('command/ping', envelope());
    await settle();
    expect(link.published).toHaveLength(8);
    link.disconnect();
    await settle();
    link.respond = () => 'ok';
    link.connect();
    await settle();
    expect(link.published).toHaveLength(8);
    expect(commands.snapshot()).toMatchObject({ unsent: 30, running: 0 });
  });
});

describe('the rate', () => {
  it('takes nothing from the whole for a device that has used its own', () => {
    const rate = new CommandRate(['a', 'b'], 0);
    for (let i = 0; i < 100; i++) rate.take('a', 0);
    expect(Array.from({ length: 30 }, () => rate.take('b', 0)).filter(Boolean)).toHaveLength(20);
  });
});
