import type { Point } from '../contract/reading.ts';
import type { ObisCode } from './code.ts';

/** Group A (IEC 62056-61). */
const ELECTRICITY = 1;
const GAS = 7;
const WATER: readonly number[] = [8, 9];
/** Group C of electricity: the sum of all phases, drawn less fed in. */
const NET = 16;
/** Group D: the time integral since the meter began, and of other media the reading of the register. */
const INTEGRAL = 8;

/** The quantity of a number by its code alone. Short codes have no medium, and are those of electricity meters. Pure. */
export function meaningOf(code: ObisCode | undefined): Pick<Point, 'quantity' | 'counts'> {
  if (code === undefined) return {};
  const { medium = ELECTRICITY, quantity, processing } = code;
  if (medium === ELECTRICITY) {
    if (processing !== INTEGRAL) return {};
    return { counts: quantity === NET ? 'total' : 'total-increasing' };
  }
  if (medium === GAS && quantity === 3) return { quantity: 'gas', counts: 'total-increasing' };
  if (WATER.includes(medium) && quantity === 1) return { quantity: 'water', counts: 'total-increasing' };
  return {};
}
