import type { CaptureRecord } from '../../capture/capture.ts';

/** One thing that was heard, for people and for programs. */
export interface HeardItem {
  /** By the clock of the portions. */
  readonly at: number;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** The sum of all that was heard. */
export interface HeardSummary {
  readonly lines: readonly string[];
  readonly json: Readonly<Record<string, unknown>>;
  /** Whole frames: 0 where nothing was understood. */
  readonly frames: number;
}

export interface DecoderEvents {
  heard(item: HeardItem): void;
  /** Every byte once, in whole frames where they are known. */
  passed(record: Extract<CaptureRecord, { readonly kind: 'sent' | 'received' }>): void;
}

/** Understands one protocol on a line that nobody here speaks on. In bounded memory, for any bytes. */
export interface LineDecoder {
  /** @param at when it came, milliseconds of a clock that never goes back */
  push(chunk: Uint8Array, at: number): void;
  /** Nothing has come for a while. */
  idle(): void;
  summary(): HeardSummary;
}
