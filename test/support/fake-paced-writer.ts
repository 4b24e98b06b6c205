import type { Clock, Instant } from '../../agent/clock/clock.ts';
import type { PacedWriter } from '../../drivers/contract/port.ts';

/** A paced writer on the tests' clock: its bytes go to `out`, at their instant or `late` milliseconds after it. */
export class FakePacedWriter implements PacedWriter {
  ready = true;
  /** Milliseconds; infinity: it never writes, as if its thread had stopped. */
  late = 0;
  /** Milliseconds from a write until the thread has said so: until then nobody can tell, and nothing can be called back. */
  lingers = 0;
  sentAt: Instant | undefined;
  readonly #clock: Clock;
  readonly #out: (bytes: Uint8Array) => void;
  #callOff: (() => void) | undefined;
  #sends = 0;

  constructor(clock: Clock, out: (bytes: Uint8Array) => void) {
    this.#clock = clock;
    this.#out = out;
  }

  send(bytes: Uint8Array, at: Instant): void {
    if (this.#callOff !== undefined) throw new Error('two requests at once');
    const copy = Uint8Array.from(bytes);
    this.sentAt = undefined;
    const write = () => {
      this.#callOff = undefined;
      const sentAt = this.#clock.now();
      this.#sends += 1;
      const sends = this.#sends;
      const tell = () => {
        // the next request has a place of its own, and this one is forgotten
        if (this.#sends === sends && this.#callOff === undefined) this.sentAt = sentAt;
      };
      if (this.lingers > 0) this.#clock.at(sentAt + this.lingers, tell);
      else tell();
      this.#out(copy);
    };
    this.#callOff = Number.isFinite(this.late) ? this.#clock.at(at + this.late, write) : () => undefined;
  }

  cancel(): boolean {
    const armed = this.#callOff !== undefined;
    this.#callOff?.();
    this.#callOff = undefined;
    return armed;
  }

  release(): void {
    this.cancel();
    this.ready = false;
  }
}
