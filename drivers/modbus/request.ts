import { pair, seal, word } from './rtu/frame.ts';
import { requestLength } from './shape.ts';

export type ReadFunction = 1 | 2 | 3 | 4;

/** What a master asks. Registers are bytes as they lie on the wire. */
export type Request =
  | { readonly function: ReadFunction; readonly address: number; readonly count: number }
  | { readonly function: 5; readonly address: number; readonly on: boolean }
  | { readonly function: 6; readonly address: number; readonly registers: Uint8Array }
  | { readonly function: 15; readonly address: number; readonly coils: readonly boolean[] }
  | { readonly function: 16; readonly address: number; readonly registers: Uint8Array }
  | {
      readonly function: 23;
      readonly address: number;
      readonly count: number;
      readonly writeAddress: number;
      readonly registers: Uint8Array;
    };

/** The request as a whole frame. Its numbers are checked by those who build it: addresses, counts and sizes fit. */
export function encodeRequest(unit: number, request: Request): Uint8Array {
  return seal(unit, pdu(request));
}

function pdu(request: Request): number[] {
  const head = [request.function, ...pair(request.address)];
  switch (request.function) {
    case 5:
      return [...head, ...pair(request.on ? 0xff00 : 0)];
    case 6:
      return [...head, ...request.registers];
    case 15: {
      const packed = packBits(request.coils);
      return [...head, ...pair(request.coils.length), packed.length, ...packed];
    }
    case 16:
      return [...head, ...pair(request.registers.length / 2), request.registers.length, ...request.registers];
    case 23:
      return [
        ...head,
        ...pair(request.count),
        ...pair(request.writeAddress),
        ...pair(request.registers.length / 2),
        request.registers.length,
        ...request.registers,
      ];
    default:
      return [...head, ...pair(request.count)];
  }
}

/**
 * The request in a frame whose checksum is right; for the side that answers.
 * @returns undefined where the function is none of ours or its fields contradict each other
 */
export function decodeRequest(frame: Uint8Array): Request | undefined {
  if (requestLength(frame, 0) !== frame.length) return undefined;
  const address = word(frame, 2);
  const value = word(frame, 4);
  const code = frame[1];
  switch (code) {
    case 1:
    case 2:
    case 3:
    case 4:
      return { function: code, address, count: value };
    case 5:
      return value === 0 || value === 0xff00 ? { function: 5, address, on: value !== 0 } : undefined;
    case 6:
      return { function: 6, address, registers: frame.slice(4, 6) };
    case 15:
      return { function: 15, address, coils: unpackBits(frame.subarray(7), value) };
    case 16:
      return { function: 16, address, registers: frame.slice(7, -2) };
    case 23:
      return { function: 23, address, count: value, writeAddress: word(frame, 6), registers: frame.slice(11, -2) };
    default:
      return undefined;
  }
}

/** Eight to a byte, the first in the least significant bit; what is left over is 0 (V1.1b3, 6.1 and 6.11). */
export function packBits(bits: readonly boolean[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, index) => {
    if (bit) bytes[index >>> 3] = (bytes[index >>> 3] ?? 0) | (1 << (index & 7));
  });
  return bytes;
}

export function bitAt(bytes: Uint8Array, index: number): boolean {
  return (((bytes[index >>> 3] ?? 0) >>> (index & 7)) & 1) === 1;
}

function unpackBits(bytes: Uint8Array, count: number): boolean[] {
  return Array.from({ length: count }, (_, index) => bitAt(bytes, index));
}
