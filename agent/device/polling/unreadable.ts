import type { Fault } from '../../../drivers/contract/fault.ts';
import type { FaultCode } from '../../../drivers/contract/faults.ts';
import type { Instant } from '../../clock/clock.ts';

/** A point that comes and goes is told of so seldom, milliseconds: the status has it at any time. */
export const TELL_AGAIN = 3_600_000;

export interface UnreadablePoint {
  readonly point: string;
  readonly code: FaultCode;
}

/** The news: points that can't be read since the last time, each with its fault, and points that can again. */
export interface PointNews {
  readonly lost: readonly (readonly [string, Fault])[];
  readonly back: readonly string[];
}

interface Told {
  readonly code: FaultCode;
  readonly at: Instant;
  /** It was not told yet that it can be read again. */
  readonly open: boolean;
}

/** Points of one device that could not be read when they were asked last, and the part of it that has been told. */
export class Unreadable {
  readonly #faults = new Map<string, Fault>();
  readonly #told = new Map<string, Told>();
  #changed = false;

  get none(): boolean {
    return this.#faults.size === 0;
  }

  codes(): readonly UnreadablePoint[] {
    return Array.from(this.#faults, ([point, { code }]) => ({ point, code }));
  }

  get first(): Fault | undefined {
    for (const fault of this.#faults.values()) return fault;
    return undefined;
  }

  /** Of the first of these points that could not be read. */
  of(points: readonly string[]): Fault | undefined {
    const unread = points.find((point) => this.#faults.has(point));
    return unread === undefined ? undefined : this.#faults.get(unread);
  }

  refused(points: readonly string[], fault: Fault): void {
    for (const point of points) {
      if (this.#faults.get(point)?.code === fault.code) continue;
      this.#faults.set(point, fault);
      this.#changed = true;
    }
  }

  read(points: readonly string[]): void {
    if (this.none) return;
    for (const point of points) if (this.#faults.delete(point)) this.#changed = true;
  }

  /** The device was away: it says nothing of its points, and nothing is told. */
  forget(): void {
    this.#faults.clear();
  }

  /** Since the last call; undefined where nothing is new. */
  news(now: Instant): PointNews | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    const lost = [...this.#faults].filter(([point, { code }]) => {
      const told = this.#told.get(point);
      return told?.code !== code || (!told.open && now - told.at >= TELL_AGAIN);
    });
    for (const [point, { code }] of lost) this.#told.set(point, { code, at: now, open: true });
    const back = [...this.#told].flatMap(([point, { open }]) => (open && !this.#faults.has(point) ? [point] : []));
    for (const point of back) {
      const told = this.#told.get(point);
      if (told) this.#told.set(point, { ...told, open: false });
    }
    return lost.length + back.length === 0 ? undefined : { lost, back };
  }
}
