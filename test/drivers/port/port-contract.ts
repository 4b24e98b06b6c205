import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Fault } from '../../../drivers/contract/fault.ts';
import type { Port, PortListener } from '../../../drivers/contract/port.ts';

/** The other end of a line, and the ports that lead to it. */
export interface FarEnd {
  /** A new port to this end. */
  port(): Port;
  /** Sends bytes to the port. */
  write(bytes: Uint8Array): Promise<void>;
  /** Everything that came from ports so far. */
  received(): Buffer;
  /** Takes nothing any more until `thaw`. */
  freeze(): void;
  thaw(): void;
  unplug(): Promise<void>;
  close(): Promise<void>;
}

/** More than every buffer between the two ends holds. */
export const ENDLESS = 32 * 1024 * 1024;

export const NEVER = new AbortController().signal;
export const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, value) => value));

/** A listener that keeps copies. */
export class Recorder implements PortListener {
  readonly chunks: Buffer[] = [];
  readonly losses: Fault[] = [];

  bytes(chunk: Uint8Array): void {
    this.chunks.push(Buffer.from(chunk));
  }

  lost(fault: Fault): void {
    this.losses.push(fault);
  }

  all(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

export function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Bytes whose order can be seen. */
export function counting(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0; index < length; index += 1) bytes[index] = (index * 7 + (index >> 8)) & 0xff;
  return bytes;
}

/** Milliseconds of processor time that this process takes during so much time of waiting. */
export async function busyTime(ms: number): Promise<number> {
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, ms));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The contract of every port, with anything at its far end. */
export function portContract(name: string, makeFarEnd: () => Promise<FarEnd>): void {
  describe(`${name} keeps the contract of ports:`, () => {
    let far: FarEnd;
    let made: Port[];
    beforeEach(async () => {
      far = await makeFarEnd();
      made = [];
    });
    afterEach(async () => {
      far.thaw();
      for (const port of made) await port.close();
      await far.close();
    });

    function newPort(): Port {
      const port = far.port();
      made.push(port);
      return port;
    }

    async function openPort(listener: PortListener = new Recorder()): Promise<Port> {
      const port = newPort();
      await port.open(listener, NEVER);
      return port;
    }

    it('all 256 byte values pass unchanged, both ways', async () => {
      const heard = new Recorder();
      const port = await openPort(heard);
      await port.write(EVERY_BYTE, NEVER);
      await vi.waitFor(() => expect(far.received().equals(EVERY_BYTE)).toBe(true));
      await far.write(EVERY_BYTE);
      await vi.waitFor(() => expect(heard.all().equals(EVERY_BYTE)).toBe(true));
    });

    it('100 KB come whole and in order, both ways', async () => {
      const heard = new Recorder();
      const port = await openPort(heard);
      const bytes = counting(100_000);
      await port.write(bytes, NEVER);
      await vi.waitFor(() => expect(far.received().equals(bytes)).toBe(true));
      await far.write(bytes);
      await vi.waitFor(() => expect(heard.all().equals(bytes)).toBe(true));
    });

    it('the memory of a chunk is used again', async () => {
      const kept: Uint8Array[] = [];
      await openPort({ bytes: (chunk) => kept.push(chunk), lost: () => {} });
      await far.write(Buffer.from('first'));
      await vi.waitFor(() => expect(kept).toHaveLength(1));
      await far.write(Buffer.from('other'));
      await vi.waitFor(() => expect(kept).toHaveLength(2));
      expect(Buffer.from(kept[0] ?? []).toString()).not.toBe('first');
    });

    it('it is open from open to close, and is not opened twice', async () => {
      const port = newPort();
      expect(port.isOpen).toBe(false);
      await port.open(new Recorder(), NEVER);
      expect(port.isOpen).toBe(true);
      await expect(port.open(new Recorder(), NEVER)).rejects.toThrow();
      expect(port.isOpen).toBe(true);
      await port.close();
      expect(port.isOpen).toBe(false);
      await expect(port.open(new Recorder(), NEVER)).rejects.toThrow();
    });

    it('a write while it is not open is refused and never goes out', async () => {
      const port = newPort();
      await expect(port.write(Buffer.from('early'), NEVER)).rejects.toMatchObject({ code: 'port/not-open' });
      await port.open(new Recorder(), NEVER);
      await port.write(Buffer.from('one'), NEVER);
      await vi.waitFor(() => expect(far.received().toString()).toBe('one'));
      await port.close();
      await expect(port.write(Buffer.from('late'), NEVER)).rejects.toMatchObject({ code: 'port/not-open' });
      const next = await openPort();
      await next.write(Buffer.from('two'), NEVER);
      await vi.waitFor(() => expect(far.received().toString()).toBe('onetwo'));
    });

    it('a write whose signal came first sends nothing and harms nothing', async () => {
      const port = await openPort();
      const refused = port.write(Buffer.from('no'), AbortSignal.abort());
      await expect(refused).rejects.toMatchObject({ code: 'port/write' });
      await port.write(Buffer.from('yes'), NEVER);
      await vi.waitFor(() => expect(far.received().toString()).toBe('yes'));
    });

    it('a second write at the same time is refused', async () => {
      const port = await openPort();
      far.freeze();
      const stop = new AbortController();
      const first = port.write(counting(ENDLESS), stop.signal);
      await expect(port.write(EVERY_BYTE, NEVER)).rejects.toThrow();
      stop.abort();
      await expect(first).rejects.toMatchObject({ code: 'port/write' });
    });

    it('a blocked write ends with its signal; the port is lost once and the rest never goes out', async () => {
      const heard = new Recorder();
      const port = await openPort(heard);
      far.freeze();
      const bytes = counting(ENDLESS);
      const stop = new AbortController();
      const write = port.write(bytes, stop.signal);
      const turn = await Promise.race([write, new Promise((resolve) => setTimeout(resolve, 50, 'blocked'))]);
      expect(turn).toBe('blocked');
      stop.abort();
      await expect(write).rejects.toMatchObject({ code: 'port/write' });
      expect(heard.losses.map((fault) => fault.code)).toEqual(['port/write']);
      expect(port.isOpen).toBe(false);
      await expect(port.write(EVERY_BYTE, NEVER)).rejects.toMatchObject({ code: 'port/not-open' });
      await port.close();
      far.thaw();
      const next = await openPort();
      await next.write(Buffer.from('end'), NEVER);
      await vi.waitFor(() => expect(far.received().includes('end')).toBe(true));
      expect(far.received().length).toBeLessThan(bytes.length / 2);
    });

    it('an idle port sees an unplug within a second, once, and closes any number of times', async () => {
      const heard = new Recorder();
      const port = await openPort(heard);
      expect(await port.isPresent()).toBe(true);
      await far.unplug();
      await vi.waitFor(() => expect(heard.losses).toHaveLength(1));
      expect(heard.losses[0]?.code).toBe('port/lost');
      expect(port.isOpen).toBe(false);
      expect(await port.isPresent()).toBe(false);
      await expect(port.write(EVERY_BYTE, NEVER)).rejects.toMatchObject({ code: 'port/not-open' });
      await Promise.all([port.close(), port.close()]);
      await port.close();
      expect(heard.losses).toHaveLength(1);
    });

    it('an unplug while bytes come is seen once, and nothing spins', async () => {
      const heard = new Recorder();
      await openPort(heard);
      const flow = far.write(counting(100_000)).catch(() => {});
      await vi.waitFor(() => expect(heard.chunks.length).toBeGreaterThan(0));
      await far.unplug();
      await vi.waitFor(() => expect(heard.losses).toHaveLength(1));
      await flow;
      const chunks = heard.chunks.length;
      expect(await busyTime(200)).toBeLessThan(100);
      expect(heard.chunks).toHaveLength(chunks);
      expect(heard.losses).toHaveLength(1);
    });

    it('an unplug while a write waits fails that write, once', async () => {
      const heard = new Recorder();
      const port = await openPort(heard);
      far.freeze();
      const write = port.write(counting(ENDLESS), NEVER);
      const rejected = expect(write).rejects.toMatchObject({ code: 'port/lost' });
      await new Promise((resolve) => setImmediate(resolve));
      await far.unplug();
      await rejected;
      await vi.waitFor(() => expect(heard.losses.map((fault) => fault.code)).toEqual(['port/lost']));
      await port.close();
    });

    it('a close while a write waits ends that write, and is no loss', async () => {
      const heard = new Recorder();
      const port = await openPort(heard);
      far.freeze();
      const write = port.write(counting(ENDLESS), NEVER);
      const rejected = expect(write).rejects.toMatchObject({ code: 'port/not-open' });
      await new Promise((resolve) => setImmediate(resolve));
      await port.close();
      await rejected;
      expect(heard.losses).toEqual([]);
    });

    it('the listener is not called after a close, also when it closes the port itself', async () => {
      let calls = 0;
      const port = newPort();
      const listener = {
        bytes: () => {
          calls += 1;
          void port.close();
        },
        lost: () => {
          calls += 1;
        },
      };
      await port.open(listener, NEVER);
      await far.write(counting(20_000)).catch(() => {});
      await vi.waitFor(() => expect(calls).toBe(1));
      await port.close();
      await far.unplug();
      expect(calls).toBe(1);
    });

    it('an open whose signal comes first, or at once, ends in time', async () => {
      const before = newPort();
      await expect(before.open(new Recorder(), AbortSignal.abort())).rejects.toMatchObject({
        code: 'port/open-timeout',
      });
      expect(before.isOpen).toBe(false);
      const during = newPort();
      const stop = new AbortController();
      const opening = during.open(new Recorder(), stop.signal);
      stop.abort();
      await expect(opening).rejects.toMatchObject({ code: 'port/open-timeout' });
      expect(during.isOpen).toBe(false);
      // Nothing is left that would keep the next one out.
      await during.close();
      await openPort();
    });

    it('a close during open ends the open', async () => {
      const port = newPort();
      const opening = expect(port.open(new Recorder(), NEVER)).rejects.toThrow();
      await port.close();
      await opening;
      expect(port.isOpen).toBe(false);
      await openPort();
    });

    it('no descriptor is left behind, whatever the order of events', async () => {
      await (await openPort()).close();
      const before = descriptors();
      for (let round = 0; round < 20; round += 1) {
        const port = newPort();
        const stop = new AbortController();
        const opening = port.open(new Recorder(), stop.signal).catch(() => {});
        // Lets the attempt come a different way each time before it is stopped.
        for (let turn = 0; turn < round; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        stop.abort();
        await opening;
        await port.close();
      }
      await vi.waitFor(() => expect(descriptors()).toBeLessThanOrEqual(before));
    });
  });
}
