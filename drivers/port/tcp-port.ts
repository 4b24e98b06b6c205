import { connect, type Socket } from 'node:net';
import { Fault } from '../contract/fault.ts';
import type { Port, PortListener } from '../contract/port.ts';
import { untilAborted } from './bound.ts';
import type { TcpSettings } from './settings.ts';
import { errorNumber } from './system-fault.ts';

/** Bytes per read, into memory that is used again. */
const CHUNK = 4096;

// A server that lost its power says nothing. Node asks after this, then ten times a second apart (libuv,
// uv__tcp_keepalive), so that a dead server is known after 15 s, also while nothing is written.
const KEEPALIVE_AFTER = 5000;

/** The network's answers to an attempt: to the operator they are one thing, the server is not there. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'EAI_NONAME',
  // A firewall or the sandbox of the service.
  'EACCES',
  'EPERM',
]);

/** The errors of a server that has closed its side already, when our bytes cross with its goodbye. */
const TOO_LATE = new Set(['ECONNRESET', 'EPIPE']);

/** A serial server: bytes of the line as they are, over TCP (ser2net's `raw`, Moxa's TCP server mode). */
export class TcpPort implements Port {
  readonly #settings: TcpSettings;
  readonly #closed = new AbortController();
  #state: 'new' | 'opening' | 'open' | 'lost' | 'closed' = 'new';
  #socket: Socket | undefined;
  #gone: Promise<void> = Promise.resolve();
  #listener: PortListener | undefined;
  #lostBy: Fault | undefined;
  #writing = false;
  #received = false;
  /** Nothing has come since the last write. */
  #unanswered = false;

  constructor(settings: TcpSettings) {
    this.#settings = settings;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  async open(listener: PortListener, signal: AbortSignal): Promise<void> {
    if (this.#state !== 'new') throw new Fault('port/not-open');
    this.#state = 'opening';
    const stop = AbortSignal.any([signal, this.#closed.signal]);
    try {
      await untilAborted(this.#connect(listener), stop, 'port/open-timeout');
    } catch (thrown) {
      this.close().catch(() => undefined);
      throw thrown;
    }
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    this.#listener = undefined;
    this.#closed.abort();
    // Local alone: it waits for nobody on the network. Not resetAndDestroy, which first waits for the bytes to go out.
    this.#socket?.destroy();
    await this.#gone;
  }

  async write(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const socket = this.#socket;
    if (!this.isOpen || socket === undefined) throw new Fault('port/not-open');
    if (this.#writing || signal.aborted) throw new Fault('port/write');
    this.#writing = true;
    this.#unanswered = true;
    try {
      let told: (error?: Error | null) => void = () => undefined;
      // The callback comes when the kernel has taken all of it, so no more than one write is ever held here.
      socket.write(bytes, (error) => told(error));
      // nearly always it has by now, and the way to wait for it costs more than the write
      if (socket.writableLength > 0 || socket.errored !== null || !this.isOpen) {
        const taken = new Promise<void>((resolve, reject) => {
          told = (error) => (error ? reject(error) : resolve());
        });
        await untilAborted(taken, AbortSignal.any([signal, this.#closed.signal]), 'port/write');
      }
      // A socket that is destroyed meanwhile calls back as if all were well.
      if (!this.isOpen) throw new Fault('port/not-open');
    } catch (thrown) {
      this.#lose(signal.aborted ? new Fault('port/write') : this.#loss(thrown));
      throw this.#lostBy ?? new Fault('port/not-open');
    } finally {
      this.#writing = false;
    }
  }

  async isPresent(): Promise<boolean> {
    return this.#state !== 'lost';
  }

  async #connect(listener: PortListener): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const socket = connect({
        host: this.#settings.host,
        port: this.#settings.tcpPort,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEPALIVE_AFTER,
        onread: {
          buffer: Buffer.allocUnsafeSlow(CHUNK),
          callback: (length, buffer) => {
            this.#received = true;
            this.#unanswered = false;
            this.#listener?.bytes(buffer.subarray(0, length));
            return true;
          },
        },
      });
      this.#socket = socket;
      this.#gone = new Promise((gone) => socket.once('close', () => gone()));
      socket.on('error', (error) => {
        reject(new Fault(UNREACHABLE.has(errorNumber(error)) ? 'port/unreachable' : 'port/failed', undefined, error));
        this.#lose(this.#loss(error));
      });
      // At once: `close` would come only after the bytes that the server no longer takes.
      socket.once('end', () => this.#lose(new Fault('port/ended')));
      socket.once('close', () => {
        reject(new Fault('port/unreachable'));
        this.#lose(new Fault('port/lost'));
      });
      socket.once('connect', () => {
        this.#listener = listener;
        this.#state = 'open';
        resolve();
      });
    });
  }

  /** A reset in place of an answer is a goodbye that crossed with our bytes, where the server did answer before. */
  #loss(error: unknown): Fault {
    const crossed = this.#received && this.#unanswered && TOO_LATE.has(errorNumber(error));
    return new Fault(crossed ? 'port/ended' : 'port/lost', undefined, error);
  }

  #lose(fault: Fault): void {
    if (!this.isOpen) return;
    const listener = this.#listener;
    this.#state = 'lost';
    this.#lostBy = fault;
    this.#listener = undefined;
    this.#socket?.destroy();
    listener?.lost(fault);
  }
}
