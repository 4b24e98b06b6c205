/** Bytes of the longest APDU: push lists of meters have some hundred, those with load profiles a few thousand. */
export const LONGEST_APDU = 8192;

/** Bytes of the longest series of link frames that make one APDU: each M-Bus frame adds 11 bytes to at least 1 of it. */
export const LONGEST_SERIES = 16_384;

/** Levels of arrays and structures in each other. Push lists have four; a hostile one could have as many as it has bytes. */
export const DEEPEST_DATA = 8;

/** Values of one APDU. The longest list known has 60. */
export const MOST_ELEMENTS = 2048;

/** Link frames of one series: M-Bus counts to 16, HDLC and block transfer don't say. */
export const MOST_SEGMENTS = 64;

/** Meters behind one device that are told apart by their system title: more than one is a mistake of wiring. */
export const MOST_TITLES = 4;

/**
 * Bytes without a link frame after which APDUs are looked for anywhere, where the framing is not named: an HDLC or M-Bus
 * meter would have shown a frame by then.
 */
export const BARE_AFTER = 1024;
