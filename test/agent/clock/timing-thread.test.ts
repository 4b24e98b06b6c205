import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { TimingThread } from '../../../agent/clock/timing-thread.ts';
import type { PacedWriter } from '../../../drivers/contract/port.ts';

let folder: string;
let worker: URL;
const descriptors: number[] = [];
const threads: TimingThread[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fieldward-timing-'));
  const outfile = join(folder, 'timing-worker.mjs');
  const entryPoints = [join(import.meta.dirname, '../../../agent/clock/timing-worker.ts')];
  await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'node', logLevel: 'silent' });
  worker = pathToFileURL(outfile);
});
afterEach(async () => {
  for (const thread of threads.splice(0)) await thread.stop();
  for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes land in a file, in order. */
function target(name: string, flags = 'w'): { descriptor: number; content: () => string } {
  const path = join(folder, name);
  if (flags === 'r') writeFileSync(path, '');
  const descriptor = openSync(path, flags);
  descriptors.push(descriptor);
  return { descriptor, content: () => readFileSync(path, 'latin1') };
}

function start(file = worker): { thread: TimingThread; losses: () => number; mistakes: readonly unknown[] } {
  let losses = 0;
  const mistakes: unknown[] = [];
  const lost = () => {
    losses += 1;
  };
  const thread = new TimingThread(file, lost, (thrown) => mistakes.push(thrown));
  threads.push(thread);
  thread.start();
  return { thread, losses: () => losses, mistakes };
}

function claim(
  thread: TimingThread,
  descriptor: number,
  failed: (code: string) => void = () => undefined,
): PacedWriter {
  const writer = thread.claim(descriptor, failed);
  if (writer === undefined) throw new Error('no writer was to be had');
  return writer;
}

const bytes = (text: string) => Buffer.from(text, 'latin1');
const soon = { interval: 2 };
const sent = (writer: PacedWriter) => vi.waitUntil(() => writer.sentAt, soon);

describe('the timing thread', () => {
  it('writes at the instant and never before it', async () => {
    const { thread } = start();
    const { descriptor, content } = target('instants');
    const writer = claim(thread, descriptor);
    await vi.waitUntil(() => writer.ready, soon);
    for (let round = 0; round < 50; round += 1) {
      const at = performance.now() + (round % 7) * 0.7;
      writer.send(bytes(`<${round}>`), at);
      expect(await sent(writer)).toBeGreaterThanOrEqual(at);
    }
    expect(content()).toBe(Array.from({ length: 50 }, (_, round) => `<${round}>`).join(''));
  });

  it('writes at once what is overdue', async () => {
    const { thread } = start();
    const { descriptor, content } = target('overdue');
    const writer = claim(thread, descriptor);
    writer.send(bytes('now'), performance.now() - 50);
    await sent(writer);
    expect(content()).toBe('now');
  });

  it('never writes what was called back, and says so only of that', async () => {
    const { thread } = start();
    const { descriptor, content } = target('cancelled');
    const writer = claim(thread, descriptor);
    await vi.waitUntil(() => writer.ready, soon);
    expect(writer.cancel()).toBe(false);
    writer.send(bytes('a'), performance.now() + 60_000);
    expect(writer.cancel()).toBe(true);
    expect(writer.cancel()).toBe(false);
    writer.send(bytes('b'), performance.now());
    await sent(writer);
    expect(writer.cancel()).toBe(false);
    expect(content()).toBe('b');
  });

  it('serves each writer at its own instant, whatever the order of their asking', async () => {
    const { thread } = start();
    const { descriptor, content } = target('order');
    const writers = ['a', 'b', 'c'].map(() => claim(thread, descriptor));
    await vi.waitUntil(() => writers[0]?.ready, soon);
    for (let inTime = false; !inTime; ) {
      const now = performance.now();
      for (const [index, writer] of writers.entries()) writer.send(bytes('abc'.charAt(index)), now + 30 - index * 10);
      // else the machine was away in between, and the first may be due before the last has asked
      const asked = performance.now() < now + 10;
      const at: number[] = [];
      for (const writer of writers) at.push(await sent(writer));
      // the same where the thread came so late that two were due at once
      inTime = asked && Number(at[2]) < now + 20 && Number(at[1]) < now + 30;
    }
    expect(content().slice(-3)).toBe('cba');
  });

  it('tells what the kernel refuses', async () => {
    const { thread } = start();
    const failed = vi.fn();
    const writer = claim(thread, target('refused', 'r').descriptor, failed);
    writer.send(bytes('x'), performance.now());
    await vi.waitUntil(() => failed.mock.calls.length > 0, soon);
    expect(failed.mock.calls).toEqual([['EBADF']]);
    expect(writer.sentAt).toBeUndefined();
  });

  it('writes nothing more after a release, and gives the place to the next', async () => {
    const { thread } = start();
    const { descriptor, content } = target('released');
    const writers = Array.from({ length: 64 }, () => claim(thread, descriptor));
    expect(thread.claim(descriptor, () => undefined)).toBeUndefined();
    const [first] = writers;
    first?.send(bytes('x'), performance.now() + 60_000);
    first?.release();
    first?.release();
    expect(first?.ready).toBe(false);
    expect(() => first?.send(bytes('x'), 0)).toThrow(expect.objectContaining({ code: 'port/write' }));
    const next = claim(thread, descriptor);
    next.send(bytes('y'), performance.now());
    await sent(next);
    expect(content()).toBe('y');
  });

  it('takes no request that is longer than its place', () => {
    const { thread } = start();
    const writer = claim(thread, target('long').descriptor);
    expect(() => writer.send(new Uint8Array(513), 0)).toThrow(expect.objectContaining({ code: 'port/write' }));
  });

  it('is over for all when it ends by itself', async () => {
    const file = join(folder, 'broken.mjs');
    writeFileSync(file, 'throw 1;');
    const { thread, losses } = start(pathToFileURL(file));
    const { descriptor } = target('broken');
    const failed = vi.fn();
    claim(thread, descriptor, failed);
    await vi.waitUntil(() => losses() > 0, soon);
    expect(failed.mock.calls).toEqual([['EIO']]);
    expect(thread.claim(descriptor, failed)).toBeUndefined();
    await thread.stop();
    expect(losses()).toBe(1);
  });

  it('tells what a listener throws and ends nothing, and all others hear it too', async () => {
    const broken = () => {
      throw new TypeError('secret');
    };
    const one = start();
    const writer = claim(one.thread, target('broken-listener', 'r').descriptor, broken);
    writer.send(bytes('x'), performance.now());
    await vi.waitUntil(() => one.mistakes.length > 0, soon);
    const file = join(folder, 'gone.mjs');
    writeFileSync(file, 'throw 1;');
    const { thread, losses, mistakes } = start(pathToFileURL(file));
    const failed = vi.fn();
    claim(thread, target('gone').descriptor, broken);
    claim(thread, target('gone-too').descriptor, failed);
    await vi.waitUntil(() => losses() > 0, soon);
    expect([failed.mock.calls, mistakes.length, losses()]).toEqual([[['EIO']], 1, 1]);
  });

  it('is given up when it does not do what has long been due', () => {
    const file = join(folder, 'stuck.mjs');
    writeFileSync(file, 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);');
    const { thread, losses } = start(pathToFileURL(file));
    const { descriptor } = target('stuck');
    const failed = vi.fn();
    const writer = claim(thread, descriptor, failed);
    writer.send(bytes('x'), performance.now() - 500);
    expect(writer.cancel()).toBe(true);
    expect(losses()).toBe(0);
    writer.send(bytes('x'), performance.now() - 2000);
    expect(writer.cancel()).toBe(true);
    expect([losses(), failed.mock.calls]).toEqual([1, [['EIO']]]);
  });

  it('is stopped while nothing is to do, and while something is', async () => {
    const { thread, losses } = start();
    const { descriptor, content } = target('stopped');
    const writer = claim(thread, descriptor);
    await vi.waitUntil(() => writer.ready, soon);
    writer.send(bytes('x'), performance.now() + 60_000);
    await thread.stop();
    await thread.stop();
    expect([losses(), content()]).toEqual([0, '']);
    expect(thread.claim(descriptor, () => undefined)).toBeUndefined();
  });
});
