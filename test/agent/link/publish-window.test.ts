import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Acknowledged } from '../../../agent/link/mqtt-connection.ts';
import { LONGEST_QUEUE, PublishWindow } from '../../../agent/link/publish-window.ts';
import { Fault } from '../../../drivers/contract/fault.ts';

const never = new AbortController().signal;
const message = (topic: string) => ({ topic, payload: '{}', qos: 1, retain: false }) as const;

function setUp(limit: number) {
  const sent: { topic: string; done: Acknowledged }[] = [];
  let now = 0;
  const window = new PublishWindow(
    limit,
    () => now,
    ({ topic }, done) => sent.push({ topic, done }),
  );
  const told: string[] = [];
  const publish = (topic: string, signal = never) =>
    window.publish(message(topic), signal, (fault) => told.push(`${topic}: ${fault?.code ?? 'ok'}`));
  return { window, sent, told, publish, pass: (span: number) => (now += span) };
}

describe('the window of unacknowledged messages', () => {
  test('holds back what the broker does not allow yet, in order', () => {
    const { sent, told, publish } = setUp(2);
    for (const topic of ['a', 'b', 'c', 'd']) publish(topic);
    expect(sent.map(({ topic }) => topic)).toEqual(['a', 'b']);
    sent[1]?.done(undefined);
    expect(sent.map(({ topic }) => topic)).toEqual(['a', 'b', 'c']);
    sent[0]?.done(new Fault('link/denied'));
    sent[0]?.done(undefined);
    expect(told).toEqual(['b: ok', 'a: link/denied']);
    expect(sent).toHaveLength(4);
  });

  test('at the end of the connection tells what may have arrived from what was never sent', () => {
    const { window, sent, told, publish } = setUp(1);
    publish('a');
    publish('b');
    window.close(new Fault('link/lost'));
    publish('c');
    sent[0]?.done(undefined);
    expect(told).toEqual(['a: link/lost', 'b: link/not-connected', 'c: link/not-connected']);
    expect(sent).toHaveLength(1);
  });

  test('gives up what is cancelled, but keeps its place until the broker has spoken', () => {
    const { sent, told, publish } = setUp(1);
    const first = new AbortController();
    const second = new AbortController();
    publish('a', first.signal);
    publish('b', second.signal);
    publish('c');
    second.abort();
    first.abort();
    expect(told).toEqual(['b: internal/cancelled', 'a: internal/cancelled']);
    expect(sent.map(({ topic }) => topic)).toEqual(['a']);
    sent[0]?.done(undefined);
    expect(sent.map(({ topic }) => topic)).toEqual(['a', 'c']);
    expect(told).toHaveLength(2);
  });

  test('hangs one listener on a signal, however many messages there are, and takes it off after the last', () => {
    const { sent, publish } = setUp(2);
    const { signal } = new AbortController();
    for (let count = 0; count < 50; count += 1) publish('a', signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    for (let index = 0; index < 50; index += 1) sent[index]?.done(undefined);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('refuses what would make its line too long', () => {
    const { told, publish } = setUp(1);
    for (let count = 0; count <= LONGEST_QUEUE + 1; count += 1) publish('a');
    expect(told).toEqual(['a: link/congested']);
  });

  test('knows how long the oldest has waited', () => {
    const { window, sent, publish, pass } = setUp(5);
    expect(window.oldestWait()).toBe(0);
    publish('a');
    pass(10);
    publish('b');
    pass(5);
    expect(window.oldestWait()).toBe(15);
    sent[0]?.done(undefined);
    expect(window.oldestWait()).toBe(5);
  });

  test('settles everything once and never exceeds the limit, in any order of answers', () => {
    const step = fc.oneof(fc.constant('publish'), fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 80 }), (limit, steps) => {
        const { window, sent, told, publish } = setUp(limit);
        let published = 0;
        const answered = new Set<number>();
        for (const action of steps) {
          if (typeof action === 'string') {
            published += 1;
            publish(`m${published}`);
          } else {
            const open = sent.map((_, index) => index).filter((index) => !answered.has(index));
            const index = open[action % Math.max(1, open.length)];
            if (index === undefined) continue;
            answered.add(index);
            sent[index]?.done(undefined);
          }
          expect(sent.length - answered.size).toBeLessThanOrEqual(limit);
        }
        window.close(new Fault('link/lost'));
        expect(told).toHaveLength(published);
        expect(sent.map(({ topic }) => topic)).toEqual(sent.map((_, index) => `m${index + 1}`));
      }),
    );
  });
});
