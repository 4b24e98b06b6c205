import { cleanText } from '../framing/text.ts';

/** A sensor's account of itself. Null: it leaves that out. */
export interface Identification {
  /** Version of SDI-12, as `1.4`. */
  readonly protocol: string;
  readonly vendor: string | null;
  readonly model: string | null;
  readonly version: string | null;
  /** The vendor's addition, mostly the serial number. */
  readonly serial: string | null;
}

/** Vendors write more than the 13 characters that the standard has at the end. */
const FORM = /^([0-9])([0-9])([ -~]{0,80})$/;

/**
 * The answer to `aI!` without its address: `ll` version, 8 characters vendor, 6 model, 3 version, up to 13 of the vendor's
 * own (SDI-12 1.4, 4.4.2). Some sensors leave blanks at the end out, so a part that is missing there is null. Pure.
 * @returns nothing where it is out of form
 */
export function readIdentification(text: string): Identification | undefined {
  const [, major, minor, rest] = FORM.exec(text) ?? [];
  if (rest === undefined) return undefined;
  const part = (from: number, to?: number) => {
    const clean = cleanText(rest.slice(from, to));
    return clean === '' ? null : clean;
  };
  return {
    protocol: `${major}.${minor}`,
    vendor: part(0, 8),
    model: part(8, 14),
    version: part(14, 17),
    serial: part(17),
  };
}
