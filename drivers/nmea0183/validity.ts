import type { Fields } from './fields.ts';

/**
 * A sentence's verdict on its own data. `unsure` is data that the sentence alone does not settle (dead reckoning, simulation,
 * or a release of the standard without the mode field): then a sentence with a status decides, where one is used.
 */
export type Validity = 'valid' | 'invalid' | 'unsure';

/** NMEA 0183 2.3 and later; C and U are what some receivers send. gpsd, "NMEA Revealed" v2.24, FAA Mode Indicator. */
const MODES: Readonly<Record<string, string>> = {
  A: 'autonomous',
  C: 'caution',
  D: 'differential',
  E: 'estimated',
  F: 'float-rtk',
  M: 'manual',
  N: 'none',
  P: 'precise',
  R: 'rtk',
  S: 'simulator',
  U: 'unsafe',
};

export const MODE_NAMES: readonly string[] = Object.values(MODES);

/** The mode indicator in words; null where it is absent or a letter that nobody has described. */
export function modeName(letter: string): string | null {
  return Object.hasOwn(MODES, letter) ? (MODES[letter] ?? null) : null;
}

/** From the mode indicator alone (VTG). */
export function modeValidity(letter: string): Validity {
  if (letter === 'N') return 'invalid';
  return 'ADFPR'.includes(letter) && letter !== '' ? 'valid' : 'unsure';
}

/** From status and mode (RMC, GLL): the status decides, and mode N overrides it. */
export function statusIsValid(fields: Fields, status: number, mode: number): boolean {
  return fields.oneOf(status, ['A', 'V']) === 'A' && fields.text(mode) !== 'N';
}
