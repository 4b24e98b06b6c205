import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Alarm } from '../../clock/alarm.ts';
import type { Clock, Instant } from '../../clock/clock.ts';
import { keysIn } from './wishes.ts';

/** The rest of a key comes within this time over any line that a person would use; it is what terminal programs wait. */
const REST_WITHIN = milliseconds(50);

/** The longest beginning that is kept: no key that has a meaning here is longer. */
const LONGEST = 16;

/** The beginning of a key that is sent as several characters. Escape alone is such a beginning too. */
const BEGUN = /\x1b(?:\[[0-9;]*|O)?$/;

/** The keys of a terminal, also of one whose line tears a key into two pieces: an arrow must not pass for Escape. */
export class Keys {
  readonly #clock: Clock;
  readonly #press: (keys: readonly string[]) => void;
  readonly #alarm: Alarm;
  #begun = '';
  /** When the rest is no longer waited for. */
  #until: Instant = Number.NEGATIVE_INFINITY;

  /** @param press gets whole keys, one or more; must not throw */
  constructor(clock: Clock, press: (keys: readonly string[]) => void) {
    this.#clock = clock;
    this.#press = press;
    this.#alarm = new Alarm(clock, () => this.#look());
  }

  /** @param sent by the terminal at once */
  hear(sent: string): void {
    const text = this.#begun + sent;
    const [begun = ''] = BEGUN.exec(text) ?? [];
    const kept = begun.length > LONGEST ? '' : begun;
    this.#whole(text.slice(0, text.length - kept.length));
    this.#begun = kept;
    if (kept === '') return;
    this.#until = this.#clock.now() + REST_WITHIN;
    this.#alarm.set(this.#until);
  }

  /** Nothing is pressed any more. */
  stop(): void {
    this.#alarm.stop();
  }

  /** The alarm may be that of a beginning before this one. */
  #look(): void {
    if (this.#begun === '') return;
    if (this.#clock.now() < this.#until) this.#alarm.set(this.#until);
    else this.#whole(this.#begun);
  }

  #whole(text: string): void {
    this.#begun = '';
    const keys = keysIn(text);
    if (keys.length > 0) this.#press(keys);
  }
}
