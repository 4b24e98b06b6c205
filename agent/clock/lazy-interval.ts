/**
 * An interval that is called off and set anew many times a second, as MQTT.js does with its keepalive for each packet that
 * comes: two calls of Node's timers for each took a fiftieth of a poll. Both are noted alone, and one timer behind them
 * looks again when it rings.
 */
export class LazyInterval {
  #call: (() => void) | undefined;
  #every = 0;
  #due = Number.POSITIVE_INFINITY;
  #ringsAt = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  /**
   * Calls again and again, until the next `set` or `clear`.
   * @param every milliseconds
   * @returns the number of the interval, as MQTT.js wants one; never 0
   */
  set(call: () => void, every: number): number {
    this.#call = call;
    this.#every = every;
    this.#due = performance.now() + every;
    if (this.#due < this.#ringsAt) this.#ring(every);
    return 1;
  }

  clear(): void {
    this.#call = undefined;
  }

  /** Leaves no timer, and calls nothing any more. */
  stop(): void {
    this.clear();
    clearTimeout(this.#timer);
    this.#ringsAt = Number.NEGATIVE_INFINITY;
  }

  #ring(after: number): void {
    clearTimeout(this.#timer);
    this.#ringsAt = performance.now() + after;
    this.#timer = setTimeout(() => this.#rung(), after);
  }

  #rung(): void {
    this.#ringsAt = Number.POSITIVE_INFINITY;
    const call = this.#call;
    if (call === undefined) return;
    const now = performance.now();
    const rest = this.#due - now;
    // Node's timers may ring a fraction of a millisecond early
    if (rest > 1) {
      this.#ring(rest);
      return;
    }
    this.#due = now + this.#every;
    this.#ring(this.#every);
    call();
  }
}
