import type { Capture } from '../../capture/capture.ts';

/** A portion of an answer, and how long after the request it came. Milliseconds. */
export interface ReplayPortion {
  readonly after: number;
  readonly bytes: Uint8Array;
}

/** The recorded outcome of a request: no portions where nobody answered. */
type Answer = readonly ReplayPortion[];

/** A pause within an answer is not repeated for longer than this, milliseconds. */
const LONGEST_PAUSE = 30_000;
/** The longest request that is known again; more bytes without a match are noise. */
const MOST_BYTES = 4096;

/**
 * The device side of a capture. The same request gets the same answer; one that was recorded several times gets its
 * answers in their order, and then from the beginning. Any other request gets none.
 */
export class ReplayDevice {
  readonly #answers = new Map<string, Answer[]>();
  readonly #turns = new Map<string, number>();
  readonly #longest: number;
  /** The bytes that came by themselves, before any request or without one. */
  readonly unasked: Answer;
  #held = '';
  readonly counts = { requests: 0, answered: 0, unknownBytes: 0 };

  constructor({ records }: Capture) {
    let request = '';
    let askedAt = 0;
    let answer: ReplayPortion[] = [];
    const unasked: ReplayPortion[] = [];
    const close = (): void => {
      if (request === '') return;
      this.#answers.set(request, [...(this.#answers.get(request) ?? []), answer]);
      request = '';
      answer = [];
    };
    for (const record of records) {
      if (record.kind === 'sent') {
        // portions of one request follow each other
        if (answer.length > 0 || this.#isOld(record.at, askedAt)) close();
        request += hexOf(record.bytes);
        askedAt = record.at;
      } else if (record.kind === 'received') {
        const portion = { after: record.at - askedAt, bytes: record.bytes };
        if (request === '') unasked.push({ ...portion, after: record.at });
        else answer.push(portion);
      } else if (record.kind === 'lost' || record.kind === 'closed') {
        // bytes on both sides of a loss belong together no more
        request = '';
        answer = [];
      }
    }
    close();
    this.unasked = unasked;
    this.#longest = Math.max(0, ...Array.from(this.#answers.keys(), ({ length }) => length));
  }

  /** How many different requests it knows. */
  get size(): number {
    return this.#answers.size;
  }

  /** Bytes of the program on the other side. @returns the answers to the requests that are whole now */
  take(bytes: Uint8Array): readonly Answer[] {
    const due: Answer[] = [];
    for (const byte of bytes) {
      this.#held += BYTE[byte] ?? '';
      while (this.#held !== '' && !this.#isBegun()) this.#skip();
      const answers = this.#answers.get(this.#held);
      if (answers === undefined) continue;
      const turn = this.#turns.get(this.#held) ?? 0;
      const answer = answers[turn % answers.length] ?? [];
      this.#turns.set(this.#held, turn + 1);
      this.#held = '';
      this.counts.requests += 1;
      if (answer.length > 0) this.counts.answered += 1;
      due.push(answer);
    }
    return due;
  }

  /** Nothing has come for a while: a half of a request that lies there is none. */
  idle(): void {
    while (this.#held !== '') this.#skip();
  }

  #isBegun(): boolean {
    if (this.#held.length > Math.min(this.#longest, MOST_BYTES * 2)) return false;
    for (const request of this.#answers.keys()) if (request.startsWith(this.#held)) return true;
    return false;
  }

  #skip(): void {
    this.#held = this.#held.slice(2);
    this.counts.unknownBytes += 1;
  }

  #isOld(at: number, askedAt: number): boolean {
    return at - askedAt > SAME_REQUEST;
  }
}

/** Portions of one request come this close after each other, milliseconds. */
const SAME_REQUEST = 5;

const BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** How long to wait for a portion after the one before it, bounded. */
export function pauseOf(portion: ReplayPortion, before: number): number {
  return Math.min(LONGEST_PAUSE, Math.max(0, portion.after - before));
}
