import { describe, expect, it } from 'vitest';
import { newCounters } from '../../../agent/bus/counters.ts';
import { LateAnswers } from '../../../agent/bus/late-answers.ts';
import { Line } from '../../../agent/bus/line.ts';
import type { Exchange } from '../../../drivers/contract/dialogue.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { exchange } from '../../support/exchange.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { FakePort, type FakePortOptions } from '../../support/fake-port.ts';

const IDLE = 50;

/** Each request is one byte, and so is its answer: two are under way at first, and one more follows each answer. */
function windowed(count: number): Exchange<number> {
  const further = Array.from({ length: count - 2 }, (_, index) => Uint8Array.of(index + 2));
  const failed = {
    state: 'failed',
    fault: new Fault('device/silent'),
    consequence: 'silent',
    answered: false,
  } as const;
  return {
    ...exchange(1, 1, { signature: undefined, quietBefore: undefined }),
    ...{ request: Uint8Array.of(0, 1), further, timeout: milliseconds(1000), idle: milliseconds(IDLE) },
    judge({ length }, ended) {
      if (length >= count) return { state: 'done', result: length, used: length, strays: [] };
      return ended ? { ...failed, strays: [] } : { state: 'more', due: Math.min(length, further.length) };
    },
  };
}

async function rig(count: number, options: FakePortOptions = {}) {
  const clock = new FakeClock();
  const port = new FakePort(options);
  const losses: Fault[] = [];
  const line = new Line({
    ...{ port, clock, timing: { baudRate: 0, characterMs: 0 }, echo: false, talks: false },
    ...{ counters: newCounters(), late: new LateAnswers(), unasked: () => undefined },
    lost: (fault) => losses.push(fault),
  });
  await port.open(line, new AbortController().signal);
  const stop = new AbortController();
  const asked = windowed(count);
  const asking = { owner: 'inverter', timeout: asked.timeout, sendableAt: () => clock.now() };
  let outcome: unknown;
  line.ask(asked, asking, stop.signal).then(
    (reply) => {
      outcome = reply;
    },
    (fault) => {
      outcome = fault;
    },
  );
  await settle();
  const writes = () => port.written.map((bytes) => [...bytes]);
  const answer = async (answers: number) => {
    port.feed(new Uint8Array(answers).fill(9));
    await settle();
  };
  return { clock, port, line, stop, writes, answer, losses, outcome: () => outcome };
}

/** Each write waits until the test lets it go. */
function held() {
  const go: (() => void)[] = [];
  return { go, writing: () => new Promise<undefined>((resolve) => go.push(() => resolve(undefined))) };
}

describe('an exchange of several requests', () => {
  it('sends the next one as an answer comes, and those that are due at once in one write', async () => {
    const { writes, answer, outcome } = await rig(6);
    expect(writes()).toEqual([[0, 1]]);
    await answer(1);
    expect(writes()).toEqual([[0, 1], [2]]);
    await answer(2);
    expect(writes()).toEqual([[0, 1], [2], [3, 4]]);
    await answer(2);
    expect(writes()).toEqual([[0, 1], [2], [3, 4], [5]]);
    expect(outcome()).toBeUndefined();
    await answer(1);
    expect(outcome()).toMatchObject({ state: 'answered', result: 6 });
  });

  it('never writes beside a write: what is due meanwhile goes out after it', async () => {
    const { go, writing } = held();
    const { writes, answer, outcome } = await rig(6, { writing });
    // an answer that is here before the port has said that the request is out
    await answer(1);
    expect(writes()).toEqual([]);
    go[0]?.();
    await settle();
    expect(writes()).toEqual([[0, 1]]);
    await answer(1);
    await answer(1);
    go[1]?.();
    await settle();
    expect(writes()).toEqual([[0, 1], [2]]);
    go[2]?.();
    await settle();
    expect(writes()).toEqual([[0, 1], [2], [3, 4]]);
    await answer(3);
    expect(outcome()).toMatchObject({ state: 'answered' });
  });

  it('gives the line back only when no write of its runs any more', async () => {
    const { go, writing } = held();
    const { answer, outcome } = await rig(3, { writing });
    go[0]?.();
    await answer(1);
    // it answers what it has not been asked yet
    await answer(2);
    expect(outcome()).toBeUndefined();
    go[1]?.();
    await settle();
    expect(outcome()).toMatchObject({ state: 'answered' });
  });

  it('waits for each answer from the one before, and sends nothing that is not due when it gives up', async () => {
    const { clock, writes, answer, outcome } = await rig(6);
    for (let turn = 0; turn < 3; turn += 1) {
      await clock.advance(IDLE - 1);
      await answer(1);
    }
    await clock.advance(IDLE - 1);
    expect(outcome()).toBeUndefined();
    await clock.advance(3);
    expect(outcome()).toMatchObject({ state: 'failed', fault: { code: 'device/silent' } });
    expect(writes()).toEqual([[0, 1], [2], [3], [4]]);
  });

  it('ends with the port when a later write fails', async () => {
    let count = 0;
    const { answer, losses, outcome } = await rig(6, { writing: () => (++count > 1 ? 'port/lost' : undefined) });
    await answer(1);
    expect(outcome()).toMatchObject({ code: 'port/lost' });
    expect(losses.map(({ code }) => code)).toEqual(['port/lost']);
  });

  it('sends nothing more once it is called off', async () => {
    const { writes, answer, stop, outcome } = await rig(6);
    await answer(1);
    stop.abort();
    await settle();
    await answer(1);
    expect(outcome()).toMatchObject({ code: 'internal/cancelled' });
    expect(writes()).toEqual([[0, 1], [2]]);
  });
});
