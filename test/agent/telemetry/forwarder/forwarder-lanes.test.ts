import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fieldward } from '../../../../agent/convention/fieldward.ts';
import { Topics } from '../../../../agent/link/topics.ts';
import { silentLog } from '../../../../agent/log/log.ts';
import { Forwarder } from '../../../../agent/telemetry/forwarder/forwarder.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';
import { FakeLink, type TextMessage } from '../../../support/fake-link.ts';
import { PatchyOutbox } from './patchy-outbox.ts';

const DEVICES = ['a', 'b', 'c'];

function setUp({ backfillPerS = 2000, maxBytes = 50_000_000 } = {}) {
  const link = new FakeLink();
  const clock = new FakeClock();
  const outbox = new PatchyOutbox(maxBytes, clock);
  const topics = new Topics('fieldward', 'gw');
  const told: string[] = [];
  const log = {
    ...silentLog,
    error: (event: string, facts?: object) => void told.push(`${event} ${facts && Object.values(facts)[0]}`),
  };
  const forwarder = new Forwarder({
    outbox,
    link,
    convention: new Fieldward(topics),
    clock,
    log,
    random: () => 1,
    backfillPerS,
  });
  outbox.onReadable(() => forwarder.pump());
  let last = 0;
  link.listen({
    connected: () => forwarder.connected(last),
    disconnected: () => forwarder.disconnected(),
  });
  link.start();
  const append = (count = 1, device = 'a') => {
    for (let index = 0; index < count; index += 1) {
      last += 1;
      outbox.append({ seq: last, device, payload: `{"seq":${last}}` });
      forwarder.pump();
    }
    return last;
  };
  return { link, clock, outbox, forwarder, append, told };
}

const deviceOf = ({ topic }: TextMessage) => topic.split('/')[2] ?? '';
const readingOf = ({ payload }: TextMessage): { seq: number; backfill: boolean } => JSON.parse(payload);
const seqOf = (message: TextMessage) => readingOf(message).seq;
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const inOrder = (seqs: readonly number[]) => expect(seqs).toEqual(seqs.toSorted((one, other) => one - other));

/** Acknowledges everything the given time after it was sent. */
function answersAfter(link: FakeLink, clock: FakeClock, delay: number, taken = (_: TextMessage) => {}) {
  link.respond = (message) => {
    clock.at(clock.now() + delay, () => {
      const index = link.held.indexOf(message);
      if (index < 0) return;
      taken(message);
      link.acknowledgeAt(index);
    });
    return 'hold';
  };
}

