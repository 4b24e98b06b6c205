/**
 * The longest telegram in bytes, as it is on the line. Meters send 200 to 1200; with signatures and a year of monthly
 * registers some thousand.
 */
export const LONGEST_TELEGRAM = 8192;

/** Lists within lists. A local time in a list entry of a message is the seventh level; trees of parameters go deeper. */
export const DEEPEST_LIST = 32;

/** Elements of one telegram, lists counted too. An entry of a list has 8 in 25 bytes and more: 2500 in the longest one. */
export const MOST_ELEMENTS = 4096;

/** Messages of one telegram: opening, lists and close. */
export const MOST_MESSAGES = 64;

/** Bytes of a type-length field: 4 bits of length in each, so that 4 name more than the longest telegram has. */
export const LONGEST_LENGTH_FIELD = 4;

/** A power of ten beyond this is no meter's. */
export const LARGEST_SCALER = 32;
