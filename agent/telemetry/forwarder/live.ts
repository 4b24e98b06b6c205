import type { Clock } from '../../clock/clock.ts';
import type { Lanes } from './lanes.ts';
import { Wake } from './wake.ts';

/** For so long a live reading waits behind the backlog, in the hope that all goes in one order. */
export const LIVE_WAIT = 1000;

interface Asked {
  /** Whether there is a reading behind this number that could be sent. */
  exists(after: number): boolean;
  /** The wait is over: the tail may be served first now. */
  begins(): void;
  /** The timer's work is a turn of the forwarder as any other. */
  turn(work: () => void): void;
}

/** When live readings stop waiting behind the backlog and go beside it, and when both are one lane again. */
export class Live {
  readonly #lanes: Lanes;
  readonly #asked: Asked;
  readonly #clock: Clock;
  readonly #wait: Wake;
  /** The newest reading that was not live. */
  #backlog = 0;
  #beside = false;

  constructor(clock: Clock, lanes: Lanes, asked: Asked) {
    this.#clock = clock;
    this.#lanes = lanes;
    this.#asked = asked;
    this.#wait = new Wake(clock, () => asked.turn(() => this.#open()));
  }

  /** Whether the tail is served first. */
  get beside(): boolean {
    return this.#beside;
  }

  /** Whether live readings wait on purpose, behind what waited while the broker was away. */
  get holdsBack(): boolean {
    const { main, tail } = this.#lanes;
    return tail.cursor < this.#backlog || (main.length > 1 && !this.#beside);
  }

  /** After each reading. @param backlog the newest reading that was not live */
  watch(backlog: number): void {
    this.#backlog = backlog;
    if (this.#beside || this.#wait.isSet || !this.#isBehind()) return;
    if (this.#asked.exists(Math.max(this.#lanes.tail.cursor, backlog))) this.#wait.at(this.#clock.now() + LIVE_WAIT);
  }

  /** The backlog may have caught up. */
  joins(): void {
    if (this.#lanes.main.length === 1) this.#beside = false;
  }

  /** The connection has ended: then all goes in one order first. */
  callOff(): void {
    this.#wait.callOff();
    this.#beside = false;
  }

  #open(): void {
    const lanes = this.#lanes;
    if (this.#isBehind() && !lanes.blocked) {
      if (lanes.tail.cursor < this.#backlog) lanes.open(this.#backlog);
      this.#beside = true;
    }
    this.#asked.begins();
  }

  /** Whether something that waited goes before what is live. */
  #isBehind(): boolean {
    const { main, tail } = this.#lanes;
    return main.length > 1 || tail.cursor < this.#backlog;
  }
}
