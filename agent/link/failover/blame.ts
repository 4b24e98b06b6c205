import { Fault } from '../../../drivers/contract/fault.ts';
import type { Instant } from '../../clock/clock.ts';
import type { KnownBroker } from './brokers.ts';
import type { Blame, UnansweredPacket } from './poison-message.ts';

/** Judges the end of a connection by the packets that had been sent, and notes the new belief about the broker. */
export function judgeEnd(known: KnownBroker, fault: Fault, unanswered: UnansweredPacket, now: Instant): Blame {
  const { caution, greetings } = known;
  const blame = caution.ended(fault, unanswered, now);
  if (blame === 'retain') greetings.keepsNothing(now);
  // MQTT 5 says in its DISCONNECT what it does not support
  return fault.facts?.reason !== undefined && greetings.refused(fault, now) ? 'attributed' : blame;
}

/** The fault by which the log and the status name an end that is put down to a message. */
export function nameOf(blame: Blame, fault: Fault): Fault {
  if (blame === 'size') return new Fault('link/too-large', undefined, fault);
  return blame === 'retain' ? new Fault('link/no-retain', undefined, fault) : fault;
}