describe('live readings and the backlog', () => {
  test('the backlog is sent at no more than its rate, and live readings are not counted', async () => {
    const { link, clock, outbox, append } = setUp({ backfillPerS: 100 });
    append(500);
    link.connect(1000);
    for (let tenth = 1; tenth <= 30; tenth += 1) {
      await clock.advance(100);
      expect(link.published.length).toBeLessThanOrEqual(10 + tenth * 10);
    }
    expect(link.published.length).toBeGreaterThan(280);
    append(200, 'b');
    expect(link.published.filter((each) => !readingOf(each).backfill).length).toBe(0);
    await clock.advance(1000);
    expect(link.published.filter((each) => !readingOf(each).backfill).map(seqOf)).toEqual(range(501, 700));
    await clock.advance(3000);
    expect(outbox.status().held).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test('a live reading goes last for a second, then beside the backlog, and first from then on', async () => {
    const { link, clock, append } = setUp({ backfillPerS: 10 });
    append(100);
    link.connect();
    append();
    await clock.advance(999);
    expect(link.published.map(seqOf)).not.toContain(101);
    await clock.advance(1);
    expect(link.published.map(seqOf)).toContain(101);
    const seq = append();
    expect(seqOf(link.published.at(-1) as TextMessage)).toBe(seq);
  });

  test('once the backlog is sent, all goes in one order again, and nothing twice', async () => {
    const { link, clock, outbox, append } = setUp({ backfillPerS: 100 });
    append(300);
    link.connect();
    for (let count = 0; count < 50; count += 1) {
      append(1, 'b');
      await clock.advance(100);
    }
    expect(outbox.status().held).toBe(0);
    const seqs = link.published.map(seqOf);
    expect(seqs.toSorted((one, other) => one - other)).toEqual(range(1, 350));
    inOrder(link.published.filter((each) => readingOf(each).backfill).map(seqOf));
    inOrder(link.published.filter((each) => !readingOf(each).backfill).map(seqOf));
    expect(link.published.filter((each) => readingOf(each).backfill).length).toBe(300);
  });

  test.each([
    [0, 20],
    [40, 20],
    [10, 5],
    [300, 100],
  ])(
    'no live reading is two seconds late while a backlog on disk drains, answers taking %i ms, window %i',
    async (delay, window) => {
      const { link, clock, outbox, append } = setUp({ backfillPerS: 3000 });
      const late: number[] = [];
      const appendedAt = new Map<number, number>();
      append(20_000);
      outbox.inMemory = 200;
      answersAfter(link, clock, delay, (message) => {
        const at = appendedAt.get(seqOf(message));
        if (at !== undefined) late.push(clock.now() - at);
      });
      link.connect(window);
      for (let count = 0; count < 200; count += 1) {
        appendedAt.set(append(1, DEVICES[count % 3]), clock.now());
        await clock.advance(25);
      }
      expect(outbox.status().held).toBeGreaterThan(0);
      await clock.advance(500);
      expect(late.length).toBe(200);
      expect(Math.max(...late)).toBeLessThanOrEqual(1050 + 2 * delay);
      expect(link.mostInFlight).toBeLessThanOrEqual(Math.max(1, Math.min(64, window - 4)));
    },
  );

  test('live readings beside a backlog find a place in the window at once', async () => {
    const { link, clock, append } = setUp();
    link.respond = () => 'hold';
    append(1000);
    link.connect();
    append();
    await clock.advance(1000);
    link.acknowledge(12);
    await settle();
    expect(link.inFlight).toBe(12);
    const seq = append(4);
    expect(link.published.slice(-4).map(seqOf)).toEqual(range(seq - 3, seq));
  });

  test('a backlog comes on beside live readings, although these alone would fill the window', async () => {
    const { link, clock, append } = setUp();
    link.respond = () => 'hold';
    append(1000);
    link.connect();
    append();
    await clock.advance(1000);
    append(100);
    const sent: number[] = [];
    for (let round = 0; round < 200; round += 1) {
      append(4);
      link.acknowledge(4);
      await settle();
      sent.push(...link.published.splice(0).map(seqOf));
    }
    // a quarter of what was answered, at the least
    expect(sent.filter((seq) => seq <= 1000).length).toBeGreaterThan(200);
    expect(sent.filter((seq) => seq > 1000).length).toBeGreaterThan(400);
  });

  test('a reading without an answer is never left far behind, not even over many connections', async () => {
    const { link, append } = setUp();
    link.respond = (message) => (seqOf(message) === 1 ? 'hold' : 'ok');
    append(500);
    for (const window of [20, 20, 8, 5, 20]) {
      link.connect(window);
      await settle();
      link.disconnect();
      await settle();
    }
    expect(new Set(link.published.map(seqOf)).size).toBe(16);
    link.respond = () => 'ok';
    link.published.length = 0;
    link.connect();
    await settle();
    expect(new Set(link.published.map(seqOf))).toContain(100);
  });

  test('answers of a connection that has ended mean nothing to the next', async () => {
    const { link, outbox, forwarder, append, told } = setUp();
    link.respond = () => 'hold';
    link.connect();
    append(3);
    link.disconnect();
    link.respond = () => 'ok';
    link.connect();
    await settle();
    expect(link.published.map(seqOf)).toEqual([1, 2, 3, 1, 2, 3]);
    expect(outbox.status().held).toBe(0);
    expect(forwarder.status().fault).toBeNull();
    expect(told).toEqual([]);
  });

  test('outage upon outage during the drain leaves a bounded number of lanes, and loses nothing', async () => {
    const { link, clock, outbox, append } = setUp({ backfillPerS: 20 });
    const taken = new Set<number>();
    outbox.forgets = (through) => {
      for (let seq = through; seq > 0 && taken.size > 0 && seq > through - 50; seq -= 1) expect(taken).toContain(seq);
    };
    append(600);
    answersAfter(link, clock, 10, (message) => void taken.add(seqOf(message)));
    for (let outage = 0; outage < 12; outage += 1) {
      link.connect();
      for (let count = 0; count < 15; count += 1) {
        append(1, 'b');
        await clock.advance(100);
      }
      link.disconnect();
      append(3, 'c');
    }
    expect(link.published.length).toBeLessThan(1200);
    link.connect();
    await clock.advance(120_000);
    expect(taken.size).toBe(600 + 12 * 18);
    expect(outbox.status().held).toBe(0);
    expect(clock.pending).toBe(0);
  });
});

describe('a device that the broker denies', () => {
  test('holds up itself alone, is named once, and follows in order as backfill when it may', async () => {
    const { link, clock, outbox, forwarder, append, told } = setUp();
    let denied = true;
    link.respond = (message) => (denied && deviceOf(message) === 'b' ? 'link/denied' : 'ok');
    link.connect();
    for (let count = 0; count < 50; count += 1) {
      append(1, 'a');
      append(1, 'b');
      await clock.advance(1000);
    }
    expect(link.published.filter((each) => deviceOf(each) === 'a').length).toBe(50);
    expect(link.published.filter((each) => deviceOf(each) === 'b').length).toBeLessThan(9);
    expect(forwarder.status().fault?.code).toBe('link/denied');
    expect(told).toEqual(['broker refuses readings b']);
    expect(outbox.status().held).toBe(99);
    denied = false;
    link.published.length = 0;
    await clock.advance(60_000);
    expect(link.published.map(seqOf)).toEqual(range(1, 50).map((each) => each * 2));
    expect(link.published.every((each) => readingOf(each).backfill)).toBe(true);
    expect(forwarder.status().fault).toBeNull();
    expect(outbox.status().held).toBe(0);
    append(1, 'b');
    expect(readingOf(link.published.at(-1) as TextMessage)).toEqual({ seq: 101, backfill: false });
    expect(clock.pending).toBe(0);
  });

  test('once it may again, what was taken of it is not repeated after an outage', async () => {
    const { link, clock, append } = setUp();
    let denied = true;
    link.respond = (message) => {
      if (deviceOf(message) === 'b') return denied ? 'link/denied' : 'ok';
      return seqOf(message) === 1 ? 'hold' : 'ok';
    };
    link.connect();
    append(1, 'a');
    append(3, 'b');
    await settle();
    denied = false;
    await clock.advance(2000);
    link.disconnect();
    link.published.length = 0;
    link.connect();
    await settle();
    expect(link.published.map(seqOf)).toEqual([1]);
  });

  test('is one of many: beyond eight they wait together, and the others go on', async () => {
    const { link, clock, outbox, append, told } = setUp();
    let denied = true;
    link.respond = (message) => (denied && deviceOf(message) !== 'a' ? 'link/denied' : 'ok');
    link.connect();
    for (let round = 0; round < 20; round += 1) {
      append(1, 'a');
      for (let device = 0; device < 20; device += 1) append(1, `d${device}`);
      await clock.advance(1000);
    }
    expect(link.published.filter((each) => deviceOf(each) === 'a').length).toBe(20);
    expect(told.length).toBe(20);
    // nine lanes: at once, after 1 s, 3 s, 7 s and 15 s; and the first of each that shares one
    expect(link.published.length).toBeLessThanOrEqual(20 + 9 * 5 + 12);
    denied = false;
    await clock.advance(60_000);
    expect(outbox.status().held).toBe(0);
    expect(new Set(link.published.map(seqOf)).size).toBe(20 * 21);
  });

  test('loses nothing of what waited when it is denied again with a new reading', async () => {
    const { link, clock, outbox, append } = setUp({ backfillPerS: 10 });
    const taken = new Set<number>();
    let denied = true;
    link.respond = (message) => {
      if (!denied) taken.add(seqOf(message));
      return denied ? 'link/denied' : 'ok';
    };
    link.connect();
    append(50, 'b');
    await clock.advance(500);
    denied = false;
    await clock.advance(1500);
    expect(taken.size).toBeLessThan(20);
    denied = true;
    append(1, 'b');
    await settle();
    denied = false;
    await clock.advance(20_000);
    expect(taken).toEqual(new Set(range(1, 51)));
    expect(outbox.status().held).toBe(0);
  });

  test('does not hold up what waited for an answer to one of its readings', async () => {
    const { link, clock, outbox, forwarder, append } = setUp();
    link.respond = () => 'hold';
    link.connect();
    append(2, 'b');
    link.acknowledgeAt(0, 'link/rejected');
    await settle();
    append(1, 'a');
    link.acknowledgeAt(0, 'link/denied');
    await settle();
    expect(link.held.map(seqOf)).toEqual([3]);
    link.respond = () => 'ok';
    link.acknowledge();
    await clock.advance(1000);
    expect(outbox.status().held).toBe(0);
    expect(forwarder.status().fault).toBeNull();
  });

  test('does not hold up the stop', async () => {
    const { link, forwarder, append } = setUp();
    link.respond = (message) => (deviceOf(message) === 'b' ? 'link/denied' : 'ok');
    link.connect();
    append(1, 'b');
    append(5, 'a');
    await forwarder.drain(new AbortController().signal);
    expect(link.inFlight).toBe(0);
  });
});

test('nothing is forgotten at whatever moment something else happens', async () => {
  const acts = ['append', 'outage', 'deny', 'reject'] as const;
  for (const act of acts) {
    for (let turns = 0; turns <= 40; turns += 1) {
      const { link, clock, outbox, append } = setUp();
      const taken = new Set<number>();
      let answer: 'ok' | 'link/denied' | 'link/rejected' = 'ok';
      link.respond = (message) => {
        if (answer === 'ok') taken.add(seqOf(message));
        return answer;
      };
      append(20, 'a');
      append(20, 'b');
      link.connect(8);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      if (act === 'append') append(3, 'c');
      if (act === 'outage') {
        link.disconnect();
        append(3, 'c');
        link.connect(5);
      }
      if (act === 'deny') answer = 'link/denied';
      if (act === 'reject') answer = 'link/rejected';
      for (let turn = 0; turn < turns % 7; turn += 1) await Promise.resolve();
      answer = 'ok';
      append(3, 'b');
      await clock.advance(10_000);
      expect(outbox.status().held).toBe(0);
      expect(taken.size).toBe(act === 'append' || act === 'outage' ? 46 : 43);
      expect(link.inFlight).toBe(0);
      expect(clock.pending).toBe(0);
    }
  }
});

test('every reading arrives at least once, in the order of its lane, whatever broker and disk do', async () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('append' as const),
        count: fc.integer({ min: 1, max: 20 }),
        device: fc.constantFrom(...DEVICES),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('toggle' as const) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('answer' as const),
        count: fc.integer({ min: 1, max: 12 }),
        index: fc.nat(40),
        rejected: fc.integer({ min: 0, max: 9 }).map((each) => each === 0),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('allow' as const), device: fc.constantFrom(...DEVICES) }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('wait' as const), time: fc.constantFrom(1, 20, 300, 1100, 70_000) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('disk' as const), inMemory: fc.constantFrom(0, 5, 1000) }) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 80 }),
      fc.constantFrom(1, 6, 20, 100),
      fc.constantFrom(5, 50, 2000),
      async (steps, window, backfillPerS) => {
        const { link, clock, outbox, append } = setUp({ backfillPerS });
        const taken = new Set<number>();
        const denied = new Set<string>();
        let forgotten = 0;
        let last = 0;
        /** Nothing was refused in this connection: then nothing is sent again in it either. */
        let smooth = true;
        link.respond = () => 'hold';
        outbox.forgets = (through) => {
          for (let seq = forgotten + 1; seq <= Math.min(through, last); seq += 1) expect(taken).toContain(seq);
          forgotten = Math.max(forgotten, through);
        };
        const answer = (index: number, rejected: boolean) => {
          const message = link.held[index];
          if (message === undefined) return;
          const refused = denied.has(deviceOf(message)) ? 'link/denied' : rejected ? 'link/rejected' : undefined;
          if (refused === undefined) taken.add(seqOf(message));
          else smooth = false;
          link.acknowledgeAt(index, refused);
        };
        for (const action of steps) {
          if (action.do === 'append') {
            last += action.count;
            append(action.count, action.device);
          } else if (action.do === 'toggle') {
            if (link.connected) link.disconnect();
            else link.connect(window);
            smooth = denied.size === 0;
          } else if (action.do === 'answer') {
            for (let count = 0; count < action.count; count += 1) {
              answer(action.index % Math.max(1, link.inFlight), action.rejected);
              if (count % 3 === 0) await settle();
            }
          } else if (action.do === 'allow') {
            if (!denied.delete(action.device)) denied.add(action.device);
            smooth = false;
          } else if (action.do === 'disk') {
            outbox.inMemory = action.inMemory;
          } else {
            await clock.advance(action.time);
          }
          await settle();
          expect(link.mostInFlight).toBeLessThanOrEqual(Math.max(1, Math.min(64, window - 4)));
          if (smooth) {
            const held = link.held.map(readingOf);
            inOrder(held.filter(({ backfill }) => backfill).map(({ seq }) => seq));
            inOrder(held.filter(({ backfill }) => !backfill).map(({ seq }) => seq));
          }
        }
        denied.clear();
        if (!link.connected) link.connect(window);
        for (let round = 0; outbox.status().held > 0 && round < 3000; round += 1) {
          while (link.inFlight > 0) {
            answer(0, false);
            await settle();
          }
          await clock.advance(round % 100 === 99 ? 60_000 : 1000);
        }
        expect(taken).toEqual(new Set(range(1, last)));
        expect(outbox.status().held).toBe(0);
        expect(link.inFlight).toBe(0);
      },
    ),
    { numRuns: 150 },
  );
});
