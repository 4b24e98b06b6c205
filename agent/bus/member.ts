import type { Fault } from '../../drivers/contract/fault.ts';
import type { Instant } from '../clock/clock.ts';

/** A device as its bus sees it. None of these calls may throw. */
export type Member = PolledMember | StreamingMember;

interface AnyMember {
  readonly id: string;
  lineOpened(now: Instant): void;
  lineClosed(fault: Fault): void;
  /** About once a second while the line is open. */
  tick(now: Instant): void;
}

/** A device that is asked. */
export interface PolledMember extends AnyMember {
  readonly kind: 'poll';
  /** When it next wants the line; infinity while it does not. */
  dueAt(): Instant;
  /**
   * Asks all that is due.
   * @returns whether the line was used
   */
  poll(signal: AbortSignal): Promise<boolean>;
}

/** A device that talks by itself. */
export interface StreamingMember extends AnyMember {
  readonly kind: 'stream';
  /** Valid only during the call. */
  bytes(chunk: Uint8Array): void;
}
