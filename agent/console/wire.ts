/**
 * The messages of the console's server to the page, and the page's requests to it. Types alone: both sides are checked
 * against them. Times are milliseconds since 1970; ages are never sent, the page makes them of times.
 */

export type Shown = number | boolean | string | null;

/** A fault as the table has it. */
export interface ShownFault {
  readonly code: string;
  /** From the table of faults; the code where the table does not know it. */
  readonly message: string;
  /** The remedy. */
  readonly advice?: string;
}

export interface ShownGateway {
  /** `plant7-gw01` */
  readonly id: string;
  readonly online: boolean | null;
  readonly version: string | null;
  readonly uptimeS: number | null;
  /** Of its last status. */
  readonly statusAt: number | null;
  readonly link: {
    readonly reconnects: number | null;
    readonly certificateDaysLeft: number | null;
  };
  readonly outbox: {
    readonly held: number | null;
    readonly bytes: number | null;
    readonly dropped: number | null;
    readonly durable: boolean | null;
  };
  readonly memoryBytes: number | null;
  /** Newest entry of the journal of commands, as the status tells it. */
  readonly auditHead: string | null;
  readonly buses: readonly ShownBus[];
}

export interface ShownBus {
  readonly id: string;
  readonly open: boolean;
  readonly fault: ShownFault | null;
  /** 0 to 1 */
  readonly utilisation: number | null;
  readonly exchanges: number | null;
  readonly timeouts: number | null;
  readonly checksumErrors: number | null;
  readonly lateFrames: number | null;
  readonly reopens: number | null;
}

/** The content of the topic `meta` for a point. */
export interface ShownPoint {
  readonly name: string;
  readonly label: string | null;
  readonly unit: string | null;
  readonly quantity: string | null;
  readonly type: 'number' | 'boolean' | 'text' | null;
  /** Absent where it can not be written. */
  readonly write?: {
    readonly min?: number;
    readonly max?: number;
    readonly step?: number;
    readonly oneOf?: readonly Shown[];
    /** The request takes two steps: the second one within some seconds. */
    readonly confirm: boolean;
  };
}

export interface ShownDevice {
  readonly gateway: string;
  readonly id: string;
  readonly label: string | null;
  readonly bus: string | null;
  readonly driver: string | null;
  readonly health: string | null;
  readonly fault: ShownFault | null;
  readonly latencyMs: number | null;
  readonly lastGoodAt: number | null;
  /** Maker, model, serial number …, as the device said. */
  readonly identity: Readonly<Record<string, string>> | null;
  readonly points: readonly ShownPoint[];
  /** Names of the commands that its gateway takes for it. */
  readonly commands: readonly string[];
}

/** One device's newest values. Only points that changed, or were read again. */
export interface ShownValues {
  readonly gateway: string;
  readonly device: string;
  readonly at: number;
  readonly values: Readonly<Record<string, Shown>>;
  /** Points whose value is not good, and why: `stale`, `bad` … Absent: all are good. */
  readonly quality?: Readonly<Record<string, string>>;
}

/** Server-sent events on `GET /api/events`. The first one is `plant`; then `change`, at most ten a second, each coalesced. */
export interface PlantEvent {
  readonly at: number;
  /** Whether the console itself has the broker. */
  readonly broker: 'connected' | 'connecting' | 'refused';
  /** In `plant`: all; in `change`: those that are different, whole. */
  readonly gateways: readonly ShownGateway[];
  readonly devices: readonly ShownDevice[];
  readonly values: readonly ShownValues[];
  /** Gateways and `gateway/device` pairs that are no more (their retained topics were cleared). */
  readonly gone: readonly string[];
  /** Gateways, devices and points beyond what the console keeps; 0: all are here. */
  readonly leftOut: number;
}

/** `GET /api/history?gateway=G&device=D&point=P[&from=MS&to=MS]`: the last hour, oldest first, thinned to at most 2,000 points (each bucket's lowest and highest). */
export interface History {
  readonly at: readonly number[];
  readonly values: readonly (number | null)[];
  /** The hour holds more than was kept. */
  readonly thinned: boolean;
}

/** `GET /api/history.csv?gateway=G&series=D/P&series=D/P…`: RFC 4180, `time,gateway,device,point,value,unit`, every kept value. */

/** `POST /api/commands`. The server makes id and expiry, signs where the gateway asks for it, and waits. */
export interface AskedCommand {
  readonly gateway: string;
  /** Absent: a command of the gateway. */
  readonly device?: string;
  /** `write`, `read`, `reopen`, `ping` … */
  readonly command: string;
  readonly args: Readonly<Record<string, Shown>>;
  /** The token of the first step. */
  readonly confirm?: string;
}

/** The answer to it, as it is; `unknown` where nothing was heard in time. */
export interface CommandReply {
  readonly outcome: 'done' | 'applied' | 'verified' | 'refused' | 'failed' | 'unknown' | 'selected';
  /** One sentence for a person. `unknown`: that the device may have acted, and to look before asking again. */
  readonly words: string;
  readonly fault: ShownFault | null;
  readonly values: Readonly<Record<string, Shown>> | null;
  /** With `selected`: the token that the second step needs, and the end of its time. */
  readonly confirm: { readonly token: string; readonly until: number } | null;
}

/** Every answer that is no 2xx. */
export interface ApiError {
  /** The fault of the request, and its remedy. */
  readonly error: string;
}
