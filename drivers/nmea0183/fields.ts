/** Hours, minutes and seconds of UTC as written, seconds 0 to 60 (a leap second). */
export interface TimeOfDay {
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  /** Cut, not rounded, so that it never grows into the next second. */
  readonly milliseconds: number;
}

/** From a number as written to the unit of its point. */
export type Conversion = (value: number) => number;

const NUMBER = /^[+-]?(?:\d{1,9}(?:\.\d{0,12})?|\.\d{1,12})$/;

/** Degrees and minutes in one number: the two digits before the point are whole minutes. */
const ANGLE = /^(\d{0,3}?)(\d{1,2}(?:\.\d{0,12})?)$/;

/** `999.9000`: nines and then nothing but zeros, as many receivers write a number that they do not know. */
const PLACEHOLDER = /^9{2,}(?:\.9*0*)?$/;

const TIME = /^(\d{2})(\d{2})(\d{2})(?:\.(\d{0,9}))?$/;

/**
 * The fields of a sentence, counted from 0 after the address. An empty field, or one that an older release of the
 * standard does not have, is `null`, and so is a placeholder of nines beyond the range; one that breaks its form or range
 * otherwise makes the whole sentence malformed.
 */
export class Fields {
  readonly #values: readonly string[];
  #malformed = false;

  constructor(values: readonly string[]) {
    this.#values = values;
  }

  get count(): number {
    return this.#values.length;
  }

  get malformed(): boolean {
    return this.#malformed;
  }

  text(at: number): string {
    return this.#values[at] ?? '';
  }

  number(at: number, min: number, max: number): number | null {
    const text = this.text(at);
    if (text === '') return null;
    const value = NUMBER.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    return PLACEHOLDER.test(text) ? null : this.#refuse();
  }

  whole(at: number, min: number, max: number): number | null {
    const value = this.number(at, min, max);
    return value === null || Number.isInteger(value) ? value : this.#refuse();
  }

  /** One of the letters, or null where the field is empty. */
  oneOf<const T extends string>(at: number, letters: readonly T[]): T | null {
    const text = this.text(at);
    if (text === '') return null;
    return letters.find((letter) => letter === text) ?? this.#refuse();
  }

  /**
   * A number with its unit in the field after it, in the one unit that the caller wants. Some talkers leave the letter
   * empty where they leave the number empty.
   * @param units by letter: from the number as written to the wanted unit
   */
  quantity(at: number, min: number, max: number, units: Readonly<Record<string, Conversion>>): number | null {
    const value = this.number(at, min, max);
    const letter = this.oneOf(at + 1, Object.keys(units));
    if (value === null) return null;
    const convert = letter === null ? undefined : units[letter];
    return convert === undefined ? this.#refuse() : convert(value);
  }

  /** Decimal degrees, south negative, from `ddmm.mmmm` and `N` or `S` in the field after it. */
  latitude(at: number): number | null {
    return this.#angle(at, 90, 'N', 'S');
  }

  /** Decimal degrees, west negative, from `dddmm.mmmm` and `E` or `W` in the field after it. */
  longitude(at: number): number | null {
    return this.#angle(at, 180, 'E', 'W');
  }

  time(at: number): TimeOfDay | null {
    const text = this.text(at);
    if (text === '') return null;
    const [, hours = '', minutes = '', seconds = '', fraction = ''] = TIME.exec(text) ?? [];
    const time = {
      hours: Number(hours || Number.NaN),
      minutes: Number(minutes),
      seconds: Number(seconds),
      milliseconds: Number(fraction.padEnd(3, '0').slice(0, 3)),
    };
    return time.hours <= 23 && time.minutes <= 59 && time.seconds <= 60 ? time : this.#refuse();
  }

  /** Says that the sentence breaks its form, in a way that only the sentence knows. */
  refuse(): null {
    return this.#refuse();
  }

  #angle(at: number, largest: number, positive: string, negative: string): number | null {
    if (this.text(at) === '') return null;
    const [, degrees = '', minutes = ''] = ANGLE.exec(this.text(at)) ?? [];
    const sign = this.oneOf(at + 1, [positive, negative]);
    if (sign === null || minutes === '' || Number(minutes) >= 60) return this.#refuse();
    const angle = Number(degrees) + Number(minutes) / 60;
    if (angle > largest) return this.#refuse();
    return sign === negative ? -angle : angle;
  }

  #refuse(): null {
    this.#malformed = true;
    return null;
  }
}
