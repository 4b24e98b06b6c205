import { expect, it } from 'vitest';
import { TappedPort } from '../../../agent/capture/tapped-port.ts';
import { type WireEvent, WireTap } from '../../../agent/capture/wire-tap.ts';
import type { PacedWriter } from '../../../drivers/contract/port.ts';
import { FakePort } from '../../support/fake-port.ts';

const signal = new AbortController().signal;

function tappedFor(inner: FakePort) {
  const events: [string, number, ...string[]][] = [];
  const tap = new WireTap();
  let now = 0;
  const listener = (event: WireEvent) =>
    void events.push([event.kind, event.at, ...('bytes' in event ? [Buffer.from(event.bytes).toString('hex')] : [])]);
  tap.add(listener);
  const port = new TappedPort(inner, tap, () => {
    now += 1;
    return now;
  });
  return { events, tap, port, listener };
}

it('tells both directions, the opening and the end, and hands everything on', async () => {
  const inner = new FakePort();
  const { events, port } = tappedFor(inner);
  const heard: string[] = [];
  await port.open({ bytes: (chunk) => heard.push(Buffer.from(chunk).toString('hex')), lost: () => undefined }, signal);
  await port.write(Uint8Array.of(1, 2), signal);
  inner.feed(Uint8Array.of(3));
  await port.close();
  expect(inner.written.map((each) => [...each])).toEqual([[1, 2]]);
  expect(heard).toEqual(['03']);
  expect(events).toEqual([
    ['opened', 1],
    ['sent', 2, '0102'],
    ['received', 3, '03'],
    ['closed', 4],
  ]);
});

it('tells a request that waits for its instant once it is out, and never one that was called back', async () => {
  const inner = new FakePort();
  let sentAt: number | undefined;
  const writer: PacedWriter = {
    ready: true,
    send: () => {
      sentAt = undefined;
    },
    get sentAt() {
      return sentAt;
    },
    cancel: () => sentAt === undefined,
    release: () => undefined,
  };
  Object.defineProperty(inner, 'paced', { get: () => writer });
  const { events, port, tap } = tappedFor(inner);
  await port.open({ bytes: () => undefined, lost: () => undefined }, signal);
  const told = () => events.filter(([kind]) => kind === 'sent');
  expect(port.paced).toBe(port.paced);
  port.paced?.send(Uint8Array.of(1), 100);
  expect(port.paced?.cancel()).toBe(true);
  port.paced?.send(Uint8Array.of(2), 200);
  tap.settle();
  expect(told()).toEqual([]);
  sentAt = 200.5;
  inner.feed(Uint8Array.of(9));
  expect(told()).toEqual([['sent', 200.5, '02']]);
  port.paced?.send(Uint8Array.of(3), 300);
  sentAt = 300.5;
  tap.settle();
  expect(told().at(-1)).toEqual(['sent', 300.5, '03']);
  expect(events.findIndex(([kind]) => kind === 'sent')).toBeLessThan(events.findIndex(([kind]) => kind === 'received'));
});
