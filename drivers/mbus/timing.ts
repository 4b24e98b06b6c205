import { type Duration, milliseconds } from '../contract/duration.ts';
import type { LineTiming } from '../contract/port.ts';
import { LONGEST_FRAME } from './link/frame.ts';

/** How long things take, by EN 13757-2, 5.5. */
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

/** Characters that are no shorter than 330 bit times: of ten bits each, as the shortest are. */
const BEGIN_CHARACTERS = 33;
const BEGIN_MS = 50;
/** What adapter and operating system add. */
const ADAPTER_MS = 50;
/** Characters of noise beside an answer. */
const NOISE_CHARACTERS = 8;

/** Milliseconds of a character at 2400 baud, 8E1: for a server that does not say its speed. */
const USUAL_CHARACTER_MS = 11_000 / 2400;

/** 11 and 33 bit times, as whole characters. */
const QUIET_CHARACTERS = 2;
const DAMAGE_CHARACTERS = 4;
/** Milliseconds that no silence before a request may exceed. */
const LONGEST_QUIET = 1000;

/** @param timeoutMs for the begin of an answer; absent: by the standard */
export function timingOf({ characterMs }: LineTiming, timeoutMs: number | undefined): Timing {
  const character = characterMs > 0 ? characterMs : USUAL_CHARACTER_MS;
  const begin = timeoutMs ?? Math.ceil(BEGIN_CHARACTERS * character + BEGIN_MS + ADAPTER_MS);
  const silence = (characters: number) => milliseconds(Math.min(LONGEST_QUIET, characters * character));
  return {
    acknowledgement: milliseconds(begin + (NOISE_CHARACTERS + 1) * character),
    data: milliseconds(begin + (NOISE_CHARACTERS + LONGEST_FRAME) * character),
    idle: milliseconds(begin + NOISE_CHARACTERS * character),
    quiet: silence(QUIET_CHARACTERS),
    quietAfterDamage: silence(DAMAGE_CHARACTERS),
  };
}
