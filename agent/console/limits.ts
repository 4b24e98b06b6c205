/**
 * Everything that the console keeps or takes has a bound. A message over MQTT may come from anybody whom the broker
 * lets publish, and a request over HTTP from any program of this machine.
 */

/** Gateways that are shown: far more than one person watches. */
export const MOST_GATEWAYS = 256;
/** Devices of all gateways together. */
export const MOST_SHOWN_DEVICES = 4096;
/** Points of all devices together: twice what 50 gateways with 20 devices of 50 points have. */
export const MOST_POINTS = 131_072;
/** Names that are remembered of what found no room, so that each counts once. */
export const MOST_LEFT_OUT = 1024;

/** Milliseconds: so long values are kept. */
export const HISTORY_SPAN = 3_600_000;
/** Bytes of all values kept: 50 gateways with 20 devices of 50 points keep 256 values of each point in them. */
export const HISTORY_BYTES = 167_772_160;
/** Values kept of one point: one each second for an hour, and then some. Powers of two. */
export const MOST_KEPT = 4096;
export const LEAST_KEPT = 16;
/** Values of one answer to the page. */
export const MOST_PLOTTED = 2000;
/** A gateway's clock may be so far ahead, milliseconds; later times are taken for those of the console. */
export const MOST_AHEAD = 60_000;
/** Points of one CSV file. */
export const MOST_FILE_SERIES = 32;

/** Connections of browsers at the same time: a browser opens six. */
export const MOST_CONNECTIONS = 64;
/** Pages that are open at the same time. */
export const MOST_PAGES = 8;
/** Bytes of the headers of one request. */
export const MOST_HEADER_BYTES = 8192;
/** Characters of a request's path and query. */
export const LONGEST_TARGET = 4096;
/** Bytes of a request's body: a command with 64 points. */
export const MOST_BODY_BYTES = 16_384;
/** Requests of all pages together. */
export const REQUEST_RATE = { burst: 200, perSecond: 50 } as const;
/** Requests that prove nothing: guesses at the token, other programs that knock. */
export const STRANGER_RATE = { burst: 20, perSecond: 2 } as const;
/** Commands of all pages together. */
export const COMMAND_RATE = { burst: 10, perSecond: 2 } as const;
/** Commands that wait for their replies at the same time. */
export const MOST_COMMANDS = 8;
/** Milliseconds for a request to come whole. */
export const REQUEST_TIMEOUT = 10_000;
/** Milliseconds that a connection without a request stays open. */
export const KEEP_ALIVE = 5000;
/** Milliseconds between two events to a page. */
export const EVENT_PERIOD = 100;
/** Milliseconds without an event after which a page is told that it is still connected. */
export const HEARTBEAT = 15_000;
/** Bytes that may wait for a page; one that takes them too slowly is told the whole plant anew once it has. */
export const MOST_WAITING_BYTES = 4_194_304;
/** Bytes of one file of the page. */
export const MOST_ASSET_BYTES = 1_048_576;
