import type { PacedWriter, Port, PortListener, SerialControl } from '../../drivers/contract/port.ts';
import type { Instant } from '../clock/clock.ts';
import type { WireTap } from './wire-tap.ts';

/** A port that tells a tap what goes through it, and changes nothing. */
export class TappedPort implements Port {
  readonly #inner: Port;
  readonly #tap: WireTap;
  readonly #now: () => Instant;
  readonly look?: () => void;
  #writer: TappedWriter | undefined;

  constructor(inner: Port, tap: WireTap, now: () => Instant) {
    this.#inner = inner;
    this.#tap = tap;
    this.#now = now;
    if (inner.look) this.look = () => inner.look?.();
  }

  get isOpen(): boolean {
    return this.#inner.isOpen;
  }

  get latencyTimerMs(): number | undefined {
    return this.#inner.latencyTimerMs;
  }

  get lacksModemLines(): boolean | undefined {
    return this.#inner.lacksModemLines;
  }

  get control(): SerialControl | undefined {
    return this.#inner.control;
  }

  get paced(): PacedWriter | undefined {
    const { paced } = this.#inner;
    if (paced === undefined) return undefined;
    this.#writer = this.#writer?.isOf(paced) ? this.#writer : new TappedWriter(paced, this.#tap, this.#now);
    return this.#writer;
  }

  async open(listener: PortListener, signal: AbortSignal): Promise<void> {
    const heard: PortListener = {
      bytes: (chunk) => {
        if (this.#tap.isUsed) {
          this.#writer?.settle();
          this.#tap.tell({ kind: 'received', at: this.#now(), bytes: chunk });
        }
        listener.bytes(chunk);
      },
      lost: (fault) => {
        this.#tap.tell({ kind: 'closed', at: this.#now() });
        listener.lost(fault);
      },
    };
    await this.#inner.open(heard, signal);
    this.#tap.settleBy(() => this.#writer?.settle());
    this.#tap.tell({ kind: 'opened', at: this.#now() });
  }

  async close(): Promise<void> {
    if (this.#inner.isOpen) this.#tap.tell({ kind: 'closed', at: this.#now() });
    await this.#inner.close();
  }

  write(bytes: Uint8Array, signal: AbortSignal): Promise<void> | undefined {
    const at = this.#now();
    const told = () => this.#tap.tell({ kind: 'sent', at, bytes });
    const taken = this.#inner.write(bytes, signal);
    if (taken !== undefined) return taken.then(told);
    told();
    return undefined;
  }

  isPresent(): Promise<boolean> {
    return this.#inner.isPresent();
  }
}

/** Tells a request once it is out: one that is called back never was on the wire. */
class TappedWriter implements PacedWriter {
  readonly #inner: PacedWriter;
  readonly #tap: WireTap;
  readonly #now: () => Instant;
  #armed: Uint8Array | undefined;

  constructor(inner: PacedWriter, tap: WireTap, now: () => Instant) {
    this.#inner = inner;
    this.#tap = tap;
    this.#now = now;
  }

  isOf(inner: PacedWriter): boolean {
    return this.#inner === inner;
  }

  get ready(): boolean {
    return this.#inner.ready;
  }

  get sentAt(): number | undefined {
    return this.#inner.sentAt;
  }

  send(bytes: Uint8Array, at: number): void {
    this.settle();
    this.#inner.send(bytes, at);
    this.#armed = this.#tap.isUsed ? Uint8Array.from(bytes) : undefined;
  }

  cancel(): boolean {
    const isUnsent = this.#inner.cancel();
    if (isUnsent) this.#armed = undefined;
    else this.#tell(this.#inner.sentAt ?? this.#now());
    return isUnsent;
  }

  release(): void {
    this.settle();
    this.#inner.release();
  }

  settle(): void {
    if (this.#inner.sentAt !== undefined) this.#tell(this.#inner.sentAt);
  }

  #tell(at: number): void {
    const bytes = this.#armed;
    this.#armed = undefined;
    if (bytes !== undefined) this.#tap.tell({ kind: 'sent', at, bytes });
  }
}
