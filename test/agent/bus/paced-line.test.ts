import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { newCounters } from '../../../agent/bus/counters.ts';
import { LateAnswers } from '../../../agent/bus/late-answers.ts';
import { Line } from '../../../agent/bus/line.ts';
import type { Fault } from '../../../drivers/contract/fault.ts';
import { exchange } from '../../support/exchange.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { FakePacedWriter } from '../../support/fake-paced-writer.ts';
import { FakePort } from '../../support/fake-port.ts';

const SILENCE = 4;
const CHARACTER = 1;
const QUESTION = exchange(1, 1);

/** A line whose requests are written at their instant by somebody else. */
async function rig(answers: (port: FakePort) => void = () => undefined) {
  const clock = new FakeClock();
  const sent: number[] = [];
  const strays: number[] = [];
  const losses: Fault[] = [];
  const counters = newCounters();
  const late = new LateAnswers();
  const paced = new FakePacedWriter(clock, () => {
    sent.push(clock.now());
    answers(port);
  });
  const port = Object.assign(new FakePort(), { paced });
  const timing = { baudRate: 10_000, characterMs: CHARACTER };
  const line = new Line({
    ...{ port, clock, timing, echo: false, talks: false, counters, late },
    unasked: (chunk) => strays.push(chunk.length),
    lost: (fault) => losses.push(fault),
  });
  await port.open(line, new AbortController().signal);
  const stop = new AbortController();
  const ask = (notBefore: number) => {
    const sendableAt = (usedUntil: number) => Math.max(notBefore, usedUntil + SILENCE);
    return line.ask(QUESTION, { owner: 'meter 1', timeout: QUESTION.timeout, sendableAt }, stop.signal);
  };
  return { clock, line, port, paced, sent, strays, losses, counters, late, stop, ask, start: clock.now() };
}

