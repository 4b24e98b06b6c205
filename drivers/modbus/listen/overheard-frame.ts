import type { Request } from '../request.ts';

/** A whole frame with a right checksum that went over a line between others. The bytes are valid during the call only. */
export interface OverheardFrame {
  /** `unknown`: of a function whose lengths nobody but its makers knows, so that nothing tells request and answer apart. */
  readonly role: 'request' | 'answer' | 'unknown';
  readonly unit: number;
  /** Function and data. */
  readonly pdu: Uint8Array;
  readonly frame: Uint8Array;
  /** When the portions came that hold its first and its last byte, by the caller's clock. */
  readonly beganAt: number;
  readonly endedAt: number;
  /** Bytes of it in the first portion. */
  readonly first: number;
  /** It began in the portion that the frame before ended in. */
  readonly isJoined: boolean;
}

/** Bytes that are no whole frame. */
export interface OverheardDamage {
  /** A frame came at its full length with a wrong checksum, or ended too soon; `noise`: nothing that is known. */
  readonly kind: 'checksum' | 'truncated' | 'noise';
  /** The unit of the frame, where that can be told. */
  readonly unit?: number | undefined;
  readonly function?: number | undefined;
  readonly bytes: Uint8Array;
  readonly beganAt: number;
  readonly endedAt: number;
}

export interface SplitterEvents {
  frame(frame: OverheardFrame): void;
  damage(damage: OverheardDamage): void;
}

/** Cuts what goes over a line into frames, in bounded memory. */
export interface Splitter {
  /** @param at when it came, milliseconds of any clock that never goes back; always the same where nobody knows */
  push(chunk: Uint8Array, at: number): void;
  /** Nothing comes any more: a frame that lies there unfinished will not be finished. */
  idle(): void;
}

/** A request that may still be answered, as its answer is told from others. */
export interface OpenQuestion {
  readonly unit: number;
  /** Absent where its function is not known. */
  readonly request: Request | undefined;
  readonly function: number;
}
