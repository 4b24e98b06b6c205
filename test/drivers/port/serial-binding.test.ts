import { EventEmitter } from 'node:events';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Port } from '../../../drivers/contract/port.ts';
import { createPort } from '../../../drivers/port/create.ts';
import { openPty, type Pty } from '../../../scripts/sim/pty.ts';
import { NEVER, Recorder } from './port-contract.ts';

/** Stands in for serialport's binding: a real descriptor, and events only when a test says so. */
class Binding extends EventEmitter {
  readonly fd: number;
  readonly poller: unknown = this;
  readonly watched: number[] = [];
  baudRate = 9600;
  closed = 0;
  closing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    super();
    this.fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  }

  poll(events: number): void {
    this.watched.push(events);
  }

  async flush(): Promise<void> {}

  async getBaudRate(): Promise<{ baudRate: number }> {
    return { baudRate: this.baudRate };
  }

  async close(): Promise<void> {
    this.closed += 1;
    await this.closing;
    closeSync(this.fd);
  }
}

const library = vi.hoisted(() => ({ open: vi.fn() }));
vi.mock('serialport', () => ({ SerialPort: { binding: { open: library.open } } }));

describe('a serial port over its binding', () => {
  let pty: Pty;
  let bindings: Binding[];
  beforeEach(async () => {
    pty = await openPty();
    bindings = [];
    library.open.mockReset().mockImplementation(async ({ path }) => made(path));
  });
  afterEach(() => pty.close());

  function made(path: string): Binding {
    const binding = new Binding(path);
    bindings.push(binding);
    return binding;
  }

  function newPort(): Port {
    return createPort({ path: pty.path, baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 }, (work) => work);
  }

  async function opened(): Promise<{ port: Port; binding: Binding; heard: Recorder }> {
    const port = newPort();
    const heard = new Recorder();
    await port.open(heard, NEVER);
    const binding = bindings[0];
    if (binding === undefined) throw new Error('no binding');
    return { port, binding, heard };
  }

  it('asks for the lock, and for reads that give nothing only at a hang-up', async () => {
    const { port } = await opened();
    expect(library.open).toHaveBeenCalledWith(expect.objectContaining({ lock: true, vmin: 1, vtime: 0 }));
    await port.close();
  });

  it('is lost when a read gives nothing, though no error was reported', async () => {
    const { port, binding, heard } = await opened();
    await pty.unplug();
    expect(readSync(binding.fd, Buffer.alloc(1))).toBe(0);
    binding.emit('readable', null);
    expect(heard.losses.map((fault) => fault.code)).toEqual(['port/lost']);
    await port.close();
    expect(binding.closed).toBe(1);
  });

  it('is lost once when all events report the same error', async () => {
    const { port, binding, heard } = await opened();
    const error = new Error('bad file descriptor');
    binding.emit('readable', error);
    binding.emit('writable', error);
    binding.emit('readable', error);
    expect(heard.losses).toHaveLength(1);
    await port.close();
    await port.close();
    expect(binding.closed).toBe(1);
  });

  it('frees the descriptor at the loss, before anybody closes the port', async () => {
    const { binding } = await opened();
    binding.emit('readable', new Error('bad file descriptor'));
    await vi.waitFor(() => expect(binding.closed).toBe(1));
    expect(binding.listenerCount('readable') + binding.listenerCount('writable')).toBe(0);
    expect(binding.watched.at(-1)).toBe(0);
  });

  it('gives up when it is called ten thousand times in a row for nothing', async () => {
    const { port, binding, heard } = await opened();
    for (let call = 0; call < 10_000; call += 1) binding.emit('readable', null);
    expect(heard.losses).toEqual([]);
    binding.emit('readable', null);
    expect(heard.losses.map((fault) => fault.code)).toEqual(['port/failed']);
    await port.close();
  });

  it('forgives calls for nothing when bytes come in between', async () => {
    const { port, binding, heard } = await opened();
    for (let call = 0; call < 9000; call += 1) binding.emit('readable', null);
    await pty.write(Buffer.from('x'));
    await vi.waitFor(() => {
      binding.emit('readable', null);
      expect(heard.all().toString()).toBe('x');
    });
    for (let call = 0; call < 9000; call += 1) binding.emit('readable', null);
    expect(heard.losses).toEqual([]);
    await port.close();
  });

  it('fails a write by what came first, an unplug or its signal', async () => {
    const { port, binding, heard } = await opened();
    pty.freeze();
    const stop = new AbortController();
    const write = port.write(Buffer.alloc(1_000_000), stop.signal);
    binding.emit('readable', new Error('bad file descriptor'));
    stop.abort();
    await expect(write).rejects.toMatchObject({ code: 'port/lost' });
    expect(heard.losses.map((fault) => fault.code)).toEqual(['port/lost']);
  });

  it('does not open what is no terminal: that alone can start a watchdog', async () => {
    const settings = { path: '/dev/null', baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const;
    const opening = createPort(settings, (work) => work).open(new Recorder(), NEVER);
    await expect(opening).rejects.toMatchObject({ code: 'port/not-a-device' });
    expect(library.open).not.toHaveBeenCalled();
  });

  it.each(['the signal', 'a close'])('is either open or closed, whenever %s comes while it opens', async (what) => {
    for (let turns = 0; turns < 40; turns += 1) {
      let reached = (): void => {};
      const flushed = new Promise<void>((resolve) => {
        reached = resolve;
      });
      library.open.mockImplementation(async ({ path }) => Object.assign(made(path), { flush: async () => reached() }));
      const port = newPort();
      const stop = new AbortController();
      const heard = new Recorder();
      const opening = port.open(heard, stop.signal).then(
        () => true,
        () => false,
      );
      await flushed;
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      let closing = Promise.resolve();
      if (what === 'the signal') stop.abort();
      else closing = port.close();
      const isOpen = (await opening) && what === 'the signal';
      await closing;
      expect(port.isOpen).toBe(isOpen);
      if (!isOpen) await vi.waitFor(() => expect(bindings.at(-1)?.closed).toBe(1), { interval: 1 });
      await port.close();
      expect(bindings.at(-1)?.closed).toBe(1);
      expect(port.isOpen).toBe(false);
    }
  });

  it('watches for room only while a write waits, and for bytes always', async () => {
    const { port, binding } = await opened();
    expect(binding.watched).toEqual([1]);
    pty.freeze();
    const stop = new AbortController();
    const write = port.write(Buffer.alloc(1_000_000), stop.signal);
    expect(binding.watched.at(-1)).toBe(3);
    binding.emit('readable', null);
    expect(binding.watched.at(-1)).toBe(3);
    stop.abort();
    await expect(write).rejects.toMatchObject({ code: 'port/write' });
    await port.close();
  });

  it('is unsupported by a binding that can not be watched', async () => {
    library.open.mockImplementation(async ({ path }) => Object.assign(made(path), { poller: undefined }));
    await expect(newPort().open(new Recorder(), NEVER)).rejects.toMatchObject({ code: 'port/unsupported' });
    expect(bindings[0]?.closed).toBe(1);
  });

  it('is unsupported when the adapter did not take the speed', async () => {
    library.open.mockImplementation(async ({ path }) => Object.assign(made(path), { baudRate: 9000 }));
    await expect(newPort().open(new Recorder(), NEVER)).rejects.toMatchObject({ code: 'port/unsupported' });
    expect(bindings[0]?.closed).toBe(1);
  });

  it('is missing when another device came to the path meanwhile', async () => {
    library.open.mockImplementation(async () => made('/dev/null'));
    await expect(newPort().open(new Recorder(), NEVER)).rejects.toMatchObject({ code: 'port/missing' });
    expect(bindings[0]?.closed).toBe(1);
  });

  it.each([
    ['Error: No such file or directory, cannot open /dev/x', 'port/missing'],
    ['Error: No such device or address, cannot open /dev/x', 'port/missing'],
    ['Error: Permission denied, cannot open /dev/x', 'port/permission'],
    ['Error: Device or resource busy, cannot open /dev/Permission denied', 'port/busy'],
    ['Error Resource temporarily unavailable Cannot lock port', 'port/busy'],
    ['Error: Inappropriate ioctl for device setting custom baud rate of 13', 'port/not-a-device'],
    ['Error: Invalid argument || while setting custom baud rate of 7', 'port/unsupported'],
    ['Error: Input/output error, cannot open /dev/Permission denied', 'port/failed'],
  ])('knows what %j means', async (text, code) => {
    library.open.mockRejectedValue(new Error(text));
    await expect(newPort().open(new Recorder(), NEVER)).rejects.toMatchObject({ code });
  });

  it('is not opened at all when its signal came while it was looked at', async () => {
    const stop = new AbortController();
    const port = newPort();
    const opening = port.open(new Recorder(), stop.signal);
    stop.abort();
    await expect(opening).rejects.toMatchObject({ code: 'port/open-timeout' });
    await port.close();
    expect(library.open).not.toHaveBeenCalled();
  });

  it('that opens after its time is closed again, and the next one waits for it', async () => {
    let answer = (): void => {};
    library.open.mockImplementationOnce(
      ({ path }) =>
        new Promise((resolve) => {
          answer = () => resolve(made(path));
        }),
    );
    const stop = new AbortController();
    const late = newPort().open(new Recorder(), stop.signal);
    await vi.waitFor(() => expect(library.open).toHaveBeenCalledTimes(1));
    stop.abort();
    await expect(late).rejects.toMatchObject({ code: 'port/open-timeout' });

    const next = newPort();
    const opening = next.open(new Recorder(), NEVER);
    // Far more than it takes to open, if it did not wait.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(library.open).toHaveBeenCalledTimes(1);
    answer();
    await opening;
    expect(bindings.map((binding) => binding.closed)).toEqual([1, 0]);
    await next.close();
  });

  it('closes within its bound, also when the kernel does not', async () => {
    let free = (): void => {};
    library.open.mockImplementation(async ({ path }) => {
      const closing = new Promise<void>((resolve) => {
        free = resolve;
      });
      return Object.assign(made(path), { closing });
    });
    let waited: Promise<void> | undefined;
    const settings = { path: pty.path, baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const;
    const port = createPort(settings, async (work) => {
      waited = work;
    });
    await port.open(new Recorder(), NEVER);
    await port.close();
    expect(port.isOpen).toBe(false);
    free();
    await waited;
  });
});
