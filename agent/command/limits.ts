import { milliseconds } from '../../drivers/contract/duration.ts';

/** The largest request. A write of 64 points with long names is under 10 KiB. */
export const REQUEST_BYTES = 16_384;

/** The header of a signed request: three names, of which the key's has at most 63 characters. */
export const SIGNED_HEADER_BYTES = 512;

/** The largest signed request: header and request as base64url, two dots and the 86 characters of the signature. */
export const SIGNED_BYTES = Math.ceil((SIGNED_HEADER_BYTES * 4) / 3) + Math.ceil((REQUEST_BYTES * 4) / 3) + 88;

/**
 * Signatures that are verified, ahead of everything else that bounds requests: twice what may be executed. One costs
 * 0.2 ms on an x64 processor, so that a flood of them takes 0.8 % of its time; a small ARM may need ten times as much.
 */
export const VERIFY_RATE = { perSecond: 40, burst: 80 } as const;

/** Signatures that are being verified at the same time. */
export const VERIFYING = 16;

/** The deepest request: the envelope, its args and one list are 3; the rest is room for what drivers will declare. */
export const REQUEST_DEPTH = 8;

/** Members of all objects of one request together, and the longest key: names of points have at most 63 characters. */
export const REQUEST_KEYS = 256;
export const KEY_LENGTH = 64;

/** The most points that one request may name: one command must not hold a bus for minutes. */
export const POINTS_READ = 256;
export const POINTS_WRITTEN = 64;

/** Points of one read that are named with their fault: a fault of so many is a fault of the profile. */
export const FAULTS_TOLD = 64;

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

/**
 * Refused requests that the audit journal takes: a flood of them must not push out what was executed. Those that it does
 * not take are counted.
 */
export const AUDITED_REFUSALS = { perSecond: 1, burst: 100 } as const;

/** Ids of executed commands with their replies. In-progress ids count with a whole reply: {@link RUNNING} of them take half. */
export const LEDGER_ENTRIES = 1024;
export const LEDGER_LENGTH = 2 * RUNNING * REPLY_LENGTH;

/** Ids of refused requests, with the code only. */
export const REFUSALS = 2048;

/** Refusals that are written to disk, too: a flood of refused requests must not wear out a gateway's flash memory. */
export const REFUSALS_RECORDED = { perSecond: 20, burst: 200 } as const;

/**
 * The ledger's file on disk. Beyond it the file is written anew, beside the old one, with what still counts: that is
 * at most half of it (ids and short replies: 0.5 MiB; refused ids: 0.4 MiB; longer replies: 1 MiB), so both together
 * take at most 6 MiB.
 */
export const LEDGER_FILE_BYTES = 4_194_304;

/** A line of the ledger's file with a reply without values; the longest is under 500 bytes. */
export const LEDGER_SHORT_BYTES = 512;

/** The longest reply that is kept whole on disk: a write of 64 points with long names. Of a longer one the outcome is kept. */
export const LEDGER_REPLY_BYTES = 16_384;

/** Replies beyond {@link LEDGER_SHORT_BYTES} that are kept whole when the file is written anew, the newest first. */
export const LEDGER_LONG_REPLIES_BYTES = 1_048_576;

/** Bytes that may wait for the disk; beyond them the file is written anew. */
export const LEDGER_PENDING_BYTES = 262_144;

/** For one record to be on disk, and for the ledger to be read and closed: a healthy flash memory takes some 10 ms. */
export const LEDGER_LIMIT = milliseconds(5_000);

/** A disk that failed is tried again after so long, doubled each time. */
export const LEDGER_RETRY_MIN = milliseconds(1_000);
export const LEDGER_RETRY_MAX = milliseconds(60_000);

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
 * A command that runs when the agent stops may end by itself for so long. Then it is told to leave its queue or give
 * up, so that its answer is out before the step's own limit.
 */
export const SETTLE_LIMIT = milliseconds(2_000);

/** For `operate` to come after `select`: long enough to look twice, too short to be forgotten. */
export const SELECT_LIMIT = milliseconds(30_000);

/** Selections at the same time, of all devices together. */
export const SELECTIONS = 64;

/** For a write to wait until the one before, to the same device, is over. */
export const TURN_LIMIT = milliseconds(30_000);

/** The longest between the reading of an interlock and the write that it allows: beyond it, nothing is sent. */
export const INTERLOCK_FRESH = milliseconds(2_000);

/** A `minIntervalMs` of so much or more holds on after a restart; to store each write for less would wear out our own memory. */
export const INTERVAL_KEPT = milliseconds(60_000);

/** The lockout switch is looked for at most once in this time; the interface promises a second. */
export const LOCKOUT_FRESH = milliseconds(200);

/** How long a changed log level holds: by default, at least, at most. */
export const LOGLEVEL_DEFAULT_MS = 600_000;
export const LOGLEVEL_MIN_MS = 1_000;
export const LOGLEVEL_MAX_MS = 3_600_000;
