import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { LONGEST_QUEUE, PublishWindow } from '../../../../agent/link/connection/publish-window.ts';
import type { Acknowledged } from '../../../../agent/link/connection/terms.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';

const message = (topic: string, size = 2, retain = false) =>
  ({ topic, payload: 'x'.repeat(size), qos: 1, retain }) as const;

function setUp(limit: number) {
  const sent: { topic: string; size: number; done: Acknowledged }[] = [];
  const never = new AbortController().signal;
  let now = 0;
  const wary = new Set<string>();
  const most = { size: 1000, inOrder: false };
  const window = new PublishWindow({
    limit,
    now: () => now,
    send: ({ topic, payload }, done) => sent.push({ topic, size: payload.length, done }),
    sizeOf: ({ payload }) => payload.length,
    goesAlone: ({ topic }, size) => wary.has(topic) || size > most.size,
    inOrder: () => most.inOrder,
  });
  const told: string[] = [];
  const publish = (topic: string, signal = never) =>
    window.publish(message(topic), signal, (fault) => told.push(`${topic}: ${fault?.code ?? 'ok'}`));
  const large = (topic: string, size: number, retain = false) => {
    window.publish(message(topic, size, retain), never, (fault) => told.push(`${topic}: ${fault?.code ?? 'ok'}`));
  };
  return { window, sent, told, publish, large, wary, most, pass: (span: number) => (now += span) };
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

  test('hangs one listener on a signal, however many messages come and go, and leaves none at the end', () => {
    const { window, sent, publish } = setUp(2);
    const { signal } = new AbortController();
    const listen = vi.spyOn(signal, 'addEventListener');
    for (let count = 0; count < 50; count += 1) publish('a', signal);
    for (let index = 0; index < 50; index += 1) sent[index]?.done(undefined);
    publish('a', signal);
    sent[50]?.done(undefined);
    expect(listen).toHaveBeenCalledTimes(1);
    window.close(new Fault('link/lost'));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('leaves no listener on a signal of which nothing hangs once another comes, or once it is aborted', () => {
    const { sent, publish } = setUp(2);
    const [first, second] = [new AbortController(), new AbortController()];
    publish('a', first.signal);
    sent[0]?.done(undefined);
    publish('b', second.signal);
    expect(getEventListeners(first.signal, 'abort')).toHaveLength(0);
    second.abort();
    expect(getEventListeners(second.signal, 'abort')).toHaveLength(0);
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

  test('lets what must go alone go after the others, alone, the smallest first', () => {
    const { sent, large, publish, wary } = setUp(2);
    publish('a');
    large('y', 3000);
    large('x', 2000);
    publish('b');
    publish('c');
    const order = () => sent.map(({ topic }) => topic).join('');
    expect(order()).toBe('ab');
    sent[0]?.done(undefined);
    sent[1]?.done(undefined);
    expect(order()).toBe('abc');
    sent[2]?.done(undefined);
    expect(order()).toBe('abcx');
    publish('d');
    expect(order()).toBe('abcx');
    sent[3]?.done(undefined);
    expect(order()).toBe('abcxd');
    wary.clear();
    sent[4]?.done(undefined);
    expect(order()).toBe('abcxdy');
  });

  test('lets nothing pass what must go alone, where the order counts', () => {
    const { sent, large, publish, most, pass } = setUp(5);
    most.inOrder = true;
    publish('a');
    large('y', 3000);
    large('x', 2000, true);
    publish('b');
    large('z', 2500);
    publish('c');
    const order = () => sent.map(({ topic }) => topic).join('');
    pass(5000);
    expect(order()).toBe('a');
    sent[0]?.done(undefined);
    expect(order()).toBe('ay');
    most.size = 2200;
    sent[1]?.done(undefined);
    expect(order()).toBe('ayxb');
    publish('d');
    sent[2]?.done(undefined);
    expect(order()).toBe('ayxb');
    sent[3]?.done(undefined);
    expect(order()).toBe('ayxbz');
    sent[4]?.done(undefined);
    expect(order()).toBe('ayxbzcd');
  });

  test('lets what waited for its turn go all the same, however many others come', () => {
    const { sent, large, publish, pass } = setUp(2);
    for (let count = 0; count < 5; count += 1) publish('b');
    large('x', 2000);
    // one more for each that is answered: the line of the others is never empty
    for (let at = 0; at < 100 && sent.at(-1)?.topic !== 'x'; at += 1) {
      publish('b');
      pass(100);
      sent[at]?.done(undefined);
    }
    expect(sent.at(-1)?.topic).toBe('x');
    expect(sent.length).toBeLessThan(15);
  });

  test('sends together again what is found to be harmless', () => {
    const { sent, large, most } = setUp(5);
    for (const size of [2000, 3000, 4000, 5000]) large('a', size);
    expect(sent.map(({ size }) => size)).toEqual([2000]);
    most.size = 4000;
    sent[0]?.done(undefined);
    expect(sent.map(({ size }) => size)).toEqual([2000, 3000, 4000]);
  });

  test('never lets a retained message pass an older one of its topic: the last one stays', () => {
    const { sent, large, most } = setUp(5);
    large('first', 1500);
    large('state', 3000, true);
    large('state', 10, true);
    large('state', 2000, true);
    large('other', 10, true);
    large('reading', 2500);
    large('reading', 2400);
    const taken: string[] = [];
    for (let at = 0; at < sent.length; at += 1) {
      const { topic, size, done } = sent[at] ?? { topic: '', size: 0, done: () => {} };
      taken.push(`${topic} ${size}`);
      most.size = Math.max(most.size, size);
      done(undefined);
    }
    expect(taken.filter((each) => each.startsWith('state'))).toEqual(['state 3000', 'state 10', 'state 2000']);
    expect(taken.indexOf('other 10')).toBeLessThan(taken.indexOf('state 3000'));
    expect(taken.filter((each) => each.startsWith('reading'))).toEqual(['reading 2400', 'reading 2500']);
  });

  test('sends nothing while it is held', () => {
    const { window, sent, publish } = setUp(2);
    window.hold();
    publish('a');
    expect(sent).toEqual([]);
    window.go();
    expect(sent).toHaveLength(1);
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
