import { type Duration, milliseconds } from '../contract/duration.ts';
import type { LineTiming } from '../contract/port.ts';
import { LONGEST_FRAME } from './link/frame.ts';

/** How long things take, by EN 13757-2. */
export interface Timing {
  /** From the end of a request to the one character that answers it. */
  readonly acknowledgement: Duration;
  /** From the end of a request to the last byte of the longest answer. */
  readonly data: Duration;
  /** An answer ends so long after its last byte. It is no shorter than the answer may take to begin: noise may come before it. */
  readonly idle: Duration;
  /** Silence before a request. */
  readonly quiet: Duration;
  /** Silence before a request after what was no sound answer. */
  readonly quietAfterDamage: Duration;
}

/** An answer begins within so many bit times and milliseconds. */
const BEGIN_BITS = 330;
const BEGIN_MS = 50;
/** The delay of adapter and operating system. */
const ADAPTER_MS = 50;
/** Characters of noise beside an answer. */
const NOISE_CHARACTERS = 8;

/** Bits of a character: start, eight of data, even parity, stop. */
const CHARACTER_BITS = 11;
/** Bits per second that a server is taken for which does not say its speed. */
const USUAL_SPEED = 2400;

/** Bit times without a byte before a request, after a sound answer and after any other. */
const QUIET_BITS = 11;
const DAMAGE_BITS = 33;
/** Milliseconds that no silence before a request may exceed. */
const LONGEST_QUIET = 1000;

/** @param timeoutMs for the begin of an answer; absent: by the standard */
export function timingOf({ baudRate, characterMs }: LineTiming, timeoutMs: number | undefined): Timing {
  const bit = 1000 / (baudRate > 0 ? baudRate : USUAL_SPEED);
  const character = characterMs > 0 ? characterMs : CHARACTER_BITS * bit;
  const begin = timeoutMs ?? Math.ceil(BEGIN_BITS * bit + BEGIN_MS + ADAPTER_MS);
  const silence = (bits: number) => milliseconds(Math.min(LONGEST_QUIET, bits * bit));
  return {
    acknowledgement: milliseconds(begin + (NOISE_CHARACTERS + 1) * character),
    data: milliseconds(begin + (NOISE_CHARACTERS + LONGEST_FRAME) * character),
    idle: milliseconds(begin + NOISE_CHARACTERS * character),
    quiet: silence(QUIET_BITS),
    quietAfterDamage: silence(DAMAGE_BITS),
  };
}
