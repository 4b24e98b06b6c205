type Wake = () => void;

/**
 * Tells parts of the page that something has changed: each by its topic, all of one frame together. A topic that nobody
 * shows wakes nobody.
 */
export class Wakes {
  readonly #wakes = new Map<string, Set<Wake>>();
  readonly #touched = new Set<string>();
  readonly #schedule: (run: () => void) => void;
  #waiting = false;

  /** @param schedule runs it once, at the next frame */
  constructor(schedule: (run: () => void) => void) {
    this.#schedule = schedule;
  }

  /** @returns ends it */
  listen(topic: string, wake: Wake): () => void {
    const wakes = this.#wakes.get(topic) ?? new Set();
    this.#wakes.set(topic, wakes.add(wake));
    return () => {
      wakes.delete(wake);
      if (wakes.size === 0 && this.#wakes.get(topic) === wakes) this.#wakes.delete(topic);
    };
  }

  touch(topic: string): void {
    if (!this.#wakes.has(topic)) return;
    this.#touched.add(topic);
    if (this.#waiting) return;
    this.#waiting = true;
    this.#schedule(() => this.#flush());
  }

  #flush(): void {
    this.#waiting = false;
    const touched = [...this.#touched];
    this.#touched.clear();
    for (const topic of touched) for (const wake of [...(this.#wakes.get(topic) ?? [])]) wake();
  }
}
