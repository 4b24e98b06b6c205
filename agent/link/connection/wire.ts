import { Duplex } from 'node:stream';
import { Fault } from '../../../drivers/contract/fault.ts';
import { faultOfSocket } from '../link-faults.ts';
import type { InboundGate } from './inbound-gate.ts';

interface Chunk {
  readonly chunk: Buffer | string;
  readonly encoding: BufferEncoding;
}

/**
 * The socket as MQTT.js sees it. The gate bounds the incoming bytes. The outgoing bytes of one turn leave as one piece:
 * MQTT.js writes each field of a packet by itself. The wire raises no error; it closes, and `fault` says why.
 */
export class Wire extends Duplex {
  readonly #socket: Duplex;
  readonly #gate: InboundGate;
  #fault: Fault | undefined;

  constructor(socket: Duplex, gate: InboundGate) {
    super({ decodeStrings: false, allowHalfOpen: false });
    this.#socket = socket;
    this.#gate = gate;
    socket.on('data', (chunk: Buffer) => {
      try {
        this.#receive(chunk);
      } catch (thrown) {
        // an error of MQTT.js, or of its listener: this connection ends, and not the process
        this.#fault ??= new Fault('internal/unexpected', undefined, thrown);
        this.destroy();
      }
    });
    socket.on('error', (error) => {
      this.#fault ??= faultOfSocket(error);
    });
    socket.on('close', () => this.destroy());
    if (socket.destroyed) this.destroy();
  }

  /** Why the wire closed, as far as the socket or the gate knows. */
  get fault(): Fault | undefined {
    return this.#fault;
  }

  /** Bytes that wait for the network. */
  get backlog(): number {
    return this.writableLength + this.#socket.writableLength;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: () => void): void {
    this.#send(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk, done);
  }

  override _writev(chunks: Chunk[], done: () => void): void {
    let size = 0;
    for (const { chunk } of chunks) size += typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
    const whole = Buffer.allocUnsafe(size);
    let at = 0;
    for (const { chunk } of chunks) at += typeof chunk === 'string' ? whole.write(chunk, at) : chunk.copy(whole, at);
    this.#send(whole, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(_error: Error | null, done: () => void): void {
    this.#socket.destroy();
    done();
  }

  #send(bytes: Buffer, done: () => void): void {
    // a failed write is told by the socket's error and close
    this.#socket.write(bytes, () => done());
  }

  #receive(chunk: Buffer): void {
    for (const part of this.#gate.push(chunk)) {
      if (!this.push(part)) this.#socket.pause();
    }
    if (!this.#gate.broken) return;
    this.#fault ??= new Fault('link/protocol');
    this.destroy();
  }
}
