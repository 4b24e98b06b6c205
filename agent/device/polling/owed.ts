import type { Instant } from '../../clock/clock.ts';

/** Points of a poll that were not asked, and when that is made up for: they do not wait for their next period. */
export class Owed {
  readonly #points = new Set<string>();
  #at: Instant = Number.POSITIVE_INFINITY;

  /** Infinity where nothing is owed. */
  get at(): Instant {
    return this.#at;
  }

  add(points: readonly string[], at: Instant): void {
    for (const point of points) this.#points.add(point);
    if (points.length > 0) this.#at = Math.min(this.#at, at);
  }

  /** They were read. */
  settle(points: readonly string[]): void {
    if (this.#points.size === 0) return;
    for (const point of points) this.#points.delete(point);
    if (this.#points.size === 0) this.#at = Number.POSITIVE_INFINITY;
  }

  /** The points that are due now; nothing is owed then. */
  take(now: Instant): readonly string[] {
    if (this.#at > now) return [];
    const points = [...this.#points];
    this.forget();
    return points;
  }

  forget(): void {
    this.#points.clear();
    this.#at = Number.POSITIVE_INFINITY;
  }
}
