import { answerSize, type Question, questionOf } from '../answer.ts';
import { requestPdu } from '../request.ts';
import type { Ask } from '../wire.ts';
import { HEADER, setTransaction, wrap } from './frame.ts';

/** The requests of one dialogue, made once: of one run only their numbers are its own. */
export class Requests {
  readonly unit: number;
  readonly questions: readonly Question[];
  /** Bytes of the usual answers. */
  readonly answers: number;
  readonly #frames: readonly Uint8Array[];

  constructor(unit: number, asks: readonly Ask[]) {
    this.unit = unit;
    this.questions = asks.map(({ request }) => questionOf(request));
    this.answers = asks.reduce((bytes, { request }) => bytes + HEADER + answerSize(request), 0);
    this.#frames = asks.map(({ request }) => wrap(0, unit, requestPdu(request)));
  }

  get count(): number {
    return this.#frames.length;
  }

  get bytes(): number {
    return this.#frames.reduce((bytes, { length }) => bytes + length, 0);
  }

  /** The PDUs: by them a dialogue is known. */
  get key(): string {
    return this.#frames.map((frame) => Buffer.from(frame.subarray(HEADER)).toString('hex')).join('+');
  }

  /** @param first number of the first request, 0 to 65535; each other has the one behind that of the one before */
  numbered(first: number): readonly Uint8Array[] {
    return this.#frames.map((frame, place) => setTransaction(frame.slice(), (first + place) & 0xffff));
  }
}

/** The requests of one run. */
export interface Numbered {
  readonly unit: number;
  /** Number of the first. */
  readonly first: number;
  readonly questions: readonly Question[];
  /** The whole frames, to know them again when something returns them. */
  readonly frames: readonly Uint8Array[];
}

/** The place of the request with this number; -1: none. */
export function placeOf({ first, frames }: Numbered, transaction: number): number {
  const place = (transaction - first) & 0xffff;
  return place < frames.length ? place : -1;
}
