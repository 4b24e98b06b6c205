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
  /** The port is another one, and nothing was lost with the old one: the next bytes do not go on from the earlier ones. */
  lineResumed?(): void;
}

/** `doubted`: its last poll brought no answer; `offline`: so many did not that it is not expected to answer. */
export type Trust = 'trusted' | 'doubted' | 'offline';

/** A device that is asked. */
export interface PolledMember extends AnyMember {
  readonly kind: 'poll';
  /** When it next wants the line; infinity while it does not. */
  dueAt(): Instant;
  /** The same if the line has nothing else to do: for an offline member sooner than `dueAt`. */
  freeAt(): Instant;
  trust(): Trust;
  /** How long it will have the line if it does not answer, milliseconds; only known once it did not. */
  cost(): number;
  /**
   * Asks all that is due.
   * @returns whether the line was used
   */
  poll(signal: AbortSignal): Promise<boolean>;
  /**
   * It has something to ask that can wait for ever, and it fits. Absent: it never has.
   * @param room for so long nobody is due who is expected to answer, milliseconds
   */
  wantsAside?(room: number): boolean;
  /** Asks that. Only after `wantsAside`, in the same turn. */
  aside?(room: number, signal: AbortSignal): Promise<void>;
}

/** A device that talks by itself. */
export interface StreamingMember extends AnyMember {
  readonly kind: 'stream';
  /** Valid only during the call. */
  bytes(chunk: Uint8Array): void;
  /** The bus stops: nothing counts from here on, and waiting readings are told now. */
  stopped?(): void;
}
