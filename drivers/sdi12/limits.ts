/** One character at 1200 bits per second, ten bits (SDI-12 1.4, 4.1). Milliseconds. */
export const CHARACTER = 10_000 / 1200;

/**
 * How long the line is held spacing. A sensor must see a break from 12 ms on (7.0); the rest is for adapters that
 * are told of its begin and end over USB.
 */
export const BREAK = 20;

/** Marking after the break: a sensor listens after 8.33 ms of it, and sleeps again after 100 ms (7.0). */
export const MARKING = 10;

/** Before a command is repeated. With the time in which no answer came that is more than 16.67 ms (7.2). */
export const PAUSE = 17;

/** Within so long after its end a command may be repeated without a break (7.1, 7.2). */
export const AWAKE = 87;

/** So often a command is sent after one break, and so many breaks it gets (7.2). */
export const SENDINGS = 3;
export const BREAKS = 3;

/** Of one run the retries after a damaged answer: each costs the time of a whole answer. */
export const DAMAGED_RETRIES = 2;

/**
 * Time until the first character of the answer must have come: 15 ms by the standard (7.0), the character itself, and the
 * delay of a USB adapter. Milliseconds, from the end of the command.
 */
export const ANSWER = { least: 30, most: 5000, usual: 50 } as const;

/**
 * The same where the adapter makes the break by itself: its break comes first, and many send an answer on only when it is
 * whole. By the longest answer of the command.
 */
export const OWN_BREAK_ANSWER = { M: 500, C: 850, R: 850 } as const;

/** No more than 1.66 ms lie between two characters (7.0), and an adapter may hold one back. */
export const IDLE = 50;

/** The sensor says that it needs so many seconds at most: `ttt` has three digits (4.4.5). */
export const MEASURE = { least: 1, most: 999, usual: 3 } as const;

/** A measurement takes seconds, and the current that the sensor needs for it. Milliseconds. */
export const MIN_POLL = { least: 0, most: 86_400_000, usual: 5000 } as const;

/** Characters of values in one answer (4.4.8). */
export const VALUES_OF_M = 35;
export const VALUES_OF_C = 75;

/** `aD0!` to `aD9!` (4.4.8). */
export const DATA_COMMANDS = 10;

/** The largest index of a value: `n` has one digit, and two after `aC!` (4.4.5, 4.4.7). */
export const LAST_OF_M = 8;
export const LAST_OF_C = 98;

/** Room for an answer, an echo, and the noise that may come before. */
export const ROOM = 256;
