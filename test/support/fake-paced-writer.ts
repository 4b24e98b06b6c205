import type { Clock, Instant } from '../../agent/clock/clock.ts';
import type { PacedWriter } from '../../drivers/contract/port.ts';

/** A paced writer on the tests' clock: what it writes goes to `out`, at its instant or `late` milliseconds after it. */
export class FakePacedWriter implements PacedWriter {
  ready = true;
  /** Milliseconds; infinity: it never writes, as if its thread had stopped. */
  late = 0;
  sentAt: Instant | undefined;
  readonly #clock: Clock;
  readonly #out: (bytes: Uint8Array) => void;
  #callOff: (() => void) | undefined;

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
      this.sentAt = this.#clock.now();
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
