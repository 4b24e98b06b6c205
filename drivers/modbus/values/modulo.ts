/**
 * Energies of many Schneider meters: each register, signed, holds four decimal digits, so that the value is the sum of
 * register × 10000^place. All registers that are not 0 have the sign of the value (PowerLogic PM800, CM3000, CM4000:
 * "Modulo 10,000", each register -9999 to 9999, the lowest first; ION 7300 to 8800: "INT32-M10K", the highest first,
 * which there goes on up to ±32767).
 */
const BASE = 10_000;

/** Of two registers the higher one may go so far, and never in four: 9999 is the most in those. */
const HIGHEST_OF_TWO = 32_767;

function highest(view: DataView): number {
  return view.byteLength === 4 ? HIGHEST_OF_TWO : BASE - 1;
}

/** @param view registers, the most significant first. @returns null where a register is too large or the signs differ */
export function decodeModulo(view: DataView): number | bigint | null {
  let value = 0n;
  let sign = 0;
  for (let at = 0; at < view.byteLength; at += 2) {
    const register = view.getInt16(at);
    if (Math.abs(register) > (at === 0 ? highest(view) : BASE - 1)) return null;
    if (register !== 0 && sign !== 0 && Math.sign(register) !== sign) return null;
    sign ||= Math.sign(register);
    value = value * BigInt(BASE) + BigInt(register);
  }
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** @returns false where the registers can not hold the number */
export function encodeModulo(view: DataView, raw: number | bigint): boolean {
  if (typeof raw === 'number' && !Number.isInteger(raw)) return false;
  let left = BigInt(raw);
  for (let at = view.byteLength - 2; at > 0; at -= 2) {
    view.setInt16(at, Number(left % BigInt(BASE)));
    left /= BigInt(BASE);
  }
  const most = BigInt(highest(view));
  if (left > most || left < -most) return false;
  view.setInt16(0, Number(left));
  return true;
}