describe('a line whose requests go out at their instant', () => {
  it('has one listener on a signal and one timer for one question after the other, and leaves neither', async () => {
    const { clock, line, ask, stop, start } = await rig((port) => port.feed(Uint8Array.of(1, 42)));
    const at = vi.spyOn(clock, 'at');
    for (let question = 0; question < 10; question += 1) {
      const outcome = ask(clock.now());
      await clock.advance(SILENCE);
      expect(await outcome).toMatchObject({ state: 'answered' });
      expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
      expect(clock.pending).toBe(1);
    }
    const limits = at.mock.calls.filter(([instant]) => instant > start + QUESTION.timeout);
    expect(limits).toHaveLength(1);
    line.retire();
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
    expect(clock.pending).toBe(0);
  });

  it('waits for what is being asked when it is retired, and leaves nothing then', async () => {
    const { clock, line, ask, stop, start } = await rig();
    const outcome = ask(start);
    line.retire();
    await clock.advance(QUESTION.timeout + 2 * CHARACTER + 2);
    expect(await outcome).toMatchObject({ state: 'failed', fault: { code: 'device/silent' } });
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
    expect(clock.pending).toBe(0);
  });

  it('hands a request over at once, and it goes out when the silence is over', async () => {
    const { clock, line, sent, counters, ask, start } = await rig((port) => port.feed(Uint8Array.of(1, 42)));
    expect(line.isPaced).toBe(true);
    const outcome = ask(start + SILENCE);
    await clock.advance(SILENCE);
    expect(sent).toEqual([start + SILENCE]);
    expect(await outcome).toMatchObject({ state: 'answered', result: Uint8Array.of(42) });
    expect(counters.exchanges).toBe(1);
    line.retire();
    expect(clock.pending).toBe(0);
  });

  it('goes without a pacer as long as that is not ready', async () => {
    const { clock, line, port, sent, ask, start } = await rig();
    Object.assign(port, { paced: undefined });
    expect(line.isPaced).toBe(false);
    void ask(start + SILENCE);
    await clock.advance(SILENCE);
    expect(sent).toEqual([]);
    expect(port.written).toHaveLength(1);
  });

  it('calls the request back when something comes into the silence, and waits for a new one', async () => {
    const { clock, port, sent, strays, ask, start } = await rig((current) => current.feed(Uint8Array.of(1, 7)));
    const outcome = ask(start + SILENCE);
    await clock.advance(3);
    // the very answer, but to nothing that was asked
    port.feed(Uint8Array.of(1, 99));
    await clock.advance(2);
    expect(sent).toEqual([]);
    await clock.advance(10);
    expect(sent).toEqual([start + 3 + SILENCE]);
    expect(strays).toEqual([2]);
    expect(await outcome).toMatchObject({ result: Uint8Array.of(7) });
  });

  it.each(['paced', 'unpaced'])(
    'looks for what lies unread before it sends, and keeps its silence: %s',
    async (how) => {
      const { clock, port, sent, strays, ask, start } = await rig();
      if (how === 'unpaced') Object.assign(port, { paced: undefined });
      // the loop was late: the poll is due, and the end of a late answer has not been read
      port.unread.push(Uint8Array.of(1, 99));
      void ask(start - 100).catch(() => undefined);
      expect(strays).toEqual([2]);
      await clock.advance(SILENCE - 0.1);
      expect([sent, port.written]).toEqual([[], []]);
      if (how === 'unpaced') port.unread.push(Uint8Array.of(1));
      await clock.advance(0.2);
      expect(sent).toEqual(how === 'paced' ? [start + SILENCE] : []);
      await clock.advance(SILENCE);
      expect(port.written).toHaveLength(how === 'paced' ? 0 : 1);
      expect(strays).toEqual(how === 'paced' ? [2] : [2, 1]);
    },
  );

  it('looks for nothing before a silence of a millisecond or more: bytes that come until then call the request back', async () => {
    const { clock, port, sent, strays, ask, start } = await rig((current) => current.feed(Uint8Array.of(1, 7)));
    const looks = vi.spyOn(port, 'look');
    port.unread.push(Uint8Array.of(1, 99));
    const outcome = ask(start + 1);
    expect(looks).not.toHaveBeenCalled();
    port.look();
    looks.mockClear();
    expect(strays).toEqual([2]);
    await clock.advance(SILENCE);
    expect(sent).toEqual([start + SILENCE]);
    expect(await outcome).toMatchObject({ result: Uint8Array.of(7) });
    void ask(clock.now() + SILENCE - 0.1).catch(() => undefined);
    expect(looks).not.toHaveBeenCalled();
  });

  it('looks where less than a millisecond of the silence is left', async () => {
    const { port, strays, ask, start } = await rig();
    port.unread.push(Uint8Array.of(1, 99));
    void ask(start + 0.9).catch(() => undefined);
    expect(strays).toEqual([2]);
  });

  it('looks before any silence where no thread would call the request back', async () => {
    const { port, strays, ask, start } = await rig();
    Object.assign(port, { paced: undefined });
    port.unread.push(Uint8Array.of(1, 99));
    void ask(start + SILENCE).catch(() => undefined);
    expect(strays).toEqual([2]);
  });

  it('sends nothing once the look finds that the port is gone', async () => {
    const { port, sent, losses, ask, start } = await rig();
    Object.assign(port, { look: () => port.unplug() });
    await expect(ask(start)).rejects.toMatchObject({ code: 'port/lost' });
    expect([sent, losses.length]).toEqual([[], 1]);
  });

  it('sends nothing of what is cancelled in the silence, and expects no late answer to it', async () => {
    const { clock, sent, counters, late, line, stop, ask, start } = await rig();
    const before = line.quietSince;
    const outcome = ask(start + SILENCE);
    await clock.advance(2);
    stop.abort();
    await expect(outcome).rejects.toMatchObject({ code: 'internal/cancelled' });
    await clock.advance(100);
    expect(sent).toEqual([]);
    expect(counters.exchanges).toBe(0);
    expect(late.any(clock.now())).toBe(false);
    expect(line.quietSince).toBe(before);
    line.retire();
    expect(clock.pending).toBe(0);
  });

  it('expects a late answer to what was cancelled after it went out', async () => {
    const { clock, counters, late, stop, ask, start } = await rig();
    const outcome = ask(start);
    await clock.advance(1);
    stop.abort();
    await expect(outcome).rejects.toMatchObject({ code: 'internal/cancelled' });
    expect(counters.exchanges).toBe(1);
    expect(late.clearAt(QUESTION.signature, clock.now())).toBe(start + 2 * CHARACTER + QUESTION.lateWithin);
  });

  it('counts the timeout from when the request really was out', async () => {
    const { clock, paced, counters, ask, start } = await rig();
    paced.late = 30;
    let outcome: unknown;
    void ask(start).then((value) => {
      outcome = value;
    });
    await clock.advance(QUESTION.timeout + 2 * CHARACTER + 2);
    await settle();
    expect(outcome).toBeUndefined();
    await clock.advance(30);
    expect(outcome).toMatchObject({ state: 'failed', answered: false, fault: { code: 'device/silent' } });
    expect(counters.timeouts).toBe(1);
  });

  it('gives the port up when the request has not gone out for a second', async () => {
    const { clock, paced, losses, counters, late, ask, start } = await rig();
    paced.late = Number.POSITIVE_INFINITY;
    const outcome = ask(start);
    const refused = expect(outcome).rejects.toMatchObject({ code: 'port/write' });
    // the machine may just be busy
    await clock.advance(QUESTION.timeout + 10);
    expect(losses).toEqual([]);
    await clock.advance(1000);
    await refused;
    expect(losses.map(({ code }) => code)).toEqual(['port/write']);
    expect(counters).toMatchObject({ exchanges: 0, timeouts: 0 });
    expect(late.any(clock.now())).toBe(false);
  });

  it('takes an answer that is here before the thread has said that the request is out, and asks on', async () => {
    const { clock, paced, sent, counters, ask, start } = await rig((port) => port.feed(Uint8Array.of(1, 42)));
    paced.lingers = 50;
    for (let question = 0; question < 3; question += 1) {
      const outcome = ask(start + question * 10);
      await clock.advance(10);
      expect(await outcome).toMatchObject({ state: 'answered', result: Uint8Array.of(42) });
    }
    expect(sent).toEqual([start, start + 10, start + 20]);
    expect(counters).toMatchObject({ exchanges: 3, timeouts: 0 });
  });

  it('fails at once when the port is lost', async () => {
    const { clock, port, ask, start } = await rig();
    const outcome = ask(start);
    const refused = expect(outcome).rejects.toMatchObject({ code: 'port/lost' });
    await clock.advance(5);
    port.unplug();
    await refused;
    expect(clock.pending).toBe(0);
  });
});
