import type { Framer } from '../../contract/driver.ts';
import { checksumOf } from './checksum.ts';
import { LONGEST_TELEGRAM } from './limits.ts';
import { END, ESCAPE, ESCAPE_LENGTH, START, START_LENGTH } from './transport.ts';

/** The state of the bytes at hand, by the frame that they may become. */
type State =
  | 'outside'
  | 'data'
  /** Four escape bytes have come, and perhaps more of them. */
  | 'escape'
  /** An escape and a part of the start's four bytes. */
  | 'restart'
  /** An escape and the end's mark: fill and checksum follow. */
  | 'end';

/**
 * Cuts a byte stream into telegrams of transport version 1 (BSI TR-03109-1, annex IV, 8.1): from the escape with the
 * start to the checksum, as they were on the line. Holds one telegram, looks at each byte once, and gives the same
 * telegrams however the stream is split.
 *
 * A telegram that the next start cut off is told without an end, so that it can't pass for a whole one; one with an
 * escape that is none is told up to there. Bytes between telegrams are counted as `skipped`.
 */
export class TelegramFramer implements Framer {
  readonly #held = new Uint8Array(LONGEST_TELEGRAM);
  #length = 0;
  #state: State = 'outside';
  /** Escape bytes in a row, while outside at most 4; in an escape those after its four. */
  #run = 0;
  /** Of the start's or the end's bytes, and in data of those that look like a start behind an escaped escape. */
  #matched = 0;
  /** Where in the telegram a start could be that looks like an escaped escape; 0: nowhere. */
  #suspect = 0;
  #discarded = 0;
  #skipped = 0;
  /** Bytes since the last telegram that may begin the next one. The last bytes of a checksum may, where bytes were lost. */
  #candidates = 0;

  get discarded(): number {
    return this.#discarded;
  }

  get skipped(): number {
    return this.#skipped;
  }

  push(chunk: Uint8Array, frame: (bytes: Uint8Array) => void): void {
    for (const byte of chunk) {
      if (this.#state === 'outside') this.#search(byte);
      else this.#take(byte, frame);
    }
  }

  #search(byte: number): void {
    this.#candidates++;
    if (byte === ESCAPE) {
      this.#run = this.#matched > 0 ? 1 : Math.min(this.#run + 1, ESCAPE_LENGTH);
      this.#matched = 0;
    } else if (byte === START && this.#run === ESCAPE_LENGTH) {
      this.#matched++;
    } else {
      this.#run = 0;
      this.#matched = 0;
    }
    const open = Math.min(this.#candidates, this.#run + this.#matched);
    this.#skipped += this.#candidates - open;
    this.#candidates = open;
    if (this.#matched === ESCAPE_LENGTH) this.#begin();
  }

  #begin(): void {
    this.#held.fill(ESCAPE, 0, ESCAPE_LENGTH);
    this.#held.fill(START, ESCAPE_LENGTH, START_LENGTH);
    this.#length = START_LENGTH;
    this.#state = 'data';
    this.#run = 0;
    this.#matched = 0;
    this.#suspect = 0;
    this.#candidates = 0;
  }

  #take(byte: number, frame: (bytes: Uint8Array) => void): void {
    if (this.#length === LONGEST_TELEGRAM) {
      this.#discarded += this.#length + 1;
      this.#leave();
      return;
    }
    this.#held[this.#length++] = byte;
    switch (this.#state) {
      case 'escape':
        this.#escaped(byte, frame);
        break;
      case 'restart':
        if (byte !== START) this.#tell(frame);
        else if (++this.#matched === ESCAPE_LENGTH) this.#cutOff(frame);
        break;
      case 'end':
        // the mark, the number of fill bytes, two bytes of checksum
        if (++this.#matched === ESCAPE_LENGTH) this.#tellWhole(frame);
        break;
      default:
        this.#data(byte);
    }
  }

  #data(byte: number): void {
    if (byte === ESCAPE) {
      this.#matched = 0;
      if (++this.#run < ESCAPE_LENGTH) return;
      this.#state = 'escape';
      this.#run = 0;
      return;
    }
    this.#run = 0;
    if (this.#matched === 0) return;
    if (byte !== START) this.#matched = 0;
    else if (++this.#matched > ESCAPE_LENGTH) {
      this.#suspect = this.#length - START_LENGTH;
      this.#matched = 0;
    }
  }

  /** @param byte one behind the four of an escape */
  #escaped(byte: number, frame: (bytes: Uint8Array) => void): void {
    if (byte === ESCAPE) {
      if (++this.#run < ESCAPE_LENGTH) return;
      this.#state = 'data';
      this.#run = 0;
      // four of a start's bytes behind it make it suspect
      this.#matched = 1;
    } else if (byte === START || byte === END) {
      this.#state = byte === START ? 'restart' : 'end';
      this.#matched = 1;
    } else this.#tell(frame);
  }

  /** Another telegram begins where this one should go on. */
  #cutOff(frame: (bytes: Uint8Array) => void): void {
    const before = this.#held.slice(0, this.#length - START_LENGTH);
    // Settled before the call, so that a listener who throws leaves a framer that goes on with this telegram.
    this.#begin();
    frame(before);
  }

  #tellWhole(frame: (bytes: Uint8Array) => void): void {
    const [from, to] = [this.#suspect, this.#length];
    if (from === 0 || isSound(this.#held, 0, to) || !isSound(this.#held, from, to)) {
      this.#tell(frame);
      return;
    }
    const before = this.#held.slice(0, from);
    const whole = this.#held.slice(from, to);
    this.#leave();
    frame(before);
    frame(whole);
  }

  #tell(frame: (bytes: Uint8Array) => void): void {
    const length = this.#length;
    this.#leave();
    frame(this.#held.subarray(0, length));
  }

  /** Outside again. Where bytes were lost, the last ones of this telegram are the first ones of the next. */
  #leave(): void {
    let run = 0;
    while (run < ESCAPE_LENGTH && this.#held[this.#length - 1 - run] === ESCAPE) run++;
    this.#state = 'outside';
    this.#run = run;
    this.#matched = 0;
    this.#length = 0;
    this.#candidates = 0;
  }
}

/** Whether a whole telegram has one of the checksums. */
function isSound(bytes: Uint8Array, from: number, to: number): boolean {
  const sent = ((bytes[to - 2] ?? 0) << 8) | (bytes[to - 1] ?? 0);
  return checksumOf(bytes, from, to - 2, sent) !== undefined;
}
