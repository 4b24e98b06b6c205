import { z } from 'zod';
import { AMOUNTS } from '../../config/limits.ts';
import { FAULT_CODES, FAULTS } from '../../drivers/contract/faults.ts';

/** Points of one device: a fault of so many is a fault of the profile. */
export const UNREADABLE_TOLD = 32;

const count = z.int().nonnegative();
const milliseconds = z.number().nonnegative();
const time = z.iso.datetime({ precision: 3 }).describe('ISO 8601, UTC, with milliseconds');
/** The gateway's own pattern: an id can be no path, no name of a host and no text of a device. */
const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);

const fault = z
  .strictObject({
    code: z.enum(FAULT_CODES).describe('a code of the fault table'),
    message: z
      .enum([...new Set(Object.values(FAULTS).map(({ message }) => message))])
      .describe('its words in that table'),
  })
  .nullable();

const daysLeft = z
  .int()
  .nullable()
  .describe(
    'whole days until the first certificate ends: of `certFile`, of `caFile` (there the last one), or of the broker’s chain. Below 0 once it has ended. Null without TLS, or before the first connection where no file is named',
  );

const bus = z
  .strictObject({
    open: z
      .boolean()
      .describe('whether its port is open, or was closed in order and is opened again when something is due'),
    state: z.enum(['open', 'closed']).describe('the same in a word'),
    fault: fault.describe('why it is closed'),
    utilisation: z.number().min(0).max(1).describe('share of the last minute in which the line was not idle'),
    exchanges: count.describe('questions asked, with and without an answer'),
    timeouts: count.describe('questions without an answer'),
    checksumErrors: count.describe('frames whose checksum was wrong'),
    lateFrames: count.describe('came when nothing was asked, or after the question had been given up'),
    foreignFrames: count.describe('of other devices than the one that was asked'),
    truncatedFrames: count.describe('ended too early'),
    echoes: count.describe('our own requests that came back'),
    noise: count.describe('bytes that began no frame'),
    reopens: count.describe('how often the port was opened again: after a fault, by command, or after silence'),
    silentReopens: count.describe('of these, how often because nothing had come for `silentReopenMs`'),
    orderlyCloses: count.describe('idle connections that were closed in order, by the server or after `idleCloseMs`'),
    latencyTimerMs: z
      .int()
      .min(0)
      .max(255)
      .nullable()
      .describe(
        'for so long its adapter holds answers back, above 1 slow; null while closed and where it has no timer',
      ),
    recorder: z
      .enum(['on', 'off'])
      .nullable()
      .describe('`off`: the config has a recorder, and there is no state directory for its files; null: it has none'),
    queued: count.describe('operations that wait for the line now'),
    rejected: count.describe('operations that found the queue full'),
    expired: count.describe('operations that waited for the line for too long'),
    overruns: count.describe('operations that had the line for too long and were told to stop'),
  })
  .describe('counters since the start');

const device = z.strictObject({
  bus: id.describe('id of its bus'),
  health: z.enum(['starting', 'online', 'offline', 'paused', 'unloaded']).describe('see below'),
  lastGoodAt: time.nullable().describe('when the last good reading came'),
  fault: fault.describe('what went wrong last; null after a good reading'),
  latencyMs: milliseconds.nullable().describe('from the end of the request to the last byte of the answer'),
  timeoutMs: milliseconds
    .nullable()
    .describe('how long the last question’s answer was waited for at the most: adapted to what the device needs'),
  readings: count.describe('polls or frames that brought values'),
  failures: count.describe('polls or frames that failed'),
  passedOver: count.describe(
    'sentences or lines that came whole and held nothing for its points, since the start; 0 for devices that are asked',
  ),
  thinned: count.describe(
    'readings beyond `maxReadingsPerS`: each went out as part of a later one, with the newest value of each point; 0 for devices that are asked',
  ),
  outputs: z
    .strictObject({
      outcome: z
        .enum(['applied', 'verified', 'refused', 'failed', 'unknown', 'cancelled'])
        .describe('of the last try, as of a command; `cancelled`: the broker was back before the first'),
      fault: fault.describe('why the outputs are not set, or were not read back'),
      tries: count.describe('writes that were tried in that loss'),
      at: time.describe('when the last of them ended'),
    })
    .nullable()
    .describe('what `onLinkLoss` came to when the broker was away last; null where it was not due since the start'),
  unreadable: z
    .array(z.strictObject({ point: id, fault: fault.unwrap() }))
    .max(UNREADABLE_TOLD)
    .describe(
      `points that could not be read when they were asked last, though the device answers; at most ${UNREADABLE_TOLD}`,
    ),
  unreadableMore: count.describe('points like these beyond that list'),
});

const commands = z.strictObject({
  enabled: z.boolean().describe('`commands.enabled`'),
  lockedOut: z.boolean().describe('whether the switch on site is set: nothing is executed'),
  durable: z.boolean().describe('whether what is executed now will be known after a restart'),
  clockFault: fault.describe('why requests are refused though they are in time: the clock of the gateway'),
  executed: count.describe('since the start'),
  refused: count.describe('since the start'),
  repeated: count.describe('copies of requests that were seen before, since the start'),
  audit: z.strictObject({
    entries: count.describe('lines ever written to the audit journal'),
    head: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe('hash of its newest line: for `fieldward audit verify --head`'),
    durable: z.boolean().describe('whether it is on disk'),
    lost: count.describe('entries that found no room while the disk did not take them, since the start'),
  }),
});

