import type { Counts, MeasuredQuantity } from './quantity.ts';

/**
 * A value that a point can hold. `null` means that the device says it does not know. Text is bounded and cleaned.
 * 64-bit integers are numbers too: beyond 2^53 they are rounded to the nearest double, as every JSON reader would.
 */
export type Value = number | boolean | string | null;

/** A driver's value for one point. */
export interface Sample {
  readonly point: string;
  readonly value: Value;
  /** Another frame may tell the point better: this one counts only while none has for the device's `staleAfterMs`. */
  readonly yields?: true | undefined;
  /** The same number with all its digits, where no double holds it (64-bit integers): `value` is the nearest one. */
  readonly exact?: string | undefined;
  /** Nothing vouches for it, as for a telegram without a checksum: it is `uncertain`. */
  readonly doubtful?: true | undefined;
  /** Why the value is hardly meant, for people who set the device up: constant words of the driver. */
  readonly remark?: string | undefined;
}

/** The agent's knowledge of a point, the same for every protocol. */
export interface Point {
  /** Unique in its device; the pattern of ids. */
  readonly name: string;
  readonly type: 'number' | 'boolean' | 'text';
  /** UCUM or plain unit, for people; the agent does not convert. */
  readonly unit?: string | undefined;
  readonly writable: boolean;
  /** Outside min to max a reading is `uncertain`, and a write is refused. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Writes must be a whole number of steps from `min` (or from 0). */
  readonly step?: number | undefined;
  /** Only changes of at least this much are published, 0: any change; absent: every sample. */
  readonly deadband?: number | undefined;
  /** Own period; else the device's. 0: as often as the bus allows. */
  readonly pollMs?: number | undefined;
  /** The fastest that writes may change it, in its unit per second; nothing: no bound. */
  readonly maxRatePerS?: number | undefined;
  /** The least time between two writes, milliseconds. */
  readonly minIntervalMs?: number | undefined;
  /** The most writes in a day (UTC): the memories of many devices wear out. */
  readonly dailyWrites?: number | undefined;
  /** It may be written only while another point of the same device, read fresh, has exactly this value. */
  readonly writableWhen?: { readonly point: string; readonly equals: Value | bigint } | undefined;
  /** `select`: it is written by `select` and then `operate`, never by `write` alone. */
  readonly confirm?: 'select' | undefined;
  /**
   * Its text is the device's own date and time, ISO 8601 in UTC. The agent holds it against the wall clock while that is
   * synchronized, and a date that can't be is null.
   */
  readonly tellsUtc?: true | undefined;
  /** False: it does not read as it was written, so a write is not read back. */
  readonly readBack?: boolean | undefined;
  /** A boolean that is something the device does, as taring: it takes `true` alone, and nothing can be read of it. */
  readonly action?: true | undefined;
  /** Texts that stand for raw values; when present the point's value is one of them. */
  readonly choices?: readonly string[] | undefined;
  /** For people; absent: the word of the config, or one made from the name; undefined: the driver's own key has that word. */
  readonly label?: string | undefined;
  /** The quantity that a number measures; absent: none that is certain. */
  readonly quantity?: MeasuredQuantity | undefined;
  /** Absent: it is a present value, or not known to be a count. */
  readonly counts?: Counts | undefined;
}
