import type { Clock } from '../../clock/clock.ts';
import type { Outbox } from '../../outbox/outbox.ts';
import { sharesOf } from '../../outbox/shares.ts';
import type { Lanes } from './lanes.ts';
import { LIVE_WAIT } from './live.ts';
import { Wake } from './wake.ts';

/** So many of the readings that wait are looked at to find out whose they are. */
const LOOK_AT = 256;

/**
 * When live readings wait longer than they should because there are more than the broker takes: then a device whose
 * readings are most of them gets a lane of its own, which is served after all others.
 */
export class Crowd {
  readonly #outbox: Outbox;
  readonly #lanes: Lanes;
  readonly #clock: Clock;
  readonly #begins: () => void;
  readonly #wait: Wake;
  /** Devices of which readings were sent: a lone one crowds nobody. */
  readonly #known = new Set<string>();
  /** The newest reading when the wait began. */
  #mark = 0;
  /** The wait is over, and the reading to be looked at was not at hand. */
  #isDue = false;

  /** @param begins called when there is a lane more @param turn what the timer does is a turn of the forwarder as any other */
  constructor(outbox: Outbox, lanes: Lanes, clock: Clock, begins: () => void, turn: (work: () => void) => void) {
    this.#outbox = outbox;
    this.#lanes = lanes;
    this.#clock = clock;
    this.#begins = begins;
    this.#wait = new Wake(clock, () => turn(() => this.#judge()));
  }

  /** A reading of the device was sent. */
  knows(device: string): void {
    this.#known.add(device);
  }

  /** After each reading, while live ones are not meant to wait. */
  watch(): void {
    if (this.#isDue) this.#judge();
    if (this.#wait.isSet || this.#known.size < 2 || !this.#isBehind(this.#outbox.lastSeq)) return;
    this.#mark = this.#outbox.lastSeq;
    this.#wait.at(this.#clock.now() + LIVE_WAIT);
  }

  callOff(): void {
    this.#wait.callOff();
    this.#isDue = false;
  }

  #isBehind(seq: number): boolean {
    return this.#lanes.tail.cursor < seq && !this.#lanes.blocked;
  }

  #judge(): void {
    this.#isDue = this.#isBehind(this.#mark);
    if (!this.#isDue) return;
    const lanes = this.#lanes;
    const { cursor } = lanes.tail;
    const records = this.#outbox.peek(LOOK_AT, cursor);
    if (records.length === 0) return;
    this.#isDue = false;
    const waiting = records.filter((record) => lanes.carries(lanes.tail, record));
    const shares = sharesOf(waiting, ({ payload }) => payload.length);
    for (const device of new Set(waiting.map((record) => record.device))) {
      if (shares.isLarge(device)) lanes.divert(device);
    }
    this.#begins();
  }
}
