import type { LineTiming } from '../../contract/port.ts';
import { BAUD_RATES, type Identification } from './identification.ts';
import type { Options } from './options.ts';

/** Of the sign-on (IEC 62056-21). */
const SIGN_ON_BAUD_RATE = 300;

/** The speed that a meter of mode C usually offers, where the config names none. */
const USUAL_BAUD_RATE = 9600;

/** Start bit, 7 bits and parity, two stop bits: no line of these meters has longer characters. */
const LONGEST_CHARACTER_BITS = 11;

/** The speeds of one meter's readout. All in bits per second. */
export class Speeds {
  /** Of the sign-on: the line's own. */
  readonly line: number;
  readonly #options: Options;

  constructor(options: Options, { baudRate }: LineTiming) {
    this.#options = options;
    const behindServer = options.fixedSpeed ? options.baudRate : undefined;
    this.line = baudRate > 0 ? baudRate : (behindServer ?? SIGN_ON_BAUD_RATE);
  }

  /** The speed of the readout; undefined: the meter offers none that may be used. */
  chosen({ mode, baudRate }: Pick<Identification, 'mode' | 'baudRate'>): number | undefined {
    if (mode === 'a') return this.line;
    const wanted = this.#options.fixedSpeed ? this.line : (this.#options.baudRate ?? baudRate);
    if (baudRate === undefined || wanted === undefined) return undefined;
    // In mode B the meter does not ask; in mode C the reader may choose what is offered, or less that has a character.
    const isOffered = mode === 'b' ? wanted === baudRate : wanted <= baudRate && BAUD_RATES.includes(wanted);
    return isOffered ? wanted : undefined;
  }

  get usual(): number {
    return this.#isKept ? this.line : (this.#options.baudRate ?? USUAL_BAUD_RATE);
  }

  /** The slowest that the config allows. In mode A, which only the identification tells, the line stays as it is. */
  get slowest(): number {
    const { mode, baudRate } = this.#options;
    if (this.#isKept) return this.line;
    const changed = baudRate ?? SIGN_ON_BAUD_RATE;
    return mode === 'auto' ? Math.min(changed, this.line) : changed;
  }

  get #isKept(): boolean {
    return this.#options.fixedSpeed || this.#options.mode === 'a';
  }
}

/** Milliseconds of one character, rather too long than too short. */
export function characterTime(baudRate: number): number {
  return (LONGEST_CHARACTER_BITS * 1000) / baudRate;
}
