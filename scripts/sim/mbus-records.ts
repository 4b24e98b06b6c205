/** Records of a simulated meter, as bytes: EN 13757-3. The other side of `drivers/mbus/record`, written apart from it. */

/** Data information, value information and data. */
export function record(dif: readonly number[], vif: readonly number[], data: readonly number[]): readonly number[] {
  return [...dif, ...vif, ...data];
}

/** A number in BCD, two digits a byte, the least significant byte first. @param bytes 1 to 6 */
export function bcd(value: number, bytes: number): readonly number[] {
  const digits = Math.abs(Math.trunc(value))
    .toString()
    .padStart(2 * bytes, '0')
    .slice(-2 * bytes);
  const whole = value < 0 ? `f${digits.slice(1)}` : digits;
  return pairs(whole).reverse();
}

/** A whole number in two's complement, the least significant byte first. */
export function integer(value: number, bytes: number): readonly number[] {
  const whole = BigInt.asUintN(8 * bytes, BigInt(Math.trunc(value)));
  return Array.from({ length: bytes }, (_, at) => Number((whole >> BigInt(8 * at)) & 0xffn));
}

/** Date and time to the minute (type F), in UTC. @param at milliseconds since 1970, within this century */
export function dateTime(at: number): readonly number[] {
  const date = new Date(at);
  return [date.getUTCMinutes(), date.getUTCHours(), ...day(date)];
}

/** A date (type G), in UTC. @param at as above */
export function date(at: number): readonly number[] {
  return day(new Date(at));
}

/** Text of variable length, the last character first. */
export function text(value: string): readonly number[] {
  return [value.length, ...[...value].reverse().map((letter) => letter.charCodeAt(0))];
}

function day(date: Date): readonly number[] {
  const year = date.getUTCFullYear() - 2000;
  return [date.getUTCDate() | ((year & 7) << 5), (date.getUTCMonth() + 1) | ((year >> 3) << 4)];
}

export function pairs(digits: string): number[] {
  return (digits.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
}
