import { describe, expect, it } from 'vitest';
import { Bus, type BusOptions } from '../../../agent/bus/bus.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import type { Port } from '../../../drivers/contract/port.ts';
import { asker } from '../../support/asker.ts';
import { dialogue } from '../../support/exchange.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakePacedWriter } from '../../support/fake-paced-writer.ts';
import { FakePort } from '../../support/fake-port.ts';

const SILENCE = 4;
const never = new AbortController().signal;

/** A bus on a tty, whose requests go out at their instant; each is answered so many milliseconds later. */
function rig(changes: Partial<BusOptions>, after = 1) {
  const clock = new FakeClock();
  const sent: number[] = [];
  let current = new FakePort();
  const paced = (): Port => {
    const port = new FakePort();
    current = port;
    const writer = new FakePacedWriter(clock, ([unit = 0]) => {
      sent.push(clock.now());
      clock.at(clock.now() + after, () => port.feed(Uint8Array.of(unit, 7)));
    });
    return Object.assign(port, { paced: writer });
  };
  const bus = new Bus({
    ...{ id: 'a', timing: { baudRate: 10_000, characterMs: 1 }, echo: false, gap: milliseconds(0), maxQueue: 16 },
    ...{ maxWait: milliseconds(60_000), maxRun: milliseconds(250), commandBurst: 4, random: () => 0 },
    ...{ reopenMin: milliseconds(500), reopenMax: milliseconds(8000), clock, log: silentLog, createPort: paced },
    ...changes,
  });
  const questions = bus.register('command', asker());
  const ask = (unit: number) => bus.ask(questions, { dialogue: dialogue(unit, 1, ['value']) }, never);
  return { bus, clock, sent, ask, paced, feed: (bytes: Uint8Array) => current.feed(bytes) };
}

describe('the gap of a line', () => {
  it.each([
    ['longer than an operation may take', 10_000, 1],
    ['and an answer that together take longer than an operation may', 200, 90],
  ])('%s stops no operation', async (_, gap, after) => {
    const { bus, clock, sent, ask } = rig({ gap: milliseconds(gap) }, after);
    await bus.start();
    await clock.advance(10);
    const asked = [ask(1), ask(2), ask(3)];
    await clock.advance(3 * (gap + 300));
    for (const each of asked) expect(await each).toMatchObject({ ok: true });
    for (let n = 1; n < sent.length; n++) expect((sent[n] ?? 0) - (sent[n - 1] ?? 0)).toBeGreaterThanOrEqual(gap);
    expect(bus.snapshot()).toMatchObject({ overruns: 0, timeouts: 0 });
    expect(bus.stuckFor(clock.now())).toBe(0);
    await bus.stop(never);
  });

  it('is not cut short by what comes into it', async () => {
    const { bus, clock, sent, ask, feed } = rig({ gap: milliseconds(200) });
    await bus.start();
    await clock.advance(10);
    const first = ask(1);
    await clock.advance(20);
    await first;
    const second = ask(2);
    await clock.advance(20);
    feed(Uint8Array.of(0x55));
    await clock.advance(300);
    expect(await second).toMatchObject({ ok: true });
    expect((sent[1] ?? 0) - (sent[0] ?? 0)).toBeGreaterThanOrEqual(200);
    await bus.stop(never);
  });

  it.each([
    ['the line’s own silence', 0, SILENCE],
    ['the time to settle', 300, 300],
  ])('does not take the place of %s after a stuck operation', async (_, settle, silence) => {
    let openedAt = 0;
    let opens = 0;
    const { bus, clock, sent, ask, paced } = rig({
      settle: milliseconds(settle),
      createPort: () => {
        opens += 1;
        // the first takes a request and never gives the line back
        if (opens === 1) return Object.assign(new FakePort(), { write: () => new Promise<void>(() => undefined) });
        openedAt = clock.now();
        return paced();
      },
    });
    await bus.start();
    await clock.advance(10 + settle);
    const stuck = ask(1).catch(({ code }) => code);
    await clock.advance(1);
    const waiting = ask(2);
    await clock.advance(5000);
    expect(await stuck).toBe('throttle/ran-too-long');
    expect(await waiting).toMatchObject({ ok: true });
    expect(sent[0]).toBeGreaterThanOrEqual(openedAt + silence);
    await bus.stop(never);
  });
});
