import type { Framer } from '../../../contract/driver.ts';
import { BARE_AFTER, LONGEST_APDU, LONGEST_SERIES } from '../limits.ts';
import { BARE, BareLook, opensApdu } from './bare.ts';
import { type LinkFrame, type Look, NONE } from './frame.ts';
import { FLAG, lookForHdlc } from './hdlc.ts';
import { lookForMbus } from './mbus.ts';
import { Series } from './series.ts';

export const FRAMINGS = ['auto', 'hdlc', 'mbus', 'bare'] as const;

export type Framing = (typeof FRAMINGS)[number];

/** A frame of HDLC is shorter, one of M-Bus much shorter; bytes that are held beyond it are a frame that has just begun. */
const HELD = LONGEST_APDU + 2048;

/** The last three bytes before a place: the LLC of HDLC. No bare APDU follows it, even where its frame was lost. */
const LLC = 0xe6e700;

/**
 * Cuts a byte stream into telegrams: all link frames of one APDU, as they came. Holds at most the longest series. A byte is
 * looked at once for each place before it where a frame could have begun, and gives the same telegrams however the stream
 * is split.
 *
 * A frame with a wrong check is told as it is, so that it is counted; the next one is looked for from its second byte on,
 * for its length may have been wrong. A series of which a part is missing is told as far as it came.
 */
export class SeriesFramer implements Framer {
  readonly #framing: Framing;
  readonly #held = new Uint8Array(HELD);
  #from = 0;
  #to = 0;
  /** Bytes from `#from` on without which nothing more can be said. */
  #need = 1;
  #bare: BareLook | undefined;
  #series = new Series();
  readonly #telegram: Uint8Array[] = [];
  #telegramLength = 0;
  #before = 0;
  /** Bytes passed over since the opening or the last link frame; where APDUs may begin depends on it. */
  #lost = 0;
  #sawLink = false;
  #skipped = 0;
  #discarded = 0;

  constructor(framing: Framing) {
    this.#framing = framing;
  }

  get discarded(): number {
    return this.#discarded;
  }

  get skipped(): number {
    return this.#skipped;
  }

  push(chunk: Uint8Array, frame: (bytes: Uint8Array) => void): void {
    for (const byte of chunk) {
      if (this.#to === HELD) this.#compact();
      this.#held[this.#to++] = byte;
      while (this.#to > this.#from && this.#to - this.#from >= this.#need) this.#step(frame);
    }
  }

  #step(frame: (bytes: Uint8Array) => void): void {
    const look = this.#look();
    if (look.state === 'more') {
      this.#need = look.need;
      return;
    }
    this.#need = 1;
    this.#bare = undefined;
    if (look.state === 'frame') this.#take(look.frame, frame);
    else if (look.state === 'damaged') this.#damaged(look.length, frame);
    else this.#pass(frame);
  }

  #look(): Look {
    const framing = this.#framing;
    const isAuto = framing === 'auto';
    const looks: Look[] = [];
    if (isAuto || framing === 'hdlc') looks.push(lookForHdlc(this.#held, this.#from, this.#to));
    if (isAuto || framing === 'mbus') looks.push(lookForMbus(this.#held, this.#from, this.#to));
    if (this.#mayBeBare()) {
      this.#bare ??= new BareLook();
      looks.push(this.#bare.look(this.#held, this.#from, this.#to));
    }
    return looks.find(({ state }) => state !== 'none') ?? NONE;
  }

  /**
   * Whether an APDU without link layer may begin here. Nothing checks such a one, so that where the framing is not named
   * it counts only at the opening, behind another one, or once no link frame has come for long.
   */
  #mayBeBare(): boolean {
    if (this.#framing === 'bare') return true;
    if (this.#framing !== 'auto' || this.#sawLink) return false;
    if (this.#before === LLC && opensApdu(this.#held[this.#from])) return false;
    return this.#lost === 0 || this.#lost >= BARE_AFTER;
  }

  #take(link: LinkFrame, frame: (bytes: Uint8Array) => void): void {
    const bytes = this.#held.slice(this.#from, this.#from + link.length);
    const { part } = link;
    const isBare = part?.from === BARE;
    if (!isBare) this.#sawLink = true;
    this.#lost = 0;
    this.#advance(link.length - link.shared);
    const isOther = part === undefined;
    let step = isOther ? 'other' : this.#series.take(part);
    if (step === 'other' && !this.#series.isEmpty) {
      this.#end(frame);
      step = isOther ? 'other' : this.#series.take(part);
    }
    this.#telegram.push(bytes);
    this.#telegramLength += bytes.length;
    if (step !== 'more') this.#end(frame);
    else if (this.#telegramLength > LONGEST_SERIES) this.#discard();
  }

  #damaged(length: number, frame: (bytes: Uint8Array) => void): void {
    this.#end(frame);
    this.#sawLink = true;
    this.#telegram.push(this.#held.slice(this.#from, this.#from + length));
    this.#end(frame);
    this.#advance(1);
  }

  /** A byte that begins nothing. */
  #pass(frame: (bytes: Uint8Array) => void): void {
    const byte = this.#held[this.#from];
    // Flags fill the line between frames.
    if (byte !== FLAG) {
      // Segments follow each other at once: a byte between them may be the rest of one that is lost.
      this.#end(frame);
      this.#skipped += 1;
      this.#lost += 1;
    }
    this.#advance(1);
  }

  /** Tells what there is of a telegram. */
  #end(frame: (bytes: Uint8Array) => void): void {
    if (this.#telegram.length === 0) return;
    const pieces = this.#telegram.splice(0);
    // Settled before the call, so that a caller who throws leaves a framer that goes on.
    this.#series = new Series();
    this.#telegramLength = 0;
    frame(Buffer.concat(pieces));
  }

  #discard(): void {
    this.#discarded += this.#telegramLength;
    this.#telegram.length = 0;
    this.#telegramLength = 0;
    this.#series = new Series();
  }

  #advance(count: number): void {
    for (let index = Math.max(0, count - 3); index < count; index += 1) {
      this.#before = ((this.#before << 8) | (this.#held[this.#from + index] ?? 0)) & 0xffffff;
    }
    this.#from += count;
    if (this.#from === this.#to) {
      this.#from = 0;
      this.#to = 0;
    }
  }

  #compact(): void {
    this.#held.copyWithin(0, this.#from, this.#to);
    this.#to -= this.#from;
    this.#from = 0;
    // The walk counts from where it began.
    this.#bare = undefined;
  }
}
