import { describe, expect, test } from 'vitest';
import { Supervisor } from '../../../agent/clock/supervisor.ts';
import type { Convention, Message } from '../../../agent/convention/convention.ts';
import { Publisher, type Speaker } from '../../../agent/convention/publisher.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { FakeLink } from '../../support/fake-link.ts';

const message = (topic: string, more: Partial<Message> = {}): Message => ({
  ...{ topic, payload: 'x', qos: 1, retain: true },
  ...more,
});

/** Says `one` and `two` on each connection, and anew on `hub/status`. */
const convention: Convention = {
  name: 'home-assistant',
  subscriptions: ['hub/status'],
  *births() {
    yield message('one');
    yield message('two', { after: milliseconds(500) });
  },
  *changed(change) {
    if (change.kind === 'status') yield* [message('a'), message('b')];
  },
  heard: ({ payload }) => (new TextDecoder().decode(payload) === 'online' ? 'births' : undefined),
};

function setUp(more: Partial<Speaker> = {}) {
  const link = new FakeLink();
  const clock = new FakeClock();
  const warned: string[] = [];
  const log = { ...silentLog, warn: (event: string) => void warned.push(event) };
  const publisher = new Publisher({
    ...{ link, clock, log, random: () => 0.5, supervisor: new Supervisor({ clock, log }) },
    plant: { gateway: 'gw', devices: [] },
    speakers: [{ convention, ...more }],
  });
  link.start();
  const topics = () => link.published.map(({ topic }) => topic);
  const hear = (payload: string) => link.deliver({ topic: 'hub/status', payload: new TextEncoder().encode(payload) });
  return { link, clock, publisher, warned, topics, hear };
}

const never = new AbortController().signal;

describe('the births of a convention', () => {
  test('are said one after the other on each connection, with the rests that it wants', async () => {
    const { link, clock, topics } = setUp();
    link.respond = ({ topic }) => (topic === 'one' ? 'hold' : 'ok');
    link.connect();
    await clock.advance(10_000);
    expect(topics()).toEqual(['one']);
    link.acknowledge();
    await settle();
    await clock.advance(499);
    expect(topics()).toEqual(['one']);
    await clock.advance(1);
    expect(topics()).toEqual(['one', 'two']);
    link.disconnect();
    link.respond = () => 'ok';
    link.connect();
    await clock.advance(500);
    expect(topics()).toEqual(['one', 'two', 'one', 'two']);
  });

  test('wait for a part of the jitter, and keep a pace', async () => {
    const { link, clock, topics } = setUp({ jitter: milliseconds(2000), pace: milliseconds(50) });
    link.connect();
    await clock.advance(1049);
    expect(topics()).toEqual([]);
    await clock.advance(1);
    expect(topics()).toEqual(['one']);
  });

  test('are said again when they are asked for, once for all that ask in the meantime, and `born` is told each time', async () => {
    const rounds: number[] = [];
    const { link, clock, topics, hear } = setUp({ born: () => void rounds.push(topics().length) });
    link.connect();
    await clock.advance(500);
    hear('offline');
    await clock.advance(500);
    expect(topics()).toHaveLength(2);
    for (let times = 0; times < 5; times += 1) hear('online');
    await clock.advance(2000);
    expect(topics()).toHaveLength(6);
    expect(rounds).toEqual([2, 4, 6]);
  });

  test('that the broker denies are told once, and the others are said', async () => {
    const { link, clock, publisher, topics, warned, hear } = setUp();
    link.respond = ({ topic }) => (topic === 'one' ? 'link/denied' : 'ok');
    link.connect();
    await clock.advance(500);
    hear('online');
    await clock.advance(500);
    expect(topics()).toEqual(['one', 'two', 'one', 'two']);
    expect(warned).toEqual(['convention not announced']);
    expect(publisher.faultOf('home-assistant')?.code).toBe('link/denied');
    link.respond = () => 'ok';
    hear('online');
    await clock.advance(500);
    expect(publisher.faultOf('home-assistant')).toBeNull();
  });

  test('end with the connection, and with the agent', async () => {
    const { link, clock, publisher, topics, warned } = setUp({ jitter: milliseconds(2000) });
    link.connect();
    link.disconnect();
    await clock.advance(5000);
    expect(topics()).toEqual([]);
    link.connect();
    publisher.stop();
    await clock.advance(5000);
    expect([topics(), warned, clock.pending]).toEqual([[], [], 0]);
  });
});

test('a change is told in all its messages though the first is not taken, and the fault comes to the teller', async () => {
  const { link, clock, publisher, topics } = setUp();
  link.connect();
  await clock.advance(500);
  link.published.length = 0;
  link.respond = ({ topic }) => (topic === 'a' ? 'link/too-large' : 'ok');
  const told = publisher.tell({ kind: 'status', text: '{}' }, never);
  await expect(told).rejects.toMatchObject({ code: 'link/too-large' });
  expect(topics()).toEqual(['a', 'b']);
});
