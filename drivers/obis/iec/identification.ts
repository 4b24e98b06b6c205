/** A meter's account of itself (IEC 62056-21: `/XXXZ…CR LF`). */
export interface Identification {
  /** `a`: no change of speed. `b`: the meter changes by itself. `c`: the reader chooses, up to what is offered. */
  readonly mode: 'a' | 'b' | 'c';
  /** Bits per second that mode B will use and mode C offers; undefined in mode A, and for reserved characters. */
  readonly baudRate: number | undefined;
  /** The maker's third letter is small: the meter reacts in 20 ms and not in 200 (6.3.2, item 11). */
  readonly isQuick: boolean;
  /** The whole line, without its end. */
  readonly line: string;
}

/** IEC 62056-21: 7 to 9 are reserved. */
const MODE_C = [300, 600, 1200, 2400, 4800, 9600, 19200] as const;

/** IEC 62056-21: A to F; G to I are reserved. */
const MODE_B = [600, 1200, 2400, 4800, 9600, 19200] as const;

/** Every speed of a readout. */
export const BAUD_RATES: readonly number[] = MODE_C;

/** The standard gives 5 and 16 characters; makers send more, and escapes before. */
export const LONGEST_IDENTIFICATION = 64;

const IDENTIFICATION = /\/([A-Za-z]{3})([ "-.0-~])[ -~]{0,56}\r?\n/;

/**
 * The first identification in what has come: an echo of the request and noise may stand before it.
 * @returns undefined where there is none yet
 */
export function findIdentification(
  text: string,
): { readonly identification: Identification; readonly end: number } | undefined {
  const found = IDENTIFICATION.exec(text);
  if (found === null) return undefined;
  const [whole, maker = '', character = ''] = found;
  const isQuick = /[a-z]$/.test(maker);
  const line = whole.trimEnd();
  return { identification: { ...offered(character), isQuick, line }, end: found.index + whole.length };
}

function offered(character: string): Pick<Identification, 'mode' | 'baudRate'> {
  if (/[0-9]/.test(character)) return { mode: 'c', baudRate: MODE_C[Number(character)] };
  if (/[A-I]/.test(character)) return { mode: 'b', baudRate: MODE_B[character.charCodeAt(0) - 0x41] };
  return { mode: 'a', baudRate: undefined };
}

/** The character of mode C for a speed of {@link BAUD_RATES}. */
export function baudCharacter(baudRate: number): string {
  return String(BAUD_RATES.indexOf(baudRate));
}
