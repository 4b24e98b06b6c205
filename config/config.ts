import type { Identity } from '../drivers/contract/identity.ts';

/**
 * The config that the agent gets: validated whole, defaults filled in, deeply frozen. Every duration is in milliseconds
 * here, because these are the words of the file; inside the agent they become `Duration`s.
 */
export interface Config {
  readonly gateway: string;
  readonly mqtt: MqttConfig;
  /** Absent: it is told nothing. */
  readonly homeAssistant?: HomeAssistantConfig | undefined;
  /** Absent: it is no Sparkplug node. */
  readonly sparkplug?: SparkplugConfig | undefined;
  /** Absent: no metrics. */
  readonly metrics?: MetricsConfig | undefined;
  readonly outbox: OutboxConfig;
  readonly commands: CommandsConfig;
  readonly log: LogConfig;
  readonly buses: readonly BusConfig[];
}

export interface MqttConfig {
  readonly url: string;
  /** Brokers that are tried in this order where `url` can't be had; same credentials, same rules for plaintext. */
  readonly fallbackUrls?: readonly string[] | undefined;
  /** While a fallback is connected, the first broker is looked at about this often; absent: a fallback is not left. */
  readonly returnAfterMs?: number | undefined;
  readonly protocolVersion: 4 | 5 | 'auto';
  readonly topicPrefix: string;
  readonly allowPlaintext: boolean;
  /** Offered in the TLS handshake, the most wanted first. */
  readonly alpn?: readonly string[] | undefined;
  /** `http://HOST:PORT`: every broker is reached through it. */
  readonly proxy?: string | undefined;
  readonly proxyCredentialsFile?: string | undefined;
  readonly username?: string | undefined;
  /** Names of files, resolved to absolute paths. Their content is read by the link, when it connects. */
  readonly passwordFile?: string | undefined;
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Also one plain retained topic for each point. */
  readonly values?: boolean | undefined;
  /** Whether each device has a retained topic that tells what its points mean; absent: yes. */
  readonly meta?: boolean | undefined;
  readonly keepaliveMs: number;
  readonly connectTimeoutMs: number;
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
}

export interface HomeAssistantConfig {
  readonly discoveryPrefix: string;
  readonly statusTopic: string;
}

