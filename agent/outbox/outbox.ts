import type { FaultCode } from '../../drivers/contract/faults.ts';

/** A reading that waits for the broker: serialized once, never looked into again. */
export interface OutboxRecord {
  /** Grows by one for every reading of the gateway. */
  readonly seq: number;
  readonly device: string;
  /** The reading as JSON text of an object, without `backfill`, which is only known when it is sent. */
  readonly payload: string;
}

export interface OutboxStatus {
  /** Readings taken since the start. */
  readonly taken: number;
  /** Readings held now, for any reader. */
  readonly held: number;
  /** Bytes that they count for against `maxBytes`. */
  readonly bytes: number;
  /** Readings dropped since the start because the outbox was full, be it that one reader alone waited for them. */
  readonly dropped: number;
  /** Whether what is held survives a power cut (within `syncIntervalMs`). */
  readonly durable: boolean;
  /** Readings that were on disk and could not be read again (torn, damaged), since the start: a gap in `seq`. */
  readonly damaged: number;
  /** Why it is not durable though it has a folder; null where all is well, and where it is meant to live in memory. */
  readonly fault: FaultCode | null;
  /** Bytes of flash pages written since the start, syncs and housekeeping included. */
  readonly writtenBytes: number;
}

/** One that reads what waits, at its own place. */
export interface OutboxReader {
  /**
   * The oldest at most `count` records after `afterSeq` (0: from the oldest) that this reader has not confirmed. Never
   * waits for a disk: records that are not in memory are fetched, and `readable` is called when they can be had. An
   * empty answer means that there is nothing, or nothing yet.
   */
  peek(count: number, afterSeq: number): readonly OutboxRecord[];
  /** Called when a `peek` that came short would find more. One listener, which neither waits nor throws; set before `open`. */
  onReadable(readable: () => void): void;
  /** Confirms every record up to and with this one: a prefix and only a prefix. Unknown or old numbers change nothing more. */
  acknowledgeThrough(seq: number): void;
  /** Whether it has confirmed all that is held. */
  readonly isEmpty: boolean;
}

/**
 * Readings between the devices and the broker, oldest first, within a bound of bytes. Memory and disk keep one contract. Its own
 * reader is the first: it holds, and is told of new records by the one that appends them.
 */
export interface Outbox extends OutboxReader {
  /**
   * Another reader, by a name that is the same in each run: its place outlives the run where records do. Asked for before `open`.
   * A reader that is no longer asked for holds nothing.
   * @param holds whether records wait for it. Within the bound alone: where it is full, records that the first reader has
   *   confirmed go before all others. One that does not hold keeps none, and is passed by.
   */
  reader(name: string, holds: boolean): OutboxReader;
  open(signal: AbortSignal): Promise<void>;
  /** The newest number that it has or had; 0 where there was none. A reading that comes next must be above it. */
  readonly lastSeq: number;
  /**
   * Never throws, never waits: it is called from the devices' loops. Records come in the order of `seq`.
   * @returns how many readings (old ones or this one) were dropped to keep the bound
   */
  append(record: OutboxRecord): number;
  status(): OutboxStatus;
  /** Safe twice. */
  close(signal: AbortSignal): Promise<void>;
}
