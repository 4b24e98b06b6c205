import type { Fault } from './fault.ts';

/** Who owns an open port hears it through this. Both calls are synchronous and must not throw. */
export interface PortListener {
  /** Bytes as they came. The memory is the port's own: valid only during the call. Never called after `lost` or `close`. */
  bytes(chunk: Uint8Array): void;
  /** The port went away by itself. Called at most once, never after `close()` was called; the port must still be closed. */
  lost(fault: Fault): void;
}

/**
 * The operating system's handle of one serial line or serial server. One object is opened at most once: after a loss
 * or a close a new object is made, because a hung handle keeps old bytes and old locks.
 */
export interface Port {
  readonly isOpen: boolean;
  /**
   * @param signal ends the attempt; whatever was opened meanwhile is closed again
   * @throws Fault `port/missing`, `port/not-a-device`, `port/permission`, `port/busy`, `port/unsupported`,
   *   `port/unreachable`, `port/open-timeout` (the signal ended it), `port/failed`
   */
  open(listener: PortListener, signal: AbortSignal): Promise<void>;
  /** Safe at any time and any number of times; never throws; settles within the port's own bound. */
  close(): Promise<void>;
  /**
   * Hands bytes to the operating system, whole or not at all as far as it tells. Nothing is kept for later.
   * @throws Fault `port/not-open`, `port/write` (the signal ended it), `port/lost`, `port/failed`
   */
  write(bytes: Uint8Array, signal: AbortSignal): Promise<void>;
}

/** How long things take on the line. Times in milliseconds, fractions allowed. */
export interface LineTiming {
  /** One character: start bit, data bits, parity, stop bits. 0 where the speed is not known (a serial server). */
  readonly characterMs: number;
  /** The least silence between two frames (Modbus over Serial Line V1.02, 2.5.1.1: 3.5 characters, 1.75 ms above 19200 baud). */
  readonly silenceMs: number;
}