export interface SparkplugConfig {
  readonly groupId: string;
  /** Absent: the gateway's name. */
  readonly edgeNodeId?: string | undefined;
  readonly primaryHost?: string | undefined;
  readonly aliases: boolean;
  /** Absent: broker and credentials are those of `mqtt`. */
  readonly url?: string | undefined;
  readonly fallbackUrls?: readonly string[] | undefined;
  readonly username?: string | undefined;
  /** Names of files, resolved to absolute paths. */
  readonly passwordFile?: string | undefined;
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

export interface MetricsConfig {
  /** For the textfile collector of node_exporter. */
  readonly textfile?: { readonly path: string; readonly everyMs: number } | undefined;
  readonly otlp?: OtlpConfig | undefined;
}

export interface OtlpConfig {
  readonly url: string;
  /** Names of files, resolved to absolute paths. */
  readonly headersFile?: string | undefined;
  readonly caFile?: string | undefined;
  readonly everyMs: number;
}

export interface OutboxConfig {
  /** Absent: memory only. */
  readonly directory?: string | undefined;
  /** From `$RUNTIME_DIRECTORY`, never from the file: a folder in memory, where the number of the newest reading is kept. */
  readonly runtimeDirectory?: string | undefined;
  readonly maxBytes: number;
  readonly whenFull: 'drop-oldest' | 'drop-newest' | 'thin';
  readonly syncIntervalMs: number;
  /** So many readings a second may be sent of what waited, beside the live ones. */
  readonly backfillPerS: number;
}

export interface CommandsConfig {
  readonly enabled: boolean;
  readonly allow: readonly string[];
  readonly maxAgeMs: number;
  /** Keeps the ids of executed commands, the counts of writes and the audit journal. Absent: in memory only. */
  readonly directory?: string | undefined;
  /** Refuse while the clock is known not to be synchronized: nobody can tell then whether a request has expired. */
  readonly requireClock: boolean;
  /** All files of the audit journal together. */
  readonly auditMaxBytes: number;
  readonly signing: SigningConfig;
}

/** Ed25519 keys, and the commands that are only taken signed by one of them. */
export interface SigningConfig {
  /** Names of commands; `write` covers `select` and `operate`. */
  readonly required: readonly string[];
  readonly keys: readonly SigningKeyConfig[];
}

export interface SigningKeyConfig {
  /** The `kid` of the signature's header. */
  readonly id: string;
  /** Resolved to an absolute path; read at the start of the agent. */
  readonly publicKeyFile: string;
  /** Its allowed commands; absent: all. `write` covers `select` and `operate`. */
  readonly commands?: readonly string[] | undefined;
  readonly devices?: readonly string[] | undefined;
  /** Names of points that it may write or read. */
  readonly points?: readonly string[] | undefined;
}

export interface LogConfig {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
}

export interface BusConfig {
  readonly id: string;
  readonly port: SerialPortConfig | TcpPortConfig;
  readonly throttle: ThrottleConfig;
  /** Keeps the last bytes of the line for when something goes wrong; absent: does not. */
  readonly recorder?: RecorderConfig | undefined;
  readonly devices: readonly DeviceConfig[];
}

export interface RecorderConfig {
  readonly bytes: number;
  /** From `$STATE_DIRECTORY`, never from the file; absent: nothing is kept. */
  readonly directory?: string | undefined;
}

export interface SerialPortConfig {
  readonly path: string;
  readonly baudRate: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
  /** An FTDI adapter's latency timer is lowered to 1 ms when the port is opened. */
  readonly lowLatency: boolean;
  /** The levels of DTR and RTS while the port is open; absent: on, as the kernel sets them. */
  readonly dtr?: boolean | undefined;
  readonly rts?: boolean | undefined;
  /** The adapter returns what we send: those bytes are taken off before an answer is judged. */
  readonly echo: boolean;
  readonly reopenMinMs: number;
  readonly reopenMaxMs: number;
  /** Nothing is sent so long after the opening. */
  readonly settleMs: number;
  /** Opened anew if nothing came for so long though something should have; 0: never. */
  readonly silentReopenMs: number;
}

export interface TcpPortConfig {
  readonly host: string;
  readonly tcpPort: number;
  readonly echo: boolean;
  readonly reopenMinMs: number;
  readonly reopenMaxMs: number;
  readonly settleMs: number;
  /** Closed until something is due if nothing was said for so long; 0: never. */
  readonly idleCloseMs: number;
  readonly silentReopenMs: number;
}

export interface ThrottleConfig {
  /** Silence between two operations, from the end of the one before; the line's own t3.5 is kept in any case. */
  readonly gapMs: number;
  readonly maxQueue: number;
  readonly maxWaitMs: number;
  readonly maxRunMs: number;
  /** So many commands may pass before one poll runs. */
  readonly commandBurst: number;
}

export interface ConfiguredIdentity extends Identity {
  /** False: it is not asked what it is. Absent: it is, where its protocol can ask. */
  readonly ask?: boolean | undefined;
}

export interface DeviceConfig {
  readonly id: string;
  /** For people; absent: made from the id. */
  readonly label?: string | undefined;
  /** Of the file, and where that says nothing of the profile. */
  readonly identity?: ConfiguredIdentity | undefined;
  readonly driver: string;
  /** The driver's own, as written in the file; the loader validates it again before it creates the device. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The profile's points with the file's laid over them; each already fits the driver's point schema. */
  readonly points: readonly Readonly<Record<string, unknown>>[];
  /** 0: as often as the bus allows. */
  readonly pollMs: number;
  /** Silence that it needs before it is asked again; the profile's where the file says nothing. */
  readonly minGapMs: number;
  /** No good reading for so long: offline. */
  readonly staleAfterMs: number;
  /** A value that its deadband holds back is published all the same once in this time. */
  readonly heartbeatMs: number;
  /** A device that talks by itself gives at most so many readings a second. */
  readonly maxReadingsPerS: number;
  /** So many failed polls in a row make the device offline. */
  readonly offlineAfter: number;
  /** The wait for an answer is adapted, never below this on top of the answer's own time on the line. */
  readonly minTimeoutMs: number;
  /** An offline device is probed at growing intervals between these. */
  readonly probeMinMs: number;
  readonly probeMaxMs: number;
  readonly commands: { readonly allow: readonly string[] };
  /** The values that are written once when the broker has been away for so long. */
  readonly onLinkLoss?: LinkLossConfig | undefined;
}

export interface LinkLossConfig {
  readonly afterMs: number;
  /** Point → value. */
  readonly write: Readonly<Record<string, number | boolean | string>>;
}
