import type { FaultCode } from '../../drivers/contract/faults.ts';

/** One request to the gateway, or one act that it did by itself, and the outcome. */
export interface AuditEntry {
  readonly event: 'command' | 'link-loss';
  /** The request's id. */
  readonly id?: string | undefined;
  readonly command: string;
  readonly device?: string | undefined;
  /** The caller's own name: the MQTT 5 user property. Nobody vouches for it. */
  readonly user?: string | undefined;
  /** The id of the key that signed it. */
  readonly key?: string | undefined;
  /** Numbers, booleans, null and texts; any other value is written as its JSON in a text. */
  readonly args?: Readonly<Record<string, unknown>> | undefined;
  readonly outcome: string;
  readonly code?: FaultCode | undefined;
}

export interface AuditStatus {
  /** Number of the newest line: lines ever written, those included that had to go for room. */
  readonly entries: number;
  /** Hash of that line, 64 hexadecimal digits; zeros before the first. Where there is a folder, the line is on disk. */
  readonly head: string;
  /** Whether what is appended goes to the disk. */
  readonly durable: boolean;
  /** Entries since the start that found no room while the disk did not take them. */
  readonly lost: number;
}

/** The record of what was asked and done, in an order that can't be changed unnoticed. */
export interface Audit {
  /** Never throws: a journal that can't be opened now is tried again later. */
  open(signal: AbortSignal): Promise<void>;
  /** Never waits and never throws: a broken disk must not hold a command. */
  append(entry: AuditEntry): void;
  status(): AuditStatus;
  /** Writes the entries that are left, or gives up at the signal. Later entries count as lost. Safe twice. */
  close(signal: AbortSignal): Promise<void>;
}
