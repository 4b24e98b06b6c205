/** Callers that wait for one event. */
export class Gathering {
  readonly #waiting = new Set<() => void>();

  /** Until `tell` or the signal; never rejects. */
  async join(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    let go: (() => void) | undefined;
    try {
      await new Promise<void>((resolve) => {
        go = resolve;
        this.#waiting.add(resolve);
        signal.addEventListener('abort', resolve as () => void);
      });
    } finally {
      if (go !== undefined) {
        this.#waiting.delete(go);
        signal.removeEventListener('abort', go);
      }
    }
  }

  tell(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const go of waiting) go();
  }
}
