import { Fault } from '../../drivers/contract/fault.ts';
import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { Port, PortListener, SerialControl } from '../../drivers/contract/port.ts';

export interface FakePortOptions {
  /** Called at each open; a code refuses it, a promise holds it until it settles or the signal comes. */
  readonly opening?: () => FaultCode | undefined | Promise<FaultCode | undefined>;
  /** Called before each write is taken; its result counts as in `opening`, and the port is lost with that fault. */
  readonly writing?: (bytes: Uint8Array) => FaultCode | undefined | Promise<FaultCode | undefined>;
  /** Called after each write was taken: the place to `feed` an answer. */
  readonly written?: (bytes: Uint8Array, port: FakePort) => void;
  /**
   * It is a tty: its speed and its break can be changed. Called before each change; its result counts as in `opening`,
   * and refuses that change.
   */
  readonly controlling?: (
    what: number | 'break' | 'end of break',
  ) => FaultCode | undefined | Promise<FaultCode | undefined>;
}

/**
 * A port in memory, stricter than the world: it refuses what a real one would let pass (a second open, two writes at
 * once), and the memory of a chunk is overwritten as soon as the listener returns.
 */
export class FakePort implements Port {
  /** Everything that was written, one entry a write. */
  readonly written: Uint8Array[] = [];
  /** The answer of `isPresent` while the port is plugged in. */
  present = true;
  /** How often `close` was called. */
  closings = 0;
  /** Chunks that have come and that the event loop has not got round to: they come with the next look. */
  readonly unread: Uint8Array[] = [];
  /** The changes of the line, and the writes, in order. */
  readonly done: (number | 'break' | 'end of break' | 'write')[] = [];
  readonly #options: FakePortOptions;
  #controlling = false;
  #state: 'new' | 'opening' | 'open' | 'lost' | 'closed' = 'new';
  #listener: PortListener | undefined;
  #writing = false;
  #calling = false;
  /** Ends what waits inside the port when it closes or is lost. */
  #end = new AbortController();

  constructor(options: FakePortOptions = {}) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get control(): SerialControl | undefined {
    if (this.#options.controlling === undefined) return undefined;
    return {
      setBaudRate: (baudRate, signal) => this.#control(baudRate, signal),
      setBreak: (held, signal) => this.#control(held ? 'break' : 'end of break', signal),
    };
  }

  async open(listener: PortListener, signal: AbortSignal): Promise<void> {
    if (this.#state !== 'new') throw new Error('a port object is opened at most once');
    this.#state = 'opening';
    const refused = await settled(this.#options.opening?.(), [signal, this.#end.signal]);
    if (this.#state !== 'opening') throw new Fault('port/not-open');
    if (refused !== undefined || signal.aborted) {
      this.#state = 'closed';
      throw new Fault(refused === undefined || refused === 'stopped' ? 'port/open-timeout' : refused);
    }
    this.#listener = listener;
    this.#state = 'open';
  }

  async close(): Promise<void> {
    this.closings += 1;
    this.#state = 'closed';
    this.#listener = undefined;
    this.#end.abort();
  }

  async write(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    if (this.#calling) throw new Error('a write inside a call of the listener');
    if (!this.isOpen) throw new Fault('port/not-open');
    if (this.#writing) throw new Error('two writes at once');
    if (signal.aborted) throw new Fault('port/write');
    const copy = Uint8Array.from(bytes);
    if (this.#controlling) throw new Error('a write while the line changes');
    if (this.done.at(-1) === 'break') throw new Error('a write into a break');
    this.#writing = true;
    try {
      const refused = await settled(this.#options.writing?.(copy), [signal, this.#end.signal]);
      if (!this.isOpen) throw new Fault(this.#state === 'lost' ? 'port/lost' : 'port/not-open');
      if (refused !== undefined) {
        const fault = new Fault(refused === 'stopped' ? 'port/write' : refused);
        this.lose(fault);
        throw fault;
      }
      this.written.push(copy);
      this.done.push('write');
    } finally {
      this.#writing = false;
    }
    this.#options.written?.(copy, this);
  }

  look(): void {
    if (this.#calling) throw new Error('a look inside a call of the listener');
    for (const chunk of this.unread.splice(0)) this.feed(chunk);
  }

  async isPresent(): Promise<boolean> {
    return this.present && this.#state !== 'lost';
  }

  /** Bytes come in from the line, whole, or cut into chunks that end at these places. Dropped while the port is not open. */
  feed(bytes: Uint8Array, ...cuts: readonly number[]): void {
    let from = 0;
    for (const to of [...cuts, bytes.length]) {
      const chunk = Uint8Array.from(bytes.subarray(from, to));
      from = to;
      if (chunk.length > 0) this.#deliver(chunk);
    }
  }

  /** The adapter is pulled out. */
  unplug(): void {
    this.present = false;
    this.lose(new Fault('port/lost'));
  }

  /** The port is lost for this reason. */
  lose(fault: Fault): void {
    if (!this.isOpen) return;
    const listener = this.#listener;
    this.#state = 'lost';
    this.#listener = undefined;
    this.#end.abort();
    listener?.lost(fault);
  }

  async #control(what: number | 'break' | 'end of break', signal: AbortSignal): Promise<void> {
    if (this.#calling) throw new Error('a change of the line inside a call of the listener');
    if (!this.isOpen) throw new Fault('port/not-open');
    if (this.#writing || this.#controlling) throw new Error('a change of the line beside a write or another change');
    if (signal.aborted) throw new Fault('port/write');
    this.#controlling = true;
    try {
      const refused = await settled(this.#options.controlling?.(what), [signal, this.#end.signal]);
      if (!this.isOpen) throw new Fault(this.#state === 'lost' ? 'port/lost' : 'port/not-open');
      if (refused !== undefined) throw new Fault(refused === 'stopped' ? 'port/write' : refused);
      this.done.push(what);
    } finally {
      this.#controlling = false;
    }
  }

  #deliver(chunk: Uint8Array): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#calling = true;
    try {
      listener.bytes(chunk);
    } finally {
      this.#calling = false;
      chunk.fill(0xa5);
    }
  }
}

async function settled<T>(work: T | Promise<T>, signals: readonly AbortSignal[]): Promise<T | 'stopped'> {
  const signal = AbortSignal.any([...signals]);
  return await new Promise((resolve, reject) => {
    if (signal.aborted) resolve('stopped');
    signal.addEventListener('abort', () => resolve('stopped'), { once: true });
    Promise.resolve(work).then(resolve, reject);
  });
}
