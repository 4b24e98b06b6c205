import { Fault } from '../../../drivers/contract/fault.ts';
import type { ClockState } from '../../clock/clock.ts';
import type { CommandRequest, Envelope } from './envelope.ts';

/** The circumstances at the moment at which a request is judged. */
export interface Circumstances {
  readonly stopping: boolean;
  readonly lockedOut: boolean;
  readonly enabled: boolean;
  readonly retained: boolean;
  readonly clock: ClockState;
  /** Wall clock, milliseconds since 1970. */
  readonly wall: number;
  readonly maxAgeMs: number;
  /** Whether a request of that expiry may have been executed and forgotten. */
  readonly mayHaveForgotten: (expiresAt: number) => boolean;
}

/**
 * The request of an id that was not seen before, if it may go on to the router. The decision of somebody on site comes
 * first, so that no request learns anything else while the switch is set. A clock of unknown state is trusted:
 * containers and small systems can not tell, and the time may well be right.
 * @throws Fault `internal/cancelled`, `command/lockout`, `command/disabled`, `command/retained`, `command/malformed`,
 *   `command/too-large`, `command/clock`, `command/expired`, `command/expires-too-late`
 */
export function admit(envelope: Envelope, at: Circumstances): CommandRequest {
  if (at.stopping) throw new Fault('internal/cancelled');
  if (at.lockedOut) throw new Fault('command/lockout');
  if (!at.enabled) throw new Fault('command/disabled');
  if (at.retained) throw new Fault('command/retained');
  if (envelope.request === undefined) throw new Fault(envelope.fault);
  if (at.clock === 'unsynchronized') throw new Fault('command/clock');
  const { expiresAt } = envelope.request;
  if (hasExpired(expiresAt, at.wall) || at.mayHaveForgotten(expiresAt)) throw new Fault('command/expired');
  if (expiresAt - at.wall > at.maxAgeMs) throw new Fault('command/expires-too-late');
  return envelope.request;
}

/** Written so that a time that is no number has always expired. */
export function hasExpired(expiresAt: number, wall: number): boolean {
  return !(wall < expiresAt);
}
