import type { Instant } from '../clock/clock.ts';
import type { CaptureRecord } from './capture.ts';
import type { WireEvent } from './wire-tap.ts';

/** Of each entry beside its bytes: kind, length, instant. */
const HEAD = 11;
const KINDS = ['sent', 'received', 'opened', 'closed'] as const;
/** The longest that one entry holds; a longer portion takes several. */
const LONGEST = 1024;
const NOTHING = new Uint8Array(0);

/** The last that went over a line, in so many bytes of memory and no more. */
export class WireMemory {
  readonly #ring: Uint8Array;
  readonly #head = new DataView(new ArrayBuffer(HEAD));
  readonly #headBytes = new Uint8Array(this.#head.buffer);
  /** Where the oldest entry begins, and how many bytes all entries take. */
  #from = 0;
  #used = 0;

  /** @param bytes at least 4096 */
  constructor(bytes: number) {
    this.#ring = new Uint8Array(bytes);
  }

  readonly add = (event: WireEvent): void => {
    const bytes = 'bytes' in event ? event.bytes : NOTHING;
    for (let from = 0; from === 0 || from < bytes.length; from += LONGEST) {
      this.#append(event.kind, event.at, bytes.subarray(from, from + LONGEST));
    }
  };

  /** All that is kept, oldest first; `at` counts from `began`. Copies. */
  records(began: Instant): readonly CaptureRecord[] {
    const records: CaptureRecord[] = [];
    for (let at = 0; at < this.#used; ) {
      const { kind, length, instant } = this.#entry(at);
      const bytes = this.#read(at + HEAD, length);
      const since = Math.max(0, instant - began);
      if (kind === 'sent' || kind === 'received') records.push({ kind, at: since, bytes });
      else records.push({ kind, at: since });
      at += HEAD + length;
    }
    return records;
  }

  /** When the oldest entry happened; undefined: there is none. */
  get since(): Instant | undefined {
    return this.#used === 0 ? undefined : this.#entry(0).instant;
  }

  #append(kind: (typeof KINDS)[number], at: Instant, bytes: Uint8Array): void {
    const size = HEAD + bytes.length;
    while (this.#used + size > this.#ring.length) {
      const oldest = HEAD + this.#entry(0).length;
      this.#from = (this.#from + oldest) % this.#ring.length;
      this.#used -= oldest;
    }
    this.#head.setUint8(0, KINDS.indexOf(kind));
    this.#head.setUint16(1, bytes.length);
    this.#head.setFloat64(3, at);
    this.#write(this.#used, this.#headBytes);
    this.#write(this.#used + HEAD, bytes);
    this.#used += size;
  }

  #entry(at: number): { kind: (typeof KINDS)[number]; length: number; instant: Instant } {
    const head = this.#read(at, HEAD);
    const view = new DataView(head.buffer, head.byteOffset, HEAD);
    return { kind: KINDS[view.getUint8(0)] ?? 'closed', length: view.getUint16(1), instant: view.getFloat64(3) };
  }

  #write(at: number, bytes: Uint8Array): void {
    const begin = (this.#from + at) % this.#ring.length;
    const first = bytes.subarray(0, this.#ring.length - begin);
    this.#ring.set(first, begin);
    this.#ring.set(bytes.subarray(first.length), 0);
  }

  #read(at: number, length: number): Uint8Array {
    const begin = (this.#from + at) % this.#ring.length;
    const bytes = new Uint8Array(length);
    const first = this.#ring.subarray(begin, begin + length);
    bytes.set(first);
    bytes.set(this.#ring.subarray(0, length - first.length), first.length);
    return bytes;
  }
}
