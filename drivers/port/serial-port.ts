import { readSync, writeSync } from 'node:fs';
import { Fault } from '../contract/fault.ts';
import type { PacedWriter, Pacer, Port, PortListener, SerialControl } from '../contract/port.ts';
import { type Bound, untilAborted } from './bound.ts';
import { stillLeadsTo } from './device-node.ts';
import { isPortPath } from './path.ts';
import { openTty, type Tty } from './serial-binding.ts';
import type { SerialSettings } from './settings.ts';
import { errorNumber } from './system-fault.ts';

/** Bytes per read. One read for each turn of the event loop, so that a flood leaves time for everything else. */
const CHUNK = 4096;

/** So many calls in a row without a byte are no coincidence: the descriptor would keep the processor busy for nothing. */
const MOST_EMPTY_CALLS = 10_000;

const LATER = new Set(['EAGAIN', 'EWOULDBLOCK', 'EINTR']);
const GONE = new Set(['EIO', 'ENXIO', 'ENODEV', 'EBADF']);

/** A serial device of this machine. Reads and writes go straight to the descriptor, without a stream in between. */
export class SerialPort implements Port {
  readonly #settings: SerialSettings;
  readonly #bound: Bound;
  readonly #pacer: Pacer | undefined;
  readonly #buffer = Buffer.allocUnsafeSlow(CHUNK);
  readonly #closed = new AbortController();
  #state: 'new' | 'opening' | 'open' | 'lost' | 'closed' = 'new';
  #attempt: Promise<void> = Promise.resolve();
  #tty: Tty | undefined;
  #listener: PortListener | undefined;
  #lostBy: Fault | undefined;
  #writing = false;
  #changing = false;
  readonly #control: SerialControl = {
    setBaudRate: (baudRate, signal) => this.#change((tty) => tty.setBaudRate(baudRate), signal),
    setBreak: (held, signal) => this.#change((tty) => tty.setBreak(held), signal),
  };
  #wakeWriter: (() => void) | undefined;
  #emptyCalls = 0;
  #paced: PacedWriter | undefined;

  constructor(settings: SerialSettings, bound: Bound, pacer?: Pacer) {
    this.#settings = settings;
    this.#bound = bound;
    this.#pacer = pacer;
  }

  get paced(): PacedWriter | undefined {
    return this.isOpen && this.#paced?.ready ? this.#paced : undefined;
  }

  get control(): SerialControl | undefined {
    return this.isOpen ? this.#control : undefined;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get latencyTimerMs(): number | undefined {
    return this.#tty?.latencyTimerMs;
  }

  get lacksModemLines(): boolean {
    return this.#tty?.lacksModemLines ?? false;
  }

  async open(listener: PortListener, signal: AbortSignal): Promise<void> {
    if (this.#state !== 'new') throw new Fault('port/not-open');
    this.#state = 'opening';
    const stop = AbortSignal.any([signal, this.#closed.signal]);
    this.#attempt = this.#connect(listener, stop);
    try {
      await untilAborted(this.#attempt, stop, 'port/open-timeout');
    } catch (thrown) {
      this.close().catch(() => undefined);
      throw thrown;
    }
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    this.#listener = undefined;
    this.#closed.abort();
    this.#wake();
    await this.#bound(this.#freed());
  }

  async write(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    if (!this.isOpen) throw new Fault('port/not-open');
    if (this.#writing || this.#changing || signal.aborted) throw new Fault('port/write');
    this.#writing = true;
    const wake = () => this.#wake();
    signal.addEventListener('abort', wake);
    try {
      for (let sent = this.#send(bytes, 0); sent < bytes.length; sent += this.#send(bytes, sent)) {
        await this.#room();
        // A part of a frame may be out: nothing may follow it.
        if (signal.aborted) this.#lose(new Fault('port/write'));
        if (!this.isOpen) throw this.#lostBy ?? new Fault('port/not-open');
      }
    } finally {
      signal.removeEventListener('abort', wake);
      this.#writing = false;
    }
  }

  look(): void {
    if (!this.isOpen) return;
    const before = this.#emptyCalls;
    this.#read();
    // nobody had said that there is something
    this.#emptyCalls = Math.min(before, this.#emptyCalls);
  }

  async isPresent(): Promise<boolean> {
    if (this.#tty === undefined) return true;
    return this.#state !== 'lost' && (await stillLeadsTo(this.#settings.path, this.#tty.node));
  }

  async #connect(listener: PortListener, stop: AbortSignal): Promise<void> {
    if (!isPortPath(this.#settings.path)) throw new Fault('port/not-a-device');
    const tty = await openTty(this.#settings, stop, this.#bound);
    // From here on without a pause: a close of this port finds the descriptor.
    this.#tty = tty;
    if (stop.aborted) throw new Fault('port/open-timeout');
    this.#listener = listener;
    this.#state = 'open';
    this.#paced = this.#pacer?.claim(tty.descriptor, (code) => this.#lose(unwritten(code)));
    tty.listen((what, hungUp) => this.#ready(what, hungUp));
    this.#watch();
  }

  #ready(what: 'readable' | 'writable', hungUp: boolean): void {
    if (!this.isOpen) return;
    if (hungUp) this.#lose(new Fault('port/lost'));
    else if (what === 'readable') this.#read();
    else this.#wake();
    if (this.isOpen) this.#watch();
  }

  #watch(): void {
    try {
      this.#tty?.watch(this.#wakeWriter !== undefined);
    } catch (thrown) {
      this.#lose(new Fault('port/failed', undefined, thrown));
    }
  }

  #read(): void {
    const tty = this.#tty;
    if (tty === undefined) return;
    let length: number;
    try {
      length = readUntraced(tty.descriptor, this.#buffer);
    } catch (thrown) {
      this.#emptyCalls += 1;
      if (!LATER.has(errorNumber(thrown))) this.#lose(brokenBy(thrown));
      else if (this.#emptyCalls > MOST_EMPTY_CALLS) this.#lose(new Fault('port/failed'));
      return;
    }
    this.#emptyCalls = 0;
    // With vmin 1 only a hang-up reads as nothing (termios(3)).
    if (length === 0) this.#lose(new Fault('port/lost'));
    else this.#listener?.bytes(this.#buffer.subarray(0, length));
  }

  /** A change that the kernel has not made when the signal comes goes on by itself: the port is to be opened anew then. */
  async #change(work: (tty: Tty) => Promise<void>, signal: AbortSignal): Promise<void> {
    const tty = this.#tty;
    if (!this.isOpen || tty === undefined) throw new Fault('port/not-open');
    if (this.#writing || this.#changing || signal.aborted) throw new Fault('port/write');
    this.#changing = true;
    try {
      const stop = AbortSignal.any([signal, this.#closed.signal]);
      await untilAborted(work(tty), stop, 'port/write');
      if (!this.isOpen) throw this.#lostBy ?? new Fault('port/not-open');
    } finally {
      this.#changing = false;
    }
  }

  /** How many bytes the kernel took; those that it did not take are still the caller's. */
  #send(bytes: Uint8Array, from: number): number {
    if (from === bytes.length || this.#tty === undefined) return 0;
    try {
      return writeSync(this.#tty.descriptor, bytes, from, bytes.length - from, null);
    } catch (thrown) {
      if (LATER.has(errorNumber(thrown))) return 0;
      const fault = brokenBy(thrown);
      this.#lose(fault);
      throw fault;
    }
  }

  /** Until the kernel takes bytes again, the signal comes, or the port is no longer open. */
  async #room(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wakeWriter = resolve;
      this.#watch();
    });
  }

  #wake(): void {
    const wake = this.#wakeWriter;
    this.#wakeWriter = undefined;
    wake?.();
  }

  #lose(fault: Fault): void {
    if (!this.isOpen) return;
    const listener = this.#listener;
    this.#state = 'lost';
    this.#lostBy = fault;
    this.#listener = undefined;
    this.#wake();
    // At once: while the descriptor is held, the kernel gives a replugged adapter another name.
    this.#paced?.release();
    this.#tty?.close().catch(() => undefined);
    listener?.lost(fault);
  }

  /** Everything that this port started in the kernel has ended. */
  async #freed(): Promise<void> {
    await this.#attempt.catch(() => {});
    this.#paced?.release();
    await this.#tty?.close();
  }
}

/** V8 looks at no frame where there is no limit at all; where it is 0, it looks at one. */
const errors: { stackTraceLimit?: number | undefined } = Error;

/** A look that finds nothing throws. The trace of its stack, which nobody reads, took a twentieth of a poll. */
function readUntraced(descriptor: number, buffer: Buffer): number {
  const { stackTraceLimit } = errors;
  errors.stackTraceLimit = undefined;
  try {
    return readSync(descriptor, buffer, 0, buffer.length, null);
  } finally {
    errors.stackTraceLimit = stackTraceLimit;
  }
}

function brokenBy(thrown: unknown): Fault {
  return new Fault(GONE.has(errorNumber(thrown)) ? 'port/lost' : 'port/failed', undefined, thrown);
}

/** Bytes that the kernel did not take at once can't be sent later: a part of a frame may be out, and nothing may follow it. */
function unwritten(code: string): Fault {
  if (LATER.has(code)) return new Fault('port/write');
  return new Fault(GONE.has(code) ? 'port/lost' : 'port/failed');
}
