import { pair, word } from './bytes.ts';
import { requestLength } from './pdu-length.ts';

export type ReadFunction = 1 | 2 | 3 | 4;

/** A master's request. Registers are bytes as they lie on the wire. */
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
    }
  /** Read device identification (V1.1b3, 6.21). `level`: 1 basic, 2 regular; `object`: from which on. */
  | { readonly function: 43; readonly level: 1 | 2; readonly object: number };

/** The kind of encapsulated interface that reads device identification (V1.1b3, 6.21). */
export const DEVICE_IDENTIFICATION = 0x0e;

/** It changes nothing in the device. */
export function isRead(request: Request): boolean {
  return request.function <= 4 || request.function === 43;
}

/** Function and data. The builders of the request check its numbers: addresses, counts and sizes fit. */
export function requestPdu(request: Request): Uint8Array {
  return Uint8Array.from(fields(request));
}

function fields(request: Request): number[] {
  if (request.function === 43) return [request.function, DEVICE_IDENTIFICATION, request.level, request.object];
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
 * The request in a PDU; for the side that answers.
 * @returns undefined where the function is none of ours or its fields contradict each other
 */
export function requestOf(pdu: Uint8Array): Request | undefined {
  if (requestLength(pdu, 0) !== pdu.length) return undefined;
  if (pdu[0] === 43) {
    const [, , level, object = 0] = pdu;
    return level === 1 || level === 2 ? { function: 43, level, object } : undefined;
  }
  const address = word(pdu, 1);
  const value = word(pdu, 3);
  const code = pdu[0];
  switch (code) {
    case 1:
    case 2:
    case 3:
    case 4:
      return { function: code, address, count: value };
    case 5:
      return value === 0 || value === 0xff00 ? { function: 5, address, on: value !== 0 } : undefined;
    case 6:
      return { function: 6, address, registers: pdu.slice(3) };
    case 15:
      return { function: 15, address, coils: unpackBits(pdu.subarray(6), value) };
    case 16:
      return { function: 16, address, registers: pdu.slice(6) };
    case 23:
      return { function: 23, address, count: value, writeAddress: word(pdu, 5), registers: pdu.slice(10) };
    default:
      return undefined;
  }
}

/** Eight to a byte, the first in the least significant bit; the bits that are left over are 0 (V1.1b3, 6.1 and 6.11). */
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