export type CommandsStatus = z.infer<typeof commands>;

/**
 * All fields that status may hold. It is a list of what is allowed: strict objects of numbers, booleans, times, ids and
 * words of the fault table, so that nothing else can be in it, for any input of a caller.
 */
export const statusSchema = z.strictObject({
  version: z
    .string()
    .regex(/^[0-9]+\.[0-9]+\.[0-9]+(-[0-9a-z.-]{1,32})?$/)
    .describe('of the agent'),
  boot: z
    .string()
    .regex(/^[0-9a-f-]{1,64}$/)
    .describe('made anew at each start of the agent'),
  configHash: z
    .string()
    .regex(/^[0-9a-f]{1,64}$/)
    .describe('of the config file: another value, another config'),
  uptimeS: count.describe('seconds since the agent started'),
  at: time.describe('when this was written'),
  clock: z.enum(['synchronized', 'unsynchronized', 'unknown']).describe('as in readings'),
  mqtt: z.strictObject({
    connected: z.boolean().describe('`true` wherever this can be read'),
    connectedSince: time.nullable().describe('when this connection began'),
    reconnects: count.describe('since the start'),
    fault: fault.describe('why it is not connected'),
    lastFault: fault.describe('why it was not connected the last time; null where it always was'),
    takeovers: count.describe('connections that another client of the same name ended, since the start'),
    broker: z
      .int()
      .min(0)
      .max(AMOUNTS.fallbackUrls)
      .nullable()
      .describe('which of the brokers: 0 is `mqtt.url`, 1 the first of `mqtt.fallbackUrls`'),
    protocolVersion: z.literal([5, 4]).nullable().describe('of this connection: 5, or 4 for MQTT 3.1.1'),
    retained: z
      .boolean()
      .nullable()
      .describe('whether the broker keeps retained messages; where it does not, only who listens hears of changes'),
    maxQos: z
      .literal([0, 1])
      .nullable()
      .describe('the most that the broker takes; at 0 readings may be lost on the way'),
    maxPacketBytes: count
      .nullable()
      .describe('of the largest packet that the broker takes, as it said or as it was found out; null: no bound known'),
    tooLarge: count.describe('messages not sent because the broker takes none of their size, since the start'),
    certificateDaysLeft: daysLeft,
    certificateFault: fault.describe('why that needs somebody, or why renewed files are not taken on'),
    denied: count.describe(
      'topics that the access list of the broker denies on this connection (MQTT 5 alone says so)',
    ),
    deniedFault: fault.describe('the same as a fault; null where it denies none'),
  }),
  conventions: z.strictObject({
    homeAssistant: z.strictObject({
      on: z.boolean().describe('whether the config tells the plant to Home Assistant'),
      fault: fault.describe('why not all of it was taken the last time'),
    }),
    sparkplug: z.strictObject({
      on: z.boolean().describe('whether the config makes the gateway a Sparkplug edge node'),
      born: z.boolean().describe('whether its host has been told of the node and its devices on this connection'),
      fault: fault.describe('why the host does not hear everything'),
      certificateDaysLeft: daysLeft.describe('as in `mqtt`, of its own connection'),
      certificateFault: fault.describe('as in `mqtt`'),
    }),
  }),
  metrics: z.strictObject({
    textfile: z.strictObject({
      on: z.boolean().describe('whether the config has a metrics file'),
      fault: fault.describe('why it was not written the last time'),
    }),
    otlp: z.strictObject({
      on: z.boolean().describe('whether the config pushes metrics to a collector'),
      fault: fault.describe('why it did not take all of the last push'),
      rejected: count.describe('points that the collector did not take, since the start'),
    }),
  }),
  leftOut: z
    .strictObject({
      devices: count.describe('entries of `devices`: those that are online go first'),
      buses: count.describe('entries of `buses`'),
    })
    .describe('what is not listed here because the whole would be larger than the broker takes'),
  outbox: z.strictObject({
    held: count.describe('readings that wait for the broker'),
    bytes: count.describe('what they count for against `outbox.maxBytes`'),
    dropped: count.describe('because it was full, since the start'),
    refused: count.describe('given up because the broker will never take them, since the start'),
    fault: fault.describe('why the broker does not take the oldest reading now'),
    durable: z.boolean().describe('whether what is held survives a power cut'),
    diskFault: fault.describe('why it is not, though it has a folder'),
    damaged: count.describe('were on disk and could not be read again, since the start'),
    skipped: count.describe('numbers left out since and at the start: at most so many of a gap in `seq` are no loss'),
    writtenBytes: count.describe('to the disk, in whole pages, since the start: what wears flash out'),
    writtenBytesPerReading: z
      .number()
      .nonnegative()
      .nullable()
      .describe('the same for each reading taken; null before the first'),
    writtenBytesPerDay: count.describe('at the pace since the start'),
  }),
  buses: z.record(id, bus),
  devices: z.record(id, device),
  commands,
  process: z.strictObject({
    rssBytes: count.describe('memory of the process'),
    eventLoopDelayMs: milliseconds.describe('99 of 100 turns of the last minute were no later than this'),
    eventLoopDelayMaxMs: milliseconds.describe('the latest of the last minute'),
  }),
});

export type Status = z.infer<typeof statusSchema>;

/** For the reference page. */
export function statusJsonSchema(): object {
  return z.toJSONSchema(statusSchema, { target: 'draft-2020-12' });
}
