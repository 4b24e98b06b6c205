import type { Fault } from '../../../drivers/contract/fault.ts';
import type { Point, Sample } from '../../../drivers/contract/reading.ts';
import type { DeviceEvents } from '../../device/events.ts';
import type { PointNews } from '../../device/polling/unreadable.ts';
import type { PolledSamples } from './printer.ts';

/** A device that neither gives all its points nor is given up in so many polls is not waited for any longer. */
const MOST_POLLS = 10;

/** The meaning of `good` for a whole: every point was read. `bad`: one was not, or the device is not there. */
export type WatchVerdict = 'good' | 'bad';

export interface PollWatchOptions {
  readonly points: readonly Point[];
  /** A device that talks by itself is judged by its first frame. */
  readonly isAsked: boolean;
  /** The samples of one poll or frame, once all of it is told. */
  readonly show: (polled: PolledSamples) => void;
  /** Told once: how the device stands, after every point was read or is known not to be, or it was given up. */
  readonly judged: (verdict: WatchVerdict) => void;
}

/** Gathers what a device tells of one poll, and knows when enough was told to judge it. */
export class PollWatch implements DeviceEvents {
  readonly #options: PollWatchOptions;
  /** Names of points that were neither read nor given up yet. */
  readonly #open: Set<string>;
  readonly #lost = new Set<string>();
  #polls = 0;
  #telling = false;
  #samples: readonly Sample[] = [];
  #fault: Fault | undefined;
  #news: PointNews['lost'] = [];
  #isOffline = false;
  #toldFault: string | undefined;

  constructor(options: PollWatchOptions) {
    this.#options = options;
    this.#open = new Set(options.points.flatMap(({ name, action }) => (action ? [] : [name])));
  }

  samples(_device: string, samples: readonly Sample[]): void {
    // a device that talks may tell several frames in one turn
    this.#samples = [...this.#samples, ...samples];
    for (const { point } of samples) {
      this.#open.delete(point);
      this.#lost.delete(point);
    }
    this.#tell();
  }

  failed(_device: string, fault: Fault): void {
    this.#fault = fault;
    this.#tell();
  }

  availability(_device: string, online: boolean): void {
    this.#isOffline = !online;
    this.#tell();
  }

  points(_device: string, { lost }: PointNews): void {
    this.#news = lost;
    for (const [point] of lost) {
      this.#open.delete(point);
      this.#lost.add(point);
    }
    this.#tell();
  }

  /** All that one poll tells, it tells in one turn. */
  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => this.#told());
  }

  #told(): void {
    const polled = { samples: latest(this.#samples), fault: this.#newFault(), lost: this.#news };
    const isGood = polled.samples.length > 0;
    this.#telling = false;
    this.#samples = [];
    this.#fault = undefined;
    this.#news = [];
    this.#polls += 1;
    this.#options.show(polled);
    if (this.#isOffline) this.#options.judged('bad');
    else if (!this.#options.isAsked) this.#options.judged(isGood ? 'good' : 'bad');
    else if (this.#open.size === 0) this.#options.judged(this.#lost.size === 0 ? 'good' : 'bad');
    else if (this.#polls >= MOST_POLLS) this.#options.judged('bad');
  }

  /** The fault of a point that was just named, and the fault told last, are not told again without a reading between. */
  #newFault(): Fault | undefined {
    const fault = this.#fault;
    if (this.#samples.length > 0 && fault === undefined) this.#toldFault = undefined;
    if (fault === undefined || fault.code === this.#toldFault) return undefined;
    this.#toldFault = fault.code;
    return this.#news.some(([, { code }]) => code === fault.code) ? undefined : fault;
  }
}

/** A point that was asked twice in one poll is shown once. */
function latest(samples: readonly Sample[]): readonly Sample[] {
  return [...new Map(samples.map((sample) => [sample.point, sample])).values()];
}
