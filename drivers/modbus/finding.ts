import type { Stray } from '../contract/driver.ts';
import type { FaultCode } from '../contract/faults.ts';

/** The content of the bytes since a request on a line. */
export type Finding =
  | { readonly state: 'more' }
  /** `data`: the values, empty for a pure write; the frame ends at `end`. */
  | { readonly state: 'answer'; readonly data: Uint8Array; readonly end: number; readonly strays: readonly Stray[] }
  | {
      readonly state: 'failed';
      readonly code: FaultCode;
      /** No other answer can come any more. */
      readonly answered: boolean;
      /** By an exception: line and device are in order. */
      readonly refused: boolean;
      readonly strays: readonly Stray[];
    };

/** The fault where nothing began as an answer does: the first of these that was seen. */
const WORST_FIRST = [
  'modbus/wrong-confirmation',
  'modbus/wrong-count',
  'modbus/wrong-function',
  'modbus/echo',
  'modbus/foreign-unit',
] as const satisfies readonly FaultCode[];

/** Why whole frames that came were no answer; undefined where there were none. */
export function worstOf(seen: Iterable<FaultCode>): FaultCode | undefined {
  const codes = new Set(seen);
  return WORST_FIRST.find((code) => codes.has(code));
}

/** Bytes that were not the answer: one stray for each frame, and one for each run of bytes between frames. */
export class Strays {
  readonly #done: Stray[] = [];
  #run: Stray | undefined;

  frame(kind: Stray): void {
    this.#flush();
    this.#done.push(kind);
  }

  /** Bytes behind a damaged frame's first byte are the rest of it, not more noise. */
  begin(kind: Stray): void {
    if (this.#run === 'noise' && kind !== 'noise') this.#flush();
    this.#run ??= kind;
  }

  all(): readonly Stray[] {
    this.#flush();
    return this.#done;
  }

  #flush(): void {
    if (this.#run !== undefined) this.#done.push(this.#run);
    this.#run = undefined;
  }
}
