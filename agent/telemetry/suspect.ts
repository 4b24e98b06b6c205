import type { FaultCode } from '../../drivers/contract/faults.ts';

/** So often the connection must end over the same oldest reading before it goes alone … */
const ALONE_AFTER = 3;
/** … and so often before it is given up. */
const GIVE_UP_AFTER = 6;
/** A reading is suspected only if it is larger than this: most are below one kilobyte. */
const SUSPICIOUS_LENGTH = 4096;

export type Verdict = 'keep' | 'alone' | 'give-up';

/**
 * Finds the reading for which the broker ends the connection instead of refusing it (MQTT 3.1.1 has no other way), so
 * that it is not sent for ever. A broker that is merely ill must not cost a reading: only large ones can be guilty,
 * unless the broker has said itself that a packet was too large.
 */
export class Suspect {
  #seq = 0;
  #strikes = 0;

  /** The connection ended, and this reading was the oldest that had not been acknowledged. */
  struck(seq: number, length: number, code: FaultCode): Verdict {
    const guilty = code === 'link/too-large' || (code === 'link/lost' && length > SUSPICIOUS_LENGTH);
    this.#strikes = guilty && seq === this.#seq ? this.#strikes + 1 : 1;
    this.#seq = seq;
    if (!guilty || this.#strikes < ALONE_AFTER) return 'keep';
    return this.#strikes < GIVE_UP_AFTER ? 'alone' : 'give-up';
  }
}
