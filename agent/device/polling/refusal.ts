import type { Outcome } from '../../bus/dialogue/inquiry.ts';

export type Failure = Extract<Outcome, { ok: false }>;

/** The device understood, and said no: nothing is wrong with the line or the device. */
export function isRefusal({ consequence }: Failure): boolean {
  return consequence === 'refused' || consequence === 'may-have-acted';
}
