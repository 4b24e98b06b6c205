import { cleanText } from '../framing/text.ts';

/** How a number of the HEX protocol is laid out: bytes, least significant first, with or without a sign. */
interface NumberLayout {
  readonly size: number;
  readonly signed: boolean;
}

/** The types of the HEX protocol's register tables: `un8` is uint8, `sn16` is int16. */
export const REGISTER_TYPES: Readonly<Record<RegisterNumber, NumberLayout>> = {
  uint8: { size: 1, signed: false },
  int8: { size: 1, signed: true },
  uint16: { size: 2, signed: false },
  int16: { size: 2, signed: true },
  uint24: { size: 3, signed: false },
  uint32: { size: 4, signed: false },
  int32: { size: 4, signed: true },
};

export type RegisterNumber = 'uint8' | 'int8' | 'uint16' | 'int16' | 'uint24' | 'uint32' | 'int32';

/**
 * The number in a register's bytes; null: not available, which is all bits set of an unsigned number and the largest of a
 * signed one (VE.Direct HEX protocol, "0xFFFF = Not Available"); undefined: the bytes are not as many as the type has.
 */
export function readRegister(data: Uint8Array, type: RegisterNumber): number | null | undefined {
  const { size, signed } = REGISTER_TYPES[type];
  if (data.length !== size) return undefined;
  const number = data.reduceRight((total, byte) => total * 256 + byte, 0);
  const modulus = 256 ** size;
  if (!signed) return number === modulus - 1 ? null : number;
  if (number === modulus / 2 - 1) return null;
  return number >= modulus / 2 ? number - modulus : number;
}

/** A text register, to its first NUL. */
export function readRegisterText(data: Uint8Array): string {
  const end = data.indexOf(0);
  return cleanText(String.fromCharCode(...(end < 0 ? data : data.subarray(0, end))));
}
