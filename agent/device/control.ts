import type { SafeError } from '../../drivers/contract/fault.ts';
import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { Point, Sample, Value } from '../../drivers/contract/reading.ts';
import type { LogLevel } from '../log/log.ts';

/**
 * The outcome of a write: `applied`: confirmed; `verified`: and the read-back agrees; `failed`: it said no, or
 * confirmed and kept another value (`command/not-kept`); `unknown`: it may have acted.
 */
export interface WriteResult {
  readonly outcome: 'applied' | 'verified' | 'failed' | 'unknown';
  readonly fault?: SafeError | undefined;
  /** The values as read back. */
  readonly values?: Readonly<Record<string, Value>> | undefined;
}

/** The result of reading some points: each is in one of the two. */
export interface PointsRead {
  readonly values: Readonly<Record<string, Value>>;
  /** Of points that could not be read, in the order in which they were asked. */
  readonly faults?: Readonly<Record<string, FaultCode>> | undefined;
  /** Points with a value that nothing vouches for. */
  readonly doubtful?: readonly string[] | undefined;
}

/** The acts of commands on a device; implemented by the device. */
export interface DeviceControl {
  readonly id: string;
  readonly points: readonly Point[];
  /** Names from the config: which commands this device takes. */
  readonly allow: readonly string[];
  readonly loaded: boolean;
  /** @throws Fault of the exchange, `throttle/full`, `throttle/waited-too-long` */
  read(names: readonly string[], signal: AbortSignal): Promise<Readonly<Record<string, Value>>>;
  /** As `read`, with all digits of numbers that no double holds. Absent: `read` gives them as they are. */
  readExactly?(names: readonly string[], signal: AbortSignal): Promise<readonly Sample[]>;
  /**
   * The same, where a point that can't be read does not cost the others. Absent: all or none can be read.
   * @throws Fault where the line was not to be had
   */
  readEach?(names: readonly string[], signal: AbortSignal): Promise<PointsRead>;
  /**
   * The checks of `write` before it sends anything, and no more. Absent: there are none beyond ranges.
   * @throws Fault `command/unknown-point`, `command/not-writable`, `command/value`
   */
  check?(values: ReadonlyMap<string, Value>): void;
  /**
   * Checks all values before the first byte is sent; `stillValid` is asked as the operation leaves the queue.
   * @throws Fault where nothing was sent
   */
  write(values: ReadonlyMap<string, Value>, stillValid: () => void, signal: AbortSignal): Promise<WriteResult>;
  pause(): void;
  resume(): void;
}

/** The acts of commands on the gateway; implemented by the app. */
export interface GatewayControl {
  /** @throws Fault `command/unknown-bus` */
  reopen(bus: string): void;
  status(): Readonly<Record<string, unknown>>;
  diagnostics(): Readonly<Record<string, unknown>>;
  /** Falls back to the configured level after `forMs`. */
  setLogLevel(level: LogLevel, forMs: number): void;
  /** Ends the process with 75 once the reply is out. */
  restart(): void;
}
