import type { Framer } from '../../contract/driver.ts';
import { RtuSplitter } from './rtu-splitter.ts';

/** The role of a frame, told by the first byte before the frame as it was on the line. */
export const ROLES = ['request', 'answer', 'unknown', 'damaged'] as const;
export type ListenRole = (typeof ROLES)[number];

/** No time is known here, and none is needed: frames end by length and checksum. */
const ANY_TIME = 0;

/** Cuts what another master and its devices say into frames, each behind a byte with its role. */
export class ListenFramer implements Framer {
  readonly discarded = 0;
  readonly #splitter: RtuSplitter;
  #skipped = 0;
  #tell: ((bytes: Uint8Array) => void) | undefined;

  constructor() {
    this.#splitter = new RtuSplitter({
      frame: ({ role, frame }) => this.#tell?.(marked(role, frame)),
      damage: ({ kind, bytes }) => {
        if (kind === 'noise') this.#skipped += bytes.length;
        else this.#tell?.(marked('damaged', bytes));
      },
    });
  }

  get skipped(): number {
    return this.#skipped;
  }

  push(chunk: Uint8Array, frame: (bytes: Uint8Array) => void): void {
    this.#tell = frame;
    this.#splitter.push(chunk, ANY_TIME);
  }
}

function marked(role: ListenRole, frame: Uint8Array): Uint8Array {
  return Uint8Array.of(ROLES.indexOf(role), ...frame);
}
