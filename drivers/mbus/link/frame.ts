/** Frames of the link layer: EN 13757-2 (format class FT 1.2 of EN 60870-5-1). */

/** The single character by which a slave says yes. */
export const ACK = 0xe5;
export const SHORT_START = 0x10;
export const LONG_START = 0x68;
export const STOP = 0x16;

export const SHORT_LENGTH = 5;
/** Bytes of a long frame around what its length counts. */
export const LONG_OVERHEAD = 6;
/** Bytes of the longest frame: 255 counted ones. */
export const LONGEST_FRAME = 255 + LONG_OVERHEAD;

/** Control fields that the master sends (EN 13757-2). */
const SND_NKE = 0x40;
const REQ_UD2 = 0x5b;
const SND_UD = 0x53;
const FCB = 0x20;
/** The slave's data, with any access demand and data flow bits. */
export const RSP_UD = 0x08;
/** Access demand and data flow control of an answer. */
export const ANSWER_FLAGS = 0x30;

/** The address that the slave answers under that was selected by its secondary address. */
export const SELECTED = 253;
/** The address that every slave answers to: only good where there is one. */
export const ANY_SLAVE = 254;

/** Selection by the secondary address (EN 13757-3 of 2013: CI 52, the least significant byte first). */
const SELECT = 0x52;

/** The frame count bit of the next request. */
export type FrameCountBit = 0 | 1;

export function toggled(bit: FrameCountBit): FrameCountBit {
  return bit === 0 ? 1 : 0;
}

/** Sets the link of a slave to its beginning, or deselects ({@link SELECTED}). Answered by {@link ACK}. */
export function resetFrame(address: number): Uint8Array {
  return shortFrame(SND_NKE, address);
}

/** Asks for the slave's data: the next telegram where the bit is another one than before, else the same again. */
export function requestFrame(address: number, bit: FrameCountBit): Uint8Array {
  return shortFrame(REQ_UD2 | (bit === 1 ? FCB : 0), address);
}

/** The key by which a slave is selected; each part may hold wild cards. */
export interface SelectionKey {
  /** Eight hexadecimal digits, F for any. */
  readonly id: string;
  /** Its 15 bits; 0xFFFF for any. */
  readonly manufacturer: number;
  /** 255 for any. */
  readonly version: number;
  /** 255 for any. */
  readonly medium: number;
}

/** Selects the slaves of this secondary address, and deselects all others. Answered by {@link ACK}. */
export function selectionFrame({ id, manufacturer, version, medium }: SelectionKey): Uint8Array {
  const digits = [6, 4, 2, 0].map((at) => Number.parseInt(id.slice(at, at + 2), 16));
  const key = [...digits, manufacturer & 0xff, manufacturer >>> 8, version, medium];
  return longFrame([SND_UD | FCB, SELECTED, SELECT, ...key]);
}

function shortFrame(control: number, address: number): Uint8Array {
  return Uint8Array.of(SHORT_START, control, address, (control + address) & 0xff, STOP);
}

/** @param body control field, address, control information and data: 3 to 255 bytes */
export function longFrame(body: readonly number[] | Uint8Array): Uint8Array {
  const frame = new Uint8Array(body.length + LONG_OVERHEAD);
  frame.set([LONG_START, body.length, body.length, LONG_START]);
  frame.set(body, 4);
  frame[frame.length - 2] = checkByteOf(frame, 4, frame.length - 2);
  frame[frame.length - 1] = STOP;
  return frame;
}

/** The checksum: the sum of the bytes from control field to data, without carry (EN 13757-2). */
export function checkByteOf(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at += 1) sum += bytes[at] ?? 0;
  return sum & 0xff;
}
