import { describe, expect, test } from 'vitest';
import { Fieldward } from '../../../../agent/convention/fieldward.ts';
import { Topics } from '../../../../agent/link/topics.ts';
import { silentLog } from '../../../../agent/log/log.ts';
import { Forwarder } from '../../../../agent/telemetry/forwarder/forwarder.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeLink, type TextMessage } from '../../../support/fake-link.ts';
import { PatchyOutbox } from './patchy-outbox.ts';

/** A way to the broker on which an answer takes a second: 16 readings a second, where the flood sends a hundred. */
const ANSWER = 1000;
const WINDOW = 20;

interface Seen {
  readonly device: string;
  readonly seq: number;
  readonly backfill: boolean;
  /** From when it was taken into the outbox to the broker's answer. */
  readonly late: number;
}

function setUp() {
  const link = new FakeLink();
  const clock = new FakeClock();
  const outbox = new PatchyOutbox(50_000_000, clock);
  const topics = new Topics('fieldward', 'gw');
  const told: string[] = [];
  const log = { ...silentLog, error: (event: string) => void told.push(event) };
  const forwarder = new Forwarder({
    outbox,
    link,
    convention: new Fieldward(topics),
    clock,
    log,
    random: () => 1,
    backfillPerS: 2000,
  });
  outbox.onReadable(() => forwarder.pump());
  let last = 0;
  const takenAt = new Map<number, number>();
  link.listen({
    connected: () => forwarder.connected(last),
    disconnected: () => forwarder.disconnected(),
  });
  link.start();
  const seen: Seen[] = [];
  link.respond = (message: TextMessage) => {
    const { seq, backfill } = JSON.parse(message.payload);
    clock.at(clock.now() + ANSWER, () => {
      const index = link.held.indexOf(message);
      if (index < 0) return;
      const device = message.topic.split('/')[2] ?? '';
      seen.push({ device, seq, backfill, late: clock.now() - (takenAt.get(seq) ?? 0) });
      link.acknowledgeAt(index);
    });
    return 'hold';
  };
  const append = (device: string) => {
    last += 1;
    takenAt.set(last, clock.now());
    outbox.append({ seq: last, device, payload: `{"seq":${last}}` });
    forwarder.pump();
  };
  /** So many seconds in which the plant sends a reading of each device and the flood a hundred. */
  const run = async (seconds: number, floods: readonly string[], devices: readonly string[] = ['scale', 'meter']) => {
    for (let hundredth = 0; hundredth < seconds * 100; hundredth += 1) {
      if (hundredth % 100 === 0) for (const device of devices) append(device);
      for (const flood of floods) append(flood);
      await clock.advance(10);
    }
  };
  const drained = async () => {
    for (let second = 0; outbox.status().held > 0; second += 1) {
      if (second > 2000) throw new Error('it never was sent');
      await clock.advance(1000);
    }
  };
  const ofDevice = (device: string) => seen.filter((each) => each.device === device);
  return { link, clock, outbox, forwarder, append, run, drained, seen, ofDevice, told, numbers: () => last };
}

const inOrder = (seqs: readonly number[]) => expect(seqs).toEqual(seqs.toSorted((one, other) => one - other));

describe('a device that sends more than the broker takes', () => {
  test('does not make the live readings of the others wait, and loses none of its own', async () => {
    const all = setUp();
    all.link.connect(WINDOW);
    await all.run(60, ['flood']);
    for (const device of ['scale', 'meter']) {
      expect(all.ofDevice(device).length).toBeGreaterThanOrEqual(57);
      expect(Math.max(...all.ofDevice(device).map(({ late }) => late))).toBeLessThan(4000);
    }
    expect(all.link.mostInFlight).toBeLessThanOrEqual(WINDOW - 4);
    await all.drained();
    const seqs = all.seen.map(({ seq }) => seq);
    expect(seqs.toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: all.numbers() }, (_, index) => index + 1),
    );
    for (const device of ['scale', 'meter', 'flood']) inOrder(all.ofDevice(device).map(({ seq }) => seq));
    expect(all.seen.filter(({ backfill }) => backfill)).toEqual([]);
    await all.clock.advance(2000);
    expect(all.clock.pending).toBe(0);
  });

  test('goes with all others again once it is quiet, and yields again when it floods again', async () => {
    const all = setUp();
    all.link.connect(WINDOW);
    for (let round = 0; round < 3; round += 1) {
      await all.run(10, ['flood']);
      await all.drained();
      await all.run(5, []);
    }
    await all.drained();
    const seqs = all.seen.map(({ seq }) => seq);
    expect(new Set(seqs).size).toBe(all.numbers());
    expect(seqs).toHaveLength(all.numbers());
    expect(Math.max(...all.ofDevice('scale').map(({ late }) => late))).toBeLessThan(4000);
  });

  test('yields also where the broker was away meanwhile: nothing is lost, and each is in order', async () => {
    const all = setUp();
    all.outbox.inMemory = 50;
    all.link.connect(WINDOW);
    await all.run(10, ['flood']);
    all.link.disconnect();
    await all.run(5, ['flood']);
    const from = all.numbers();
    all.link.connect(WINDOW);
    await all.run(30, ['flood']);
    const live = all.ofDevice('scale').filter(({ seq }) => seq > from);
    expect(live.length).toBeGreaterThanOrEqual(27);
    expect(Math.max(...live.map(({ late }) => late))).toBeLessThan(5000);
    await all.drained();
    expect(new Set(all.seen.map(({ seq }) => seq)).size).toBe(all.numbers());
  });

  test('beside others that do the same: each is sent, and the quiet ones wait for none', async () => {
    const all = setUp();
    all.link.connect(WINDOW);
    await all.run(40, ['flood', 'torrent']);
    expect(Math.max(...all.ofDevice('scale').map(({ late }) => late))).toBeLessThan(5000);
    expect(all.ofDevice('flood').length).toBeGreaterThan(100);
    expect(all.ofDevice('torrent').length).toBeGreaterThan(100);
  });

  test('is tried slowly if the broker denies it as well, and told once', async () => {
    const all = setUp();
    all.link.connect(WINDOW);
    await all.run(10, ['flood']);
    const answer = all.link.respond;
    all.link.respond = (message) => (message.topic.includes('flood') ? 'link/denied' : answer(message));
    await all.run(20, ['flood']);
    expect(all.told).toEqual(['broker refuses readings']);
    expect(all.forwarder.status().fault?.code).toBe('link/denied');
    expect(Math.max(...all.ofDevice('meter').map(({ late }) => late))).toBeLessThan(4000);
    all.link.respond = answer;
    await all.drained();
    expect(new Set(all.seen.map(({ seq }) => seq)).size).toBe(all.numbers());
  });

  test('has the whole window where it is alone', async () => {
    const all = setUp();
    all.link.connect(WINDOW);
    await all.run(10, ['flood'], []);
    expect(all.link.inFlight).toBe(WINDOW - 4);
  });

  test('yields to the others also where one reading goes at a time', async () => {
    const all = setUp();
    all.link.connect(1);
    await all.run(40, ['flood'], ['scale']);
    // the reading that is under way, and its own
    expect(
      Math.max(
        ...all
          .ofDevice('scale')
          .slice(-10)
          .map(({ late }) => late),
      ),
    ).toBeLessThan(4000);
    expect(all.link.mostInFlight).toBe(1);
  });
});
