import { RECORDER_BYTES } from './recorder-limit.ts';

/**
 * A number of the config: written here once and nowhere else. Schema, JSON Schema, documentation and the waits of the
 * agent are derived from these.
 */
export interface Limit {
  /** As people write it: `ms`, `bytes`, `baud`; empty for a bare count. */
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  /** The value where the file says nothing; absent: the file must say it, or the reason tells how it is derived. */
  readonly default?: number;
  /** The meaning, and the reason for these bounds and this default. */
  readonly reason: string;
}

const DAY = 86_400_000;

export const LIMITS = {
  mqtt: {
    keepaliveMs: {
      unit: 'ms',
      min: 5_000,
      max: 600_000,
      default: 30_000,
      reason: 'A broker that is gone is noticed after 1.5 of these; shorter costs traffic on metered links.',
    },
    connectTimeoutMs: {
      unit: 'ms',
      min: 1_000,
      max: 120_000,
      default: 15_000,
      reason: 'For name, TCP, TLS and CONNACK together; satellite links need several seconds.',
    },
    reconnectMinMs: {
      unit: 'ms',
      min: 100,
      max: 60_000,
      default: 1_000,
      reason:
        'Least wait before a new attempt. The first is drawn evenly between this and 20 times this, and that ceiling doubles. A fleet that loses its broker at one instant must not come back at one.',
    },
    reconnectMaxMs: {
      unit: 'ms',
      min: 1_000,
      max: 3_600_000,
      default: 30_000,
      reason:
        'Longest wait between attempts: how late the gateway may notice that the broker is back. With both defaults, no second has three times the mean of the attempts. That holds for 1000 gateways whose broker is away for 1 s to 5 min. Above 32 times reconnectMinMs the first seconds stand out.',
    },
    returnAfterMs: {
      unit: 'ms',
      min: 10_000,
      max: DAY,
      default: 300_000,
      reason:
        'While a broker of fallbackUrls is connected, the first one is looked at about this often (half to one and a half of it). Once it answers, the agent goes back to it. Where the agent can not stay there, it looks twice as rarely each time, up to an hour. Each return costs a second or two without a broker.',
    },
  },
  outbox: {
    maxBytes: {
      unit: 'bytes',
      min: 65_536,
      max: 17_179_869_184,
      default: 67_108_864,
      reason: 'Readings that wait: on disk 64 MiB hold five hours of 36 energy meters, each read once a second.',
    },
    syncIntervalMs: {
      unit: 'ms',
      min: 100,
      max: 600_000,
      default: 5_000,
      reason:
        'The most that a power cut may cost of readings on disk; shorter wears flash memory out. No effect while they wait in memory.',
    },
    backfillPerS: {
      unit: '',
      min: 1,
      max: 100_000,
      default: 2_000,
      reason:
        'So many readings a second of those that waited are sent beside the live ones. A fleet whose broker returns must not flood it. A day of one reading a second is sent in 45 s.',
    },
  },
  commands: {
    maxAgeMs: {
      unit: 'ms',
      min: 1_000,
      max: 600_000,
      default: 30_000,
      reason: 'A request may not stay valid for longer: late commands have moved real machinery.',
    },
    auditMaxBytes: {
      unit: 'bytes',
      min: 65_536,
      max: 1_073_741_824,
      default: 16_777_216,
      reason: 'All files of the audit journal together: 16 MiB hold about 40,000 commands; the oldest file goes first.',
    },
  },
  port: {
    baudRate: {
      unit: 'baud',
      min: 300,
      max: 4_000_000,
      default: 9_600,
      reason: 'One of the standard rates of Linux (termios.h); others are not kept exactly by many adapters.',
    },
    tcpPort: { unit: '', min: 1, max: 65_535, reason: 'Where the serial server listens for this line, raw TCP.' },
    reopenMinMs: {
      unit: 'ms',
      min: 100,
      max: 60_000,
      default: 500,
      reason: 'First wait before a port is opened again; udev needs some hundred ms to bring an adapter back.',
    },
    reopenMaxMs: {
      unit: 'ms',
      min: 500,
      max: 3_600_000,
      default: 30_000,
      reason: 'Longest wait between attempts: how late the gateway may notice that an adapter is back.',
    },
    settleMs: {
      unit: 'ms',
      min: 0,
      max: 60_000,
      default: 0,
      reason:
        'Nothing is sent so long after the port was opened. It is for serial servers that hear nothing at first, and for adapters whose device starts anew when they are opened. Each opening costs it, also one after a connection was closed in order.',
    },
    idleCloseMs: {
      unit: 'ms',
      min: 0,
      max: DAY,
      default: 0,
      reason:
        'A connection on which nothing was said for so long is closed, to about a second. It is opened again when something is due; 0: never. For servers that serve one client at a time; no effect with devices that talk by themselves.',
    },
    silentReopenMs: {
      unit: 'ms',
      min: 0,
      max: DAY,
      reason:
        'A port is closed and opened anew if nothing came for so long though a device was asked, or talks by itself; 0: never. Some serial servers keep a connection open that carries nothing any more. Each time that it is of no use the wait doubles, up to an hour, because the device may merely be off. Default behind a serial server: 120000, or `staleAfterMs` of devices that talk by themselves if that is longer. Default on a serial port: 0, because an open tty does not go deaf.',
    },
  },
  recorder: { bytes: RECORDER_BYTES },
  throttle: {
    gapMs: {
      unit: 'ms',
      min: 0,
      max: 10_000,
      default: 0,
      reason:
        'Least silence between two operations, for converters that turn round slowly; what the protocol needs is kept in any case.',
    },
    maxQueue: {
      unit: '',
      min: 4,
      max: 1_024,
      default: 64,
      reason:
        'Operations that may wait for the line: each device has at most one poll in it, the rest is for commands. The default grows to the number of devices and 16.',
    },
    maxWaitMs: {
      unit: 'ms',
      min: 50,
      max: 600_000,
      default: 2_000,
      reason:
        'A command that waited longer for the line is given up: who sent it waits no longer either. Above what `fieldward check` says that a command waits. Polls keep their place: `commandBurst` bounds their wait.',
    },
    maxRunMs: {
      unit: 'ms',
      min: 50,
      max: 600_000,
      default: 10_000,
      reason: 'An operation that holds the line for longer is stopped; it must be above every timeout on the bus.',
    },
    commandBurst: {
      unit: '',
      min: 1,
      max: 64,
      default: 4,
      reason:
        'So many commands pass before one poll runs: commands never starve behind polls, nor polls behind commands.',
    },
  },
  device: {
    pollMs: {
      unit: 'ms',
      min: 0,
      max: DAY,
      default: 1_000,
      reason: 'Period of polling; 0: as often as the bus allows, no period promised.',
    },
    minGapMs: {
      unit: 'ms',
      min: 0,
      max: 10_000,
      default: 0,
      reason:
        'Silence that this device alone needs before it is asked again, from its last answer. The others are asked meanwhile, and it goes on with its next request when it has rested. For devices that restart or fall silent when asked too soon. The default is that of the profile, where it has one.',
    },
    staleAfterMs: {
      unit: 'ms',
      min: 100,
      max: DAY,
      reason:
        'Without a good reading for so long the device is offline. Default: 10000, or three periods if that is longer.',
    },
    heartbeatMs: {
      unit: 'ms',
      min: 1_000,
      max: DAY,
      default: 60_000,
      reason: 'A value that its deadband holds back is published all the same once in this time.',
    },
    maxReadingsPerS: {
      unit: '',
      min: 1,
      max: 1_000,
      default: 100,
      reason:
        'A device that talks by itself gives at most so many readings a second, and once as many more after a pause. A reading beyond that goes out as part of the next one, with the newest value of each point. The status counts it as thinned. 100 are ten sentences of a GPS ten times a second; a device that floods a line of 115200 baud sends thousands. No effect on devices that are asked.',
    },
    offlineAfter: {
      unit: '',
      min: 1,
      max: 100,
      default: 3,
      reason: 'So many failed polls in a row make the device offline: one disturbed frame must not.',
    },
    minTimeoutMs: {
      unit: 'ms',
      min: 20,
      max: 60_000,
      default: 100,
      reason:
        'An answer is waited for three times as long as the slowest has lately taken, so that dead devices cost little. The wait is never shorter than this on top of the answer’s own time on the line. It is never longer than the timeout in the options. Not below 20, for adapters that hand over every 16 ms; at or above that timeout nothing is adapted.',
    },
    probeMinMs: {
      unit: 'ms',
      min: 100,
      max: 600_000,
      default: 1_000,
      reason:
        'First wait before an offline device is asked again, and every wait while the line has nothing else to do. Otherwise the waits grow, so that a dead device does not slow the others.',
    },
    probeMaxMs: {
      unit: 'ms',
      min: 1_000,
      max: 3_600_000,
      default: 60_000,
      reason:
        'Longest wait between probes: how late the gateway may notice that a device is back. On a line that the others fill, all probes together take at most 2 % of the time, so that many dead devices wait longer.',
    },
  },
  onLinkLoss: {
    afterMs: {
      unit: 'ms',
      min: 1_000,
      max: DAY,
      reason:
        'So long the broker must be away without a break, counted from when the link notices (mqtt.keepaliveMs) or from the start. The plant must say how long the machine may run unattended, so there is no default. Not below 1000, or every short break would switch outputs.',
    },
  },
} as const satisfies Record<string, Record<string, Limit>>;

/** Bounds on amounts, so that no file can make the agent large. */
export const AMOUNTS = {
  /** A file of 1 MiB holds some ten thousand points. */
  fileBytes: 1_048_576,
  depth: 20,
  textDepth: 64,
  nodes: 200_000,
  buses: 32,
  /** Modbus over Serial Line V1.02, 2.2: addresses 1 to 247. */
  devicesPerBus: 247,
  pointsPerDevice: 2_000,
  /** The largest profile that is shipped has a tenth of it. */
  profileBytes: 262_144,
  /** Of the operator's own, as far as they are listed. */
  ownProfiles: 1_000,
  /** With `mqtt.url` eight brokers: a round through dead ones takes up to eight times mqtt.connectTimeoutMs. */
  fallbackUrls: 7,
  /** Protocols offered in a TLS handshake: brokers know one or two. */
  alpn: 8,
  /** As many as one command may write. */
  linkLossPoints: 64,
  /** Public keys: some people and programs, each with an old and a new one while they change. */
  signingKeys: 32,
  /** Room in a bus's queue beyond one poll for each device. */
  queueReserve: 4,
  /** The reserve that the default queue has. */
  defaultQueueReserve: 16,
  problems: 100,
} as const;
