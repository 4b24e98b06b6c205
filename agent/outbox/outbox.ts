/** A reading that waits for the broker: serialized once, never looked into again. */
export interface OutboxRecord {
  /** Grows by one for every reading of the gateway. */
  readonly seq: number;
  readonly device: string;
  /** The reading as JSON text of an object, without `backfill`, which is only known when it is sent. */
  readonly payload: string;
}

export interface OutboxStatus {
  /** Readings held now. */
  readonly held: number;
  /** Bytes that they count for against `maxBytes`. */
  readonly bytes: number;
  /** Readings dropped since the start because the outbox was full. */
  readonly dropped: number;
  /** Whether what is held survives a power cut (within `syncIntervalMs`). */
  readonly durable: boolean;
}

/** Readings between the devices and the broker, oldest first, within a bound of bytes. Memory and disk keep one contract. */
export interface Outbox {
  open(signal: AbortSignal): Promise<void>;
  /**
   * Never throws, never waits: it is called from the devices' loops. Records come in the order of `seq`.
   * @returns how many readings (old ones or this one) were dropped to keep the bound
   */
  append(record: OutboxRecord): number;
  /** The oldest at most `count` records after `afterSeq` (0: from the oldest). They stay until they are acknowledged. */
  peek(count: number, afterSeq: number): readonly OutboxRecord[];
  /** Forgets every record up to and with this one: a prefix and only a prefix. Unknown or old numbers change nothing more. */
  acknowledgeThrough(seq: number): void;
  status(): OutboxStatus;
  /** Safe twice. */
  close(signal: AbortSignal): Promise<void>;
}
