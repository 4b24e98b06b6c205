interface Watched {
  /** In a list: a set makes a new table every few calls that come and go. */
  readonly calls: (() => void)[];
  readonly listener: () => void;
}

/**
 * Calls that wait for a signal's abort. One listener on a signal serves all that come and go: a call that comes a
 * thousand times a second under the same signal would else spend more on listeners than on its work.
 */
export class AbortWatch {
  readonly #watched = new Map<AbortSignal, Watched>();

  /** Calls once at the abort, unless it is deleted before. @param signal not aborted yet */
  add(signal: AbortSignal, call: () => void): void {
    const watched = this.#watched.get(signal) ?? this.#listen(signal);
    watched.calls.push(call);
  }

  delete(signal: AbortSignal, call: () => void): void {
    const calls = this.#watched.get(signal)?.calls;
    const place = calls?.lastIndexOf(call) ?? -1;
    if (calls === undefined || place < 0) return;
    if (place === calls.length - 1) calls.pop();
    else calls.splice(place, 1);
  }

  /** No listener is left on a signal for which nothing waits. */
  rest(): void {
    for (const [signal, { calls, listener }] of this.#watched) {
      if (calls.length > 0) continue;
      signal.removeEventListener('abort', listener);
      this.#watched.delete(signal);
    }
  }

  /** No listener is left, and nothing is called any more. */
  clear(): void {
    for (const [signal, { listener }] of this.#watched) signal.removeEventListener('abort', listener);
    this.#watched.clear();
  }

  /** The signal before this one keeps its listener only while something waits for it. */
  #listen(signal: AbortSignal): Watched {
    this.rest();
    const calls: (() => void)[] = [];
    const listener = () => {
      try {
        // one by one, because a call may delete another
        for (let call = calls.shift(); call !== undefined; call = calls.shift()) call();
      } finally {
        this.#watched.delete(signal);
      }
    };
    const watched = { calls, listener };
    this.#watched.set(signal, watched);
    signal.addEventListener('abort', listener, { once: true });
    return watched;
  }
}
