import { milliseconds } from '../../drivers/contract/duration.ts';

/** The largest request. A write of 64 points with long names is under 10 KiB. */
export const REQUEST_BYTES = 16_384;

/** The deepest request: the envelope, its args and one list are 3; the rest is room for what drivers will declare. */
export const REQUEST_DEPTH = 8;

/** Members of all objects of one request together, and the longest key: names of points have at most 63 characters. */
export const REQUEST_KEYS = 256;
export const KEY_LENGTH = 64;

/** The most points that one request may name: one command must not hold a bus for minutes. */
export const POINTS_READ = 256;
export const POINTS_WRITTEN = 64;

/** Of the values, wherever they come from: the config's too. */
export { TEXT_LENGTH } from '../../drivers/schema/allowed.ts';

/** The largest reply, in UTF-16 units: the status of some hundred devices. */
export const REPLY_LENGTH = 131_072;

/** The longest response topic and correlation data that are returned; MQTT would allow 65,535 bytes of each. */
export const RESPONSE_TOPIC_LENGTH = 256;
export const CORRELATION_BYTES = 256;

/** Commands that run at the same time. Each bus runs one operation at a time anyway and bounds its own queue. */
export const RUNNING = 32;

/**
 * Commands a second, and how many may come at once. 20 a second within the default `maxAgeMs` of 30 s are 600 ids,
 * which the ledger holds. A device of its own gets half, so that one chatty operator leaves room for the others.
 */
export const RATE = { perSecond: 20, burst: 40 } as const;
export const DEVICE_RATE = { perSecond: 10, burst: 20 } as const;

/** Refused and repeated requests that are answered and logged: beyond it they are only counted, so that a flood is not doubled. */
export const ANSWER_RATE = { perSecond: 50, burst: 100 } as const;

/** Ids of executed commands with their replies. In-progress ids count with a whole reply: {@link RUNNING} of them take half. */
export const LEDGER_ENTRIES = 1024;
export const LEDGER_LENGTH = 2 * RUNNING * REPLY_LENGTH;

/** Ids of refused requests, with the code only. */
export const REFUSALS = 2048;

/** Other copies of a request in progress that get its reply too. */
export const WAITERS = 8;

/** Replies that wait for the broker, and the most that are under way: the readings need the rest of the link's window. */
export const REPLIES_QUEUED = 128;
export const REFUSALS_QUEUED = 64;
export const REPLIES_UNDER_WAY = 8;

/** For one reply to be acknowledged by the broker. */
export const REPLY_LIMIT = milliseconds(10_000);

/**
 * A backstop over the bounds of the throttle (the longest wait and run of an operation, some operations a command):
 * after it a command is told to stop and answered without its result.
 */
export const RUN_LIMIT = milliseconds(300_000);

/**
 * What runs when the agent stops may end by itself for so long. Then it is told to leave its queue or give up, so that
 * its answer is out before the step's own limit.
 */
export const SETTLE_LIMIT = milliseconds(2_000);

/** The lockout switch is looked for at most once in this time; the interface promises a second. */
export const LOCKOUT_FRESH = milliseconds(200);

/** How long a changed log level holds: by default, at least, at most. */
export const LOGLEVEL_DEFAULT_MS = 600_000;
export const LOGLEVEL_MIN_MS = 1_000;
export const LOGLEVEL_MAX_MS = 3_600_000;
