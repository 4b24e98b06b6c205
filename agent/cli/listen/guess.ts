import { nextColon, readFrame } from '../../../drivers/modbus/ascii/frame.ts';
import { recognize, type Talk } from '../ports/overheard.ts';

/** The newest portions that are kept until the protocol is known, with their bytes. */
const MOST_BYTES = 4096;
const MOST_PORTIONS = 1024;
/** Fewer bytes of text may be the beginning of a protocol that writes in lines. */
const ENOUGH_TEXT = 256;

export interface Portion {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Keeps what comes until its protocol is known. */
export class Guess {
  #portions: Portion[] = [];
  #length = 0;
  #count = 0;

  /** All bytes so far. */
  get count(): number {
    return this.#count;
  }

  /** The portions that were kept. */
  get portions(): readonly Portion[] {
    return this.#portions;
  }

  /** Copies the bytes. */
  add(chunk: Uint8Array, at: number): void {
    // not `slice`: of a Buffer it copies nothing
    const bytes = Uint8Array.from(chunk.subarray(-MOST_BYTES));
    this.#portions.push({ at, bytes });
    this.#length += bytes.length;
    this.#count += chunk.length;
    while (this.#length > MOST_BYTES || this.#portions.length > MOST_PORTIONS) {
      this.#length -= this.#portions.shift()?.bytes.length ?? 0;
    }
  }

  /** The protocol, by marks that chance hardly makes; undefined: not known yet. */
  talk(): Talk | undefined {
    const bytes = Buffer.concat(this.#portions.map((portion) => portion.bytes));
    if (hasAsciiFrame(bytes)) return { what: 'Modbus ASCII: a master asks on this line', driver: 'modbus-ascii' };
    const talk = recognize(bytes);
    if (talk?.driver === 'modbus-listen') return { ...talk, driver: 'modbus-rtu' };
    return talk?.driver === 'lines' && this.#length < ENOUGH_TEXT ? undefined : talk;
  }
}

function hasAsciiFrame(bytes: Uint8Array): boolean {
  for (let at = nextColon(bytes, 0); at < bytes.length; ) {
    const framed = readFrame(bytes, at);
    if (framed.kind === 'frame') return true;
    at = nextColon(bytes, framed.end);
  }
  return false;
}
