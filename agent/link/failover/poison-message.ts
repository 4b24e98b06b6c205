import type { Fault } from '../../../drivers/contract/fault.ts';
import type { Instant } from '../../clock/clock.ts';

/** So many connections must end over a message that was alone before it is held to be the cause. */
const GUILTY_AFTER = 3;
/** A fact that was found out is believed for so long; then the broker, which may be another one by now, is tried again. */
export const BELIEVED_FOR = 3_600_000;

/** The traits of a message that decide whether a broker hangs up over it. */
export interface Trait {
  /** Bytes of the packet. */
  readonly size: number;
  readonly retain: boolean;
}

/** The packets that had been sent when a connection ended, and had no answer. */
export interface UnansweredPacket {
  readonly count: number;
  /** Bytes of the largest. */
  readonly largest: number;
  /** Where it was one alone: its traits, and for how many milliseconds it had been under way. */
  readonly alone: (Trait & { readonly waited: number }) | undefined;
}

/** `attributed`: the end is put down to the one message; `size` and `retain`: and that is enough to believe it. */
export type Blame = 'none' | 'attributed' | 'size' | 'retain';

/**
 * Finds the messages for which a broker ends the connection instead of refusing them (MQTT 3.1.1 knows no refusal).
 * After an end with something unanswered, larger messages than this broker has acknowledged go alone, so that it shows
 * which one it is: at first in their order, for most ends have nothing to do with a message; after an end over one that
 * was alone, behind the smaller ones. Blamed is only a message over which the broker itself hung up, soon, three
 * times, after it had acknowledged smaller ones in each of those connections: a path that swallows large packets lets
 * them run out of time, and an ill broker acknowledges one of that size sooner or later, which clears all of them.
 *
 * Of one broker, over all its connections.
 */
export class PoisonMessage {
  readonly #soon: number;
  /** Messages that may be guilty go alone. */
  #on = false;
  /** A connection has ended over one that was alone. */
  #pointed = false;
  /** Largest packet that has been acknowledged since there is something to suspect. */
  #proven = 0;
  #retainProven = false;
  /** Largest message that may have been guilty: once one like it is acknowledged, all is well again. */
  #suspected = 0;
  #strikes: { readonly size: number; readonly at: Instant }[] = [];
  #retainStrikes = 0;
  #limit: number | undefined;
  #limitAt: Instant = 0;
  /** The same of this connection alone. */
  #provenHere = 0;
  #retainProvenHere = false;
  #aliveHere = false;

  /** @param soon a broker that hangs up over a message does it within so many milliseconds */
  constructor(soon: number) {
    this.#soon = soon;
  }

  /** Whether what may be guilty goes alone. */
  get on(): boolean {
    return this.#on;
  }

  /** Whether all go in their order: no single message is suspected. */
  get inOrder(): boolean {
    return !this.#pointed;
  }

  /** Packets of so many bytes and more end the connection; undefined where none are known to. */
  get limit(): number | undefined {
    return this.#limit;
  }

  /** A connection begins. */
  opened(now: Instant): void {
    this.#provenHere = 0;
    this.#retainProvenHere = false;
    this.#aliveHere = false;
    this.#strikes = this.#strikes.filter(({ at }) => now - at < BELIEVED_FOR);
    if (this.#limit === undefined || now - this.#limitAt < BELIEVED_FOR) return;
    this.#suspected = this.#limit;
    this.#proven = this.#limit - 1;
    this.#on = true;
    this.#pointed = true;
    this.#limit = undefined;
  }

  /** `alone`: only while nothing else is under way, and so that it is acknowledged. */
  judge({ size, retain }: Trait): 'free' | 'alone' | 'too-large' {
    if (this.#limit !== undefined && size >= this.#limit) return 'too-large';
    if (!this.#on) return 'free';
    return size > this.#proven || (retain && !this.#retainProven) ? 'alone' : 'free';
  }

  /** The broker has answered that it is there. */
  alive(): void {
    this.#aliveHere = true;
  }

  /** The broker has answered a message, with any reason. */
  answered({ size, retain }: Trait): void {
    this.#provenHere = Math.max(this.#provenHere, size);
    this.#retainProvenHere ||= retain;
    if (this.#strikes.length > 0) this.#strikes = this.#strikes.filter((strike) => strike.size > size);
    if (!this.#on) return;
    this.#proven = Math.max(this.#proven, size);
    this.#retainProven ||= retain;
    if (this.#retainProven) this.#retainStrikes = 0;
    if (this.#proven < this.#suspected || !this.#retainProven) return;
    this.#on = false;
    this.#pointed = false;
  }

  /** A connection ended that had been accepted. */
  ended(fault: Fault, unanswered: UnansweredPacket, now: Instant): Blame {
    const { count, largest, alone } = unanswered;
    if (count === 0 || !isSuspicious(fault)) return 'none';
    const blame = this.#on ? this.#blame(fault, alone, now) : 'none';
    this.#pointed ||= this.#on && alone !== undefined;
    this.#on = true;
    this.#suspected = largest;
    this.#proven = this.#provenHere;
    this.#retainProven = this.#retainProvenHere;
    return blame;
  }

  #blame(fault: Fault, alone: UnansweredPacket['alone'], now: Instant): Blame {
    if (alone === undefined || alone.waited >= this.#soon || fault.code === 'link/timeout') return 'none';
    if (!this.#aliveHere) return 'none';
    if (alone.retain && !this.#retainProvenHere) {
      this.#retainStrikes += 1;
      if (this.#retainStrikes < GUILTY_AFTER) return 'attributed';
      this.#retainStrikes = 0;
      return 'retain';
    }
    if (this.#provenHere === 0 || alone.size <= this.#provenHere) return 'none';
    // a broker that says so itself need not be asked three times
    const times = fault.code === 'link/too-large' ? GUILTY_AFTER : 1;
    for (let time = 0; time < times; time += 1) this.#strikes.push({ size: alone.size, at: now });
    this.#strikes.sort((one, other) => one.size - other.size);
    const guilty = this.#strikes[GUILTY_AFTER - 1];
    if (guilty === undefined) return 'attributed';
    this.#limit = guilty.size;
    this.#limitAt = now;
    this.#strikes = [];
    return 'size';
  }
}

/** Ends that a message may have brought about: without a word, in silence, or for its size. */
function isSuspicious({ code, facts }: Fault): boolean {
  return code === 'link/timeout' || code === 'link/too-large' || (code === 'link/lost' && facts?.reason === undefined);
}
