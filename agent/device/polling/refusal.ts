import type { Fault } from '../../../drivers/contract/fault.ts';
import type { Outcome } from '../../bus/dialogue/inquiry.ts';

export type Failure = Extract<Outcome, { ok: false }>;

/** The device understood, and said no: nothing is wrong with the line or the device. */
export function isRefusal({ consequence }: Failure): boolean {
  return consequence === 'refused' || consequence === 'may-have-acted';
}

/**
 * Under each repeat of a dialogue the server closed the connection: to ask at once again would go on for ever, and cost
 * the device a request each time.
 */
export function isCutOff({ code, facts }: Fault): boolean {
  return code === 'port/ended' && facts?.started === true;
}
