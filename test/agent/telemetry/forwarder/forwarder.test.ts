import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fieldward } from '../../../../agent/convention/fieldward.ts';
import { Topics } from '../../../../agent/link/topics.ts';
import { silentLog } from '../../../../agent/log/log.ts';
import { MemoryOutbox } from '../../../../agent/outbox/memory-outbox.ts';
import { Forwarder } from '../../../../agent/telemetry/forwarder/forwarder.ts';
import type { FaultCode } from '../../../../drivers/contract/faults.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';
import { FakeLink } from '../../../support/fake-link.ts';

const TOPIC = 'fieldward/gw/meter/readings';

function setUp(maxBytes = 1_000_000) {
  const link = new FakeLink();
  const clock = new FakeClock();
  const outbox = new MemoryOutbox(maxBytes, 'drop-oldest');
  const topics = new Topics('fieldward', 'gw');
  const forwarder = new Forwarder({
    outbox,
    link,
    convention: new Fieldward(topics),
    clock,
    log: silentLog,
    random: () => 1,
    backfillPerS: 2000,
  });
  let last = 0;
  link.listen({
    connected: () => forwarder.connected(last),
    disconnected: () => forwarder.disconnected(),
  });
  link.start();
  const append = (count = 1, size = 0) => {
    for (let index = 0; index < count; index += 1) {
      last += 1;
      outbox.append({ seq: last, device: 'meter', payload: `{"seq":${last},"values":{"x":"${'y'.repeat(size)}"}}` });
      forwarder.pump();
    }
  };
  const sent = (): number[] => link.payloads(TOPIC).map(({ seq }) => seq);
  return { link, clock, outbox, forwarder, append, sent };
}
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('the forwarder', () => {
  test('sends a live reading in the same turn, at QoS 1, not retained, and as live', async () => {
    const { link, outbox, append } = setUp();
    link.connect();
    append();
    expect(link.published).toEqual([
      { topic: TOPIC, payload: '{"seq":1,"values":{"x":""},"backfill":false}', qos: 1, retain: false },
    ]);
    await settle();
    expect(outbox.status().held).toBe(0);
  });

  test('sends nothing while the broker is away, then everything in order, as backfill, before what is new', async () => {
    const { link, outbox, append } = setUp();
    append(100);
    expect(link.published).toEqual([]);
    link.connect();
    append(2);
    await settle();
    expect(link.payloads(TOPIC).map(({ seq, backfill }) => [seq, backfill])).toEqual([
      ...range(1, 100).map((seq) => [seq, true]),
      [101, false],
      [102, false],
    ]);
    expect(outbox.status().held).toBe(0);
  });

  test.each([
    [1, 1],
    [3, 1],
    [20, 16],
    [65_535, 64],
  ])('keeps part of a broker’s window of %i free for others: %i at once', async (window, most) => {
    const { link, append } = setUp();
    link.respond = () => 'hold';
    link.connect(window);
    append(100);
    expect(link.inFlight).toBe(most);
    while (link.inFlight > 0) {
      link.acknowledge(1);
      await settle();
    }
    expect(link.mostInFlight).toBe(most);
  });

  test('forgets only what is acknowledged as a prefix', async () => {
    const { link, outbox, append } = setUp();
    link.respond = () => 'hold';
    link.connect();
    append(3);
    link.acknowledgeAt(2);
    await settle();
    link.acknowledgeAt(1);
    await settle();
    expect(outbox.status().held).toBe(3);
    link.acknowledgeAt(0);
    await settle();
    expect(outbox.status().held).toBe(0);
  });

  test('after a lost connection sends again what was not acknowledged, as backfill, and nothing that was', async () => {
    const { link, outbox, append, sent } = setUp();
    link.respond = () => 'hold';
    link.connect();
    append(5);
    link.acknowledgeAt(3);
    link.acknowledgeAt(0);
    await settle();
    link.disconnect();
    await settle();
    link.published.length = 0;
    link.respond = () => 'ok';
    link.connect();
    await settle();
    expect(sent()).toEqual([2, 3, 5]);
    expect(link.payloads(TOPIC).every(({ backfill }) => backfill)).toBe(true);
    expect(outbox.status().held).toBe(0);
  });

  test('keeps a reading that the broker denies, tries it again alone and ever more slowly, and goes on when it may', async () => {
    const { link, clock, outbox, forwarder, append, sent } = setUp();
    link.respond = () => 'hold';
    link.connect();
    append(4);
    link.acknowledgeAt(1, 'link/denied');
    await settle();
    link.acknowledgeAt(0);
    link.acknowledge();
    await settle();
    expect(forwarder.status()).toMatchObject({ refused: 0, fault: { code: 'link/denied' } });
    expect(outbox.status().held).toBe(3);
    link.published.length = 0;
    link.respond = () => 'link/denied';
    append(10);
    for (const wait of [1000, 2000, 4000]) {
      await clock.advance(wait - 1);
      expect(link.published).toEqual([]);
      await clock.advance(1);
      expect(sent()).toEqual([2]);
      link.published.length = 0;
      await settle();
    }
    link.respond = () => 'ok';
    await clock.advance(8000);
    expect(sent()).toEqual([2, ...range(5, 14)]);
    expect(outbox.status().held).toBe(0);
    expect(forwarder.status().fault).toBeNull();
  });

  test('while it is denied for ever, only the outbox’s bound costs readings, and they are counted', async () => {
    const { link, clock, outbox, append } = setUp(2000);
    link.respond = () => 'link/denied';
    link.connect();
    append(1);
    await settle();
    append(200);
    await clock.advance(600_000);
    expect(link.published.length).toBeLessThan(25);
    expect(outbox.status().dropped).toBe(201 - outbox.status().held);
    link.respond = () => 'ok';
    await clock.advance(60_000);
    expect(outbox.status().held).toBe(0);
  });

  test('gives up what is too large for the broker, counts it, and goes on at once', async () => {
    const { link, outbox, forwarder, append, sent } = setUp();
    link.respond = ({ payload }) => (JSON.parse(payload).seq === 2 ? 'link/too-large' : 'ok');
    link.connect();
    append(4);
    await settle();
    expect(sent()).toEqual([1, 2, 3, 4]);
    expect(outbox.status().held).toBe(0);
    expect(forwarder.status()).toEqual({ refused: 1, fault: null });
  });

  test('keeps what is too large while another broker may take it, and sends the others meanwhile', async () => {
    const { link, clock, outbox, forwarder, append, sent } = setUp();
    link.respond = ({ topic, payload }) => (topic === TOPIC && JSON.parse(payload).seq === 2 ? 'link/too-large' : 'ok');
    link.elsewhere = true;
    link.connect();
    append(2);
    outbox.append({ seq: 3, device: 'other', payload: '{"seq":3}' });
    forwarder.pump();
    await settle();
    expect(link.payloads('fieldward/gw/other/readings')).toHaveLength(1);
    expect(outbox.status().held).toBeGreaterThan(0);
    expect(forwarder.status()).toMatchObject({ refused: 0, fault: { code: 'link/too-large' } });
    await clock.advance(600_000);
    // ever more slowly: a minute at the most
    expect(sent().length).toBeLessThan(25);
    link.disconnect();
    link.respond = () => 'ok';
    link.connect();
    await clock.advance(120_000);
    expect(sent().at(-1)).toBe(2);
    expect(outbox.status().held).toBe(0);
    expect(forwarder.status()).toEqual({ refused: 0, fault: null });
  });

  test('gives it up once no broker has room, and then goes on as before', async () => {
    const { link, clock, outbox, forwarder, append, sent } = setUp();
    link.respond = ({ payload }) => (JSON.parse(payload).seq === 2 ? 'link/too-large' : 'ok');
    link.elsewhere = true;
    link.connect();
    append(4);
    await clock.advance(5000);
    expect(outbox.status().held).toBe(3);
    link.elsewhere = false;
    await clock.advance(120_000);
    expect(outbox.status().held).toBe(0);
    expect(forwarder.status()).toEqual({ refused: 1, fault: null });
    expect(new Set(sent())).toEqual(new Set([1, 2, 3, 4]));
    append(10);
    await settle();
    expect(sent().slice(-10)).toEqual(range(5, 14));
  });

  test('begins anew after a mistake of its own, told and after a pause, and loses nothing', async () => {
    const { link, clock, outbox, append, sent } = setUp();
    link.connect();
    append(2);
    await settle();
    let mistakes = 2;
    const peek = outbox.peek.bind(outbox);
    outbox.peek = (count, from) => {
      if (mistakes-- > 0) throw new TypeError('x');
      return peek(count, from);
    };
    append(3);
    append(3);
    await settle();
    expect(sent()).toEqual([1, 2]);
    await clock.advance(1000);
    append(1);
    expect(sent()).toEqual([1, 2]);
    await clock.advance(2000);
    expect(new Set(sent())).toEqual(new Set(range(1, 9)));
    await settle();
    expect(outbox.status().held).toBe(0);
  });

  test('keeps a large reading over which the connection ends again and again: the link finds out whether it is guilty', async () => {
    const { link, outbox, forwarder, append } = setUp();
    link.respond = () => 'hold';
    append(1, 10_000);
    for (let ended = 0; ended < 20; ended += 1) {
      link.connect();
      await settle();
      link.disconnect();
      await settle();
    }
    expect(forwarder.status().refused).toBe(0);
    expect(outbox.status().held).toBe(1);
  });

  test('drains before the stop, as long as the broker is there and the signal allows', async () => {
    const { link, outbox, forwarder, append } = setUp();
    link.respond = () => 'hold';
    link.connect();
    append(3);
    let drained = false;
    const draining = forwarder.drain(new AbortController().signal).then(() => {
      drained = true;
    });
    await settle();
    expect(drained).toBe(false);
    link.acknowledge();
    await draining;
    expect(outbox.status().held).toBe(0);
    append(1);
    const limit = new AbortController();
    const second = forwarder.drain(limit.signal);
    limit.abort();
    await second;
    const third = forwarder.drain(new AbortController().signal);
    link.disconnect();
    await third;
    forwarder.stop();
    link.connect();
    expect(link.inFlight).toBe(0);
  });

  test('loses nothing, keeps the order and repeats only what was not acknowledged, whatever the broker does', async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 8 }) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('toggle' as const) }) },
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant('answer' as const),
          index: fc.nat(40),
          code: fc.constantFrom<(FaultCode | undefined)[]>(
            undefined,
            undefined,
            undefined,
            'link/denied',
            'link/rejected',
          ),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.constantFrom(1, 5, 20, 100), async (steps, window) => {
        const { link, clock, outbox, append } = setUp();
        const accepted: number[] = [];
        const seqOf = (payload: string) => JSON.parse(payload).seq as number;
        link.respond = () => 'hold';
        const answer = (index: number, code?: FaultCode) => {
          const message = link.held[index];
          if (message === undefined) return;
          if (code === undefined) {
            expect(accepted).not.toContain(seqOf(message.payload));
            accepted.push(seqOf(message.payload));
          }
          link.acknowledgeAt(index, code);
        };
        let last = 0;
        for (const action of steps) {
          if (action.do === 'append') {
            append(action.count);
            last += action.count;
          } else if (action.do === 'toggle') {
            if (link.connected) link.disconnect();
            else link.connect(window);
          } else if (action.do === 'answer') {
            answer(action.index % Math.max(1, link.inFlight), action.code);
          } else {
            await clock.advance(60_000);
          }
          await settle();
          const inOrder = link.held.map(({ payload }) => seqOf(payload));
          expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
        }
        if (!link.connected) link.connect(window);
        for (let round = 0; outbox.status().held > 0 && round < 1000; round += 1) {
          while (link.inFlight > 0) {
            answer(0);
            await settle();
          }
          await clock.advance(60_000);
        }
        expect(accepted.sort((a, b) => a - b)).toEqual(range(1, last));
        expect(outbox.status().held).toBe(0);
        expect(link.inFlight).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
