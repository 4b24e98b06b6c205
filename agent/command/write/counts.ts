import type { Point } from '../../../drivers/contract/reading.ts';
import type { Instant } from '../../clock/clock.ts';
import { INTERVAL_KEPT } from '../limits.ts';
import { dayOf, type KeptDay, keptDay, type Moment, restoredDay, type WriteDay } from './day.ts';
import type { KeptPoint } from './file.ts';

/** The state after a damaged file: as if it had been written just now, as often as it may be. */
const JUST_NOW = Number.MAX_SAFE_INTEGER;

/** When one point was written, how often today, and with which value. */
export class PointWrites {
  readonly device: string;
  readonly point: Point;
  /** The value that it holds by our last write; undefined where that is not certain. */
  value: number | undefined;
  #day: WriteDay | undefined;
  #at: Instant | undefined;
  #begun = 0;
  /** As restored; they are set on the clocks when they are first needed: by then the wall clock may have been set. */
  #keptDay: KeptDay | undefined;
  #keptAt: number | undefined;

  constructor(device: string, point: Point) {
    this.device = device;
    this.point = point;
  }

  /** Whether a restart must not forget it. */
  get isKept(): boolean {
    return this.point.dailyWrites !== undefined || this.#keepsInterval;
  }

  get #keepsInterval(): boolean {
    return (this.point.minIntervalMs ?? 0) >= INTERVAL_KEPT;
  }

  restore({ since, count, at }: KeptPoint): void {
    if (since !== undefined && count !== undefined) this.#keptDay = { since, count };
    if (at !== undefined) this.#keptAt = at;
  }

  /** Nobody knows any more what was counted. */
  useUp(): void {
    this.#keptDay = { since: JUST_NOW, count: this.point.dailyWrites ?? 0 };
    if (this.#keepsInterval) this.#keptAt = JUST_NOW;
  }

  today(moment: Moment): number {
    this.#place(moment);
    this.#day = dayOf(this.#day, moment);
    return this.#day.count;
  }

  /** When it was written last; undefined: not since the start, as far as is known. */
  lastAt(moment: Moment): Instant | undefined {
    this.#place(moment);
    return this.#at;
  }

  /** Counts a write. @returns takes it back */
  begin(moment: Moment): () => void {
    const before = this.lastAt(moment);
    const day = dayOf(this.#day, moment);
    this.#day = { ...day, count: day.count + 1 };
    this.#at = moment.now;
    this.#begun += 1;
    const begun = this.#begun;
    return () => {
      if (this.#day?.start === day.start) this.#day = { ...day, count: this.#day.count - 1 };
      if (this.#begun === begun) this.#at = before;
    };
  }

  /** The write that was counted goes out only now. */
  leaves(now: Instant): void {
    this.#at = now;
  }

  kept(moment: Moment): KeptPoint | undefined {
    const day = this.#keptDay ?? (this.#day && keptDay(this.#day, moment));
    const at = this.#keptAt ?? (this.#at === undefined ? undefined : Math.round(moment.wall - (moment.now - this.#at)));
    const { device, point } = this;
    if (!this.isKept || (day === undefined && at === undefined)) return undefined;
    return {
      ...{ device, point: point.name },
      ...(point.dailyWrites === undefined ? {} : day),
      ...(this.#keepsInterval && at !== undefined ? { at } : {}),
    };
  }

  #place(moment: Moment): void {
    if (this.#keptDay !== undefined) this.#day = restoredDay(this.#keptDay, moment);
    if (this.#keptAt !== undefined) this.#at = moment.now - Math.max(0, moment.wall - this.#keptAt);
    this.#keptDay = undefined;
    this.#keptAt = undefined;
  }
}
