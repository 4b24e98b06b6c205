import { Fault } from '../../../drivers/contract/fault.ts';

/** A broker that was started anew twice, while somebody was looking, must not be taken for a twin. */
const AGAIN = 2;

/**
 * Finds the twin that nobody names. MQTT 5 says 142 when another client comes under our name; MQTT 3.1.1 has no word
 * for it, and mosquitto 2.0.11 closes without one on MQTT 5 too. Only the pattern remains: accepted, and soon after
 * closed without a word, again and again, with no failed attempt between as there is when a broker goes down.
 */
export class TakeoverDetector {
  readonly #soon: number;
  #inRow = 0;

  /** @param soon a twin of our kind comes back no later than this */
  constructor(soon: number) {
    this.#soon = soon;
  }

  failed(): void {
    this.#inRow = 0;
  }

  /** @returns the fault to name the end of a connection by: `link/kicked`, or the given one */
  ended(fault: Fault, lasted: number): Fault {
    const wordless = fault.code === 'link/lost' && fault.facts?.reason === undefined;
    this.#inRow = wordless && lasted < this.#soon ? this.#inRow + 1 : 0;
    return this.#inRow < AGAIN ? fault : new Fault('link/kicked', undefined, fault);
  }
}
