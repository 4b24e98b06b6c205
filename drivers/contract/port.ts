import type { Fault } from './fault.ts';

/** The owner of an open port hears of it through this. Both calls are synchronous and must not throw. */
export interface PortListener {
  /** Bytes as they came. The memory is the port's own: valid only during the call. Never called after `lost` or `close`. */
  bytes(chunk: Uint8Array): void;
  /**
   * The port can not be used any more though nobody closed it; with `port/ended` the other side closed it in order. Called at most once, never after `close()` was called;
   * the port must still be closed. A write that runs then is rejected with the same fault.
   */
  lost(fault: Fault): void;
}

/**
 * The operating system's handle of one serial line or serial server. One object is opened at most once: after a loss
 * or a close a new object is made, because a hung handle keeps old bytes and old locks.
 */
export interface Port {
  readonly isOpen: boolean;
  /**
   * For so long the adapter holds an answer back, milliseconds, 0 to 255, as the opening left it; nothing before, and
   * where there is no such timer: all but FTDI's adapters, and serial servers.
   */
  readonly latencyTimerMs?: number | undefined;
  /** The config wants levels of DTR or RTS that the line does not have; told once after the opening. Absent: no. */
  readonly lacksModemLines?: boolean | undefined;
  /**
   * @param signal ends the attempt; a port that was opened meanwhile is closed again
   * @throws Fault `port/missing`, `port/not-a-device`, `port/permission`, `port/busy`, `port/unsupported`,
   *   `port/library`, `port/unreachable`, `port/open-timeout` (the signal ended it), `port/failed`
   */
  open(listener: PortListener, signal: AbortSignal): Promise<void>;
  /** Safe at any time and any number of times; never throws; settles within the port's own bound. */
  close(): Promise<void>;
  /**
   * Hands bytes to the operating system, one write at a time. Nothing is kept for later: bytes that the operating system
   * has not taken when the signal comes never go out. A part may be out by then, so the port is lost too, unless the
   * signal came before the first byte.
   * @throws Fault `port/not-open`, `port/write` (the signal ended it, or another write runs), `port/lost`, `port/failed`
   */
  write(bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  /**
   * Hands on what has come and lies unread, before it returns, as the listener's `bytes` or `lost`; nothing where
   * nothing has come. For the look before a request: an event loop that was late runs what is due before it reads what
   * has come. Missing where it can not be had: over a network nothing tells what is under way. Does nothing while the
   * port is not open.
   */
  look?(): void;
  /**
   * Writes that go out at an instant, by a thread that does nothing else; nothing where there is none, and while the
   * port is not open. Its user does not use `write` beside it.
   */
  readonly paced?: PacedWriter | undefined;
  /** Changes the line while it is open. Missing where that can not be had (over a network). */
  readonly control?: SerialControl | undefined;
  /**
   * False once the device that was opened is gone or its path leads elsewhere. To be asked about once a second: an
   * idle adapter can vanish without a word. Never throws; true where it can not tell, and over a network.
   */
  isPresent(): Promise<boolean>;
}

/** Controls of an open serial line. One call at a time, and none while a write runs. */
export interface SerialControl {
  /**
   * Another speed in both directions, once all that was written is out.
   * @param baudRate bits per second
   * @throws Fault `port/unsupported` where the adapter can't; `port/not-open`; `port/write` while a write or another call
   *   runs, or by the signal: then the line's speed is not known; `port/lost`, `port/failed`
   */
  setBaudRate(baudRate: number, signal: AbortSignal): Promise<void>;
  /**
   * Begins or ends the break state, once all that was written is out. How long it lasts is the caller's to time.
   * @throws Fault as `setBaudRate`
   */
  setBreak(held: boolean, signal: AbortSignal): Promise<void>;
}

/** Writes to one descriptor at an instant. One request at a time. */
export interface PacedWriter {
  /** Whether it can be used: the thread may still be starting. */
  readonly ready: boolean;
  /**
   * Writes the bytes at this instant of the monotonic clock, or at once where it has passed: never sooner, and mostly
   * within some hundredths of a millisecond. Returns at once; a write that fails is told to the one who claimed it.
   * @throws Fault `port/write` after the release, and for more than 512 bytes
   */
  send(bytes: Uint8Array, at: number): void;
  /** When the bytes of the last `send` went out; undefined while they have not. */
  readonly sentAt: number | undefined;
  /** @returns true: the bytes will never go out. False: they are out, be it in part, or there were none. */
  cancel(): boolean;
  /** Nothing is written after this; then the descriptor may be closed. Safe twice. */
  release(): void;
}

/** Gives out paced writers. */
export interface Pacer {
  /**
   * @param failed the write did not go out whole; gets the operating system's name of the error
   * @returns undefined where there is none to be had
   */
  claim(descriptor: number, failed: (code: string) => void): PacedWriter | undefined;
}

/** How fast a line is. Both are 0 where that is not known (a serial server). */
export interface LineTiming {
  /** Bits per second. */
  readonly baudRate: number;
  /** One character: start bit, data bits, parity, stop bits. Milliseconds, with fractions. */
  readonly characterMs: number;
}
