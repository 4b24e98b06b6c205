import { PROBES } from '../../config/probes.ts';
import type { Instant } from '../clock/clock.ts';
import type { PolledMember, Trust } from './member.ts';

/**
 * From when silent devices may take the line from those that answer: the line's time that they took before is paid for
 * in time.
 */
export interface TurnAccount {
  readonly doubtedFrom: Instant;
  readonly offlineFrom: Instant;
  /** From when an offline member may have the line while nobody else wants it. */
  readonly idleFrom: Instant;
}

export const NOTHING_OWED: TurnAccount = Object.freeze({
  doubtedFrom: Number.NEGATIVE_INFINITY,
  offlineFrom: Number.NEGATIVE_INFINITY,
  idleFrom: Number.NEGATIVE_INFINITY,
});

export interface Turn<M> {
  /** Nobody: nobody is due. */
  readonly member: M | undefined;
  /** When the next turn comes if nothing changes; at most now where there is a member. */
  readonly at: Instant;
  /** It delays nobody who is expected to answer. */
  readonly free: boolean;
}

type Asked = Pick<PolledMember, 'dueAt' | 'freeAt' | 'trust' | 'cost'>;

/**
 * The next turn: the device that has waited longest since it could have had the line, of equals the one that was asked
 * the longest ago. A device that is expected to answer may have the line when it is due. One that is not must fit in
 * before the next of those is due, or must wait until the share of the line that all of its kind have together allows
 * it. Pure.
 */
export function nextTurn<M extends Asked>(members: readonly M[], ledger: TurnAccount, now: Instant): Turn<M> {
  let wanted = Number.POSITIVE_INFINITY;
  for (const member of members) if (member.trust() === 'trusted') wanted = Math.min(wanted, member.dueAt());
  let chosen: M | undefined;
  let least = Number.POSITIVE_INFINITY;
  let leastFree = Number.POSITIVE_INFINITY;
  for (const member of members) {
    const at = startableAt(member, wanted, ledger, now);
    if (at === Number.POSITIVE_INFINITY || at > least) continue;
    const freeAt = member.freeAt();
    if (at === least && freeAt >= leastFree) continue;
    chosen = member;
    least = at;
    leastFree = freeAt;
  }
  if (chosen === undefined || least > now) return { member: undefined, at: least, free: false };
  return { member: chosen, at: least, free: now + chosen.cost() <= wanted };
}

/** When the line is next wanted by anybody who is not offline. */
export function wantedAt(members: readonly Asked[]): Instant {
  return members.reduce(
    (least, member) => (member.trust() === 'offline' ? least : Math.min(least, member.dueAt())),
    Number.POSITIVE_INFINITY,
  );
}

function startableAt(member: Asked, wanted: Instant, ledger: TurnAccount, now: Instant): Instant {
  const dueAt = member.dueAt();
  const trust = member.trust();
  if (trust === 'trusted') return dueAt;
  const fits = (at: Instant) => Math.max(now, at) + member.cost() <= wanted;
  if (trust === 'doubted') return fits(dueAt) ? dueAt : Math.max(dueAt, ledger.doubtedFrom);
  const paid = Math.max(dueAt, ledger.offlineFrom);
  const free = Math.max(member.freeAt(), ledger.idleFrom);
  return fits(free) ? Math.min(paid, free) : paid;
}

/**
 * The ledger after a turn that brought no answer.
 * @param trust of the member, before it
 * @param spent how long it had the line
 */
export function charged(ledger: TurnAccount, trust: Trust, free: boolean, spent: number, now: Instant): TurnAccount {
  if (trust !== 'offline') return free ? ledger : { ...ledger, doubtedFrom: now + pause(spent, PROBES.doubtedShare) };
  if (free) return { ...ledger, idleFrom: now + pause(spent, PROBES.idleShare) };
  return { ...ledger, offlineFrom: now + pause(spent, PROBES.share) };
}

/** After so long, the spent time is the given share of all the time that has passed. */
function pause(spent: number, share: number): number {
  return spent * (1 / share - 1);
}
