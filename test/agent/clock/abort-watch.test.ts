import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { AbortWatch } from '../../../agent/clock/abort-watch.ts';

const listeners = ({ signal }: AbortController) => getEventListeners(signal, 'abort').length;

describe('a watch on signals', () => {
  it('calls all that wait for a signal once, as it is aborted, and nothing that was deleted before', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const watch = new AbortWatch();
    const called: string[] = [];
    const gone = () => called.push('gone');
    watch.add(one.signal, () => called.push('first'));
    watch.add(one.signal, gone);
    watch.add(one.signal, () => called.push('second'));
    watch.add(other.signal, () => called.push('other'));
    watch.delete(one.signal, gone);
    one.abort();
    expect(called).toEqual(['first', 'second']);
    other.abort();
    expect(called).toEqual(['first', 'second', 'other']);
  });

  it('leaves out what another call deletes', () => {
    const ending = new AbortController();
    const watch = new AbortWatch();
    const called: string[] = [];
    const second = () => called.push('second');
    watch.add(ending.signal, () => {
      called.push('first');
      watch.delete(ending.signal, second);
    });
    watch.add(ending.signal, second);
    ending.abort();
    expect(called).toEqual(['first']);
  });

  it('has one listener on a signal, however many calls come and go under it', () => {
    const ending = new AbortController();
    const watch = new AbortWatch();
    for (let turn = 0; turn < 1000; turn++) {
      const call = () => undefined;
      watch.add(ending.signal, call);
      expect(listeners(ending)).toBe(1);
      watch.delete(ending.signal, call);
    }
    expect(listeners(ending)).toBe(1);
  });

  it('leaves a signal as soon as it serves another and nothing waits for that one any more', () => {
    const watch = new AbortWatch();
    const signals = Array.from({ length: 100 }, () => new AbortController());
    const call = () => undefined;
    for (const each of signals) {
      watch.add(each.signal, call);
      watch.delete(each.signal, call);
    }
    expect(signals.map(listeners)).toEqual([...Array.from({ length: 99 }, () => 0), 1]);
  });

  it('leaves nothing when it is cleared', () => {
    const ending = new AbortController();
    const watch = new AbortWatch();
    let called = 0;
    watch.add(ending.signal, () => called++);
    watch.clear();
    expect(listeners(ending)).toBe(0);
    ending.abort();
    expect(called).toBe(0);
  });
});
