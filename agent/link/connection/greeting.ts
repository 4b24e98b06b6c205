import type { Fault } from '../../../drivers/contract/fault.ts';
import type { Instant } from '../../clock/clock.ts';

/** A broker's account of itself is believed for so long, and the guess after a closed connection. */
export const TOLD_FOR = 86_400_000;
export const GUESSED_FOR = 3_600_000;

/** CONNACK: MQTT 3.1.1 table 3.1, and MQTT 5 3.2.2.2. */
const UNACCEPTABLE_VERSION = 1;
const UNSUPPORTED_VERSION = 132;
/** CONNACK and DISCONNECT: MQTT 5, 3.2.2.2 and 3.14.2.1. */
const RETAIN_NOT_SUPPORTED = 154;
const QOS_NOT_SUPPORTED = 155;

/** The greeting of a broker, and the abilities that it is then taken to have. */
export interface Greeting {
  readonly version: 4 | 5;
  /** Whether it keeps messages: then the will is retained, and published messages may be. */
  readonly retain: boolean;
  /** Of the will, and the most that it takes. */
  readonly qos: 0 | 1;
}

/** A broker's account of itself in its CONNACK (MQTT 5, 3.2.2.3.4 and 3.2.2.3.5). */
export interface Offer {
  readonly retainAvailable: boolean;
  readonly maximumQos: 0 | 1;
}

/**
 * With which words one broker lets us in. Where it refuses a version, a retained will or its QoS, the next attempt goes
 * without. Where it closes without a word at the greeting, a humbler one is tried, and believed only if that is accepted.
 * Nothing is believed for ever: then the best greeting is tried again.
 */
export class Greetings {
  readonly #first: Greeting;
  readonly #mayFallBack: boolean;
  #greeting: Greeting;
  #until: Instant = Number.POSITIVE_INFINITY;
  /** The greeting in use is a guess that no broker has accepted yet. */
  #guess = false;
  /** Guesses follow one another at once only in the first round: a dead broker behind a proxy closes each of them. */
  #hurried = false;

  constructor(configured: 4 | 5 | 'auto') {
    this.#mayFallBack = configured === 'auto';
    this.#first = { version: configured === 'auto' ? 5 : configured, retain: true, qos: 1 };
    this.#greeting = this.#first;
  }

  /** The greeting of the next attempt. */
  next(now: Instant): Greeting {
    if (now >= this.#until) this.#reset();
    return this.#greeting;
  }

  /**
   * The broker was reached and did not let us in.
   * @returns whether another greeting is worth trying at once
   */
  refused({ code, facts }: Fault, now: Instant): boolean {
    const told = this.#without(facts?.reason);
    if (told !== undefined) {
      this.#adopt(told, now, TOLD_FOR);
      return true;
    }
    const wordless = (code === 'link/lost' || code === 'link/protocol') && facts?.reason === undefined;
    const humbler = wordless ? this.#humbler() : undefined;
    if (humbler !== undefined) {
      this.#adopt(humbler, now, GUESSED_FOR);
      this.#guess = true;
      return !this.#hurried;
    }
    if (!this.#guess) return false;
    // none was the cause
    this.#hurried = true;
    this.#reset();
    return false;
  }

  /** It could not even be reached: the guess about it has no proof. */
  unreached(): void {
    if (this.#guess) this.#reset();
  }

  accepted({ retainAvailable, maximumQos }: Offer, now: Instant): void {
    this.#guess = false;
    this.#hurried = false;
    const { retain, qos } = this.#greeting;
    if (retain && !retainAvailable) this.#adopt({ ...this.#greeting, retain: false }, now, TOLD_FOR);
    if (qos > maximumQos) this.#adopt({ ...this.#greeting, qos: maximumQos }, now, TOLD_FOR);
  }

  /** It hangs up over each retained message. */
  keepsNothing(now: Instant): void {
    this.#adopt({ ...this.#greeting, retain: false }, now, GUESSED_FOR);
  }

  /** @param reason of a CONNACK or DISCONNECT @returns the greeting without what it names, if it has it */
  #without(reason: number | boolean | undefined): Greeting | undefined {
    const greeting = this.#greeting;
    if (reason === RETAIN_NOT_SUPPORTED && greeting.retain) return { ...greeting, retain: false };
    if (reason === QOS_NOT_SUPPORTED && greeting.qos === 1) return { ...greeting, qos: 0 };
    if (reason !== UNACCEPTABLE_VERSION && reason !== UNSUPPORTED_VERSION) return undefined;
    return this.#mayFallBack && greeting.version === 5 ? { ...greeting, version: 4 } : undefined;
  }

  #humbler(): Greeting | undefined {
    const greeting = this.#greeting;
    if (greeting.version === 5) return this.#mayFallBack ? { ...greeting, version: 4 } : undefined;
    // MQTT 3.1.1 has no word for what a will must be without: its retain flag, its QoS, both
    if (greeting.retain) return { ...greeting, retain: false };
    return greeting.qos === 1 ? { ...greeting, retain: true, qos: 0 } : undefined;
  }

  #adopt(greeting: Greeting, now: Instant, span: number): void {
    this.#greeting = greeting;
    this.#until = Math.min(this.#until, now + span);
  }

  #reset(): void {
    this.#greeting = this.#first;
    this.#until = Number.POSITIVE_INFINITY;
    this.#guess = false;
  }
}
