import type { Dialogue, Stray } from './dialogue.ts';
import type { Fault } from './fault.ts';
import type { ToldIdentity } from './identity.ts';
import type { Memory } from './memory.ts';
import type { LineTiming } from './port.ts';
import type { Point, Sample, Value } from './reading.ts';

export type { Stray } from './dialogue.ts';

/** The version of this contract. A driver built against another one is not loaded (`driver/shape`). */
export const DRIVER_CONTRACT = 1;

/** The part of a validator that the agent relies on; every zod schema is one. Its messages never hold an input. */
export interface Schema<T> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
        };
      };
}

/**
 * A protocol. Everything in it is pure: it holds no timer, no socket, no logger and no clock, so that the whole
 * protocol is tested without a port and without waiting.
 */
// biome-ignore lint/suspicious/noExplicitAny: the table holds drivers of different options; each checks its own
export interface Driver<Options = any, PointOptions = any> {
  readonly contract: typeof DRIVER_CONTRACT;
  /** The name in the table: `[a-z][a-z0-9-]*`. */
  readonly name: string;
  /** One line for `fieldward drivers`. */
  readonly summary: string;
  readonly options: Schema<Options>;
  /** One entry of a device's `points`, whole: with the keys that all drivers share. */
  readonly point: Schema<PointOptions>;
  /**
   * The keys of `options` that name a credential file (a key, a password), each with the judge of its content: the
   * fault of the content, in constant words that quote nothing of it; undefined: it is right. Absent: there are none.
   */
  readonly secrets?: Readonly<Record<string, (content: Uint8Array) => string | undefined>>;
  /**
   * @throws Fault `driver/create` where options and points do not fit together; `create` is also run by
   *   `fieldward check`, so it must be quick and do nothing but compute
   */
  create(setup: Setup<Options, PointOptions>): Device;
  /**
   * The part of the options on which the costs of dialogues depend, as plain data: dialogues of devices with the same
   * part, the same points and the same line cost the same, and `fieldward check` counts them once. Pure. Absent: on all
   * of them.
   */
  costOptions?(options: Options): unknown;
  /**
   * Options and points that are right each for itself and must not stand together: the config is refused, and the
   * refusal says where. `create` throws `driver/create` of the same. Pure. Absent: there are none.
   */
  conflicts?(setup: Setup<Options, PointOptions>): readonly Conflict[];
  /** Settings that are allowed and seldom meant, for `fieldward check`. Pure. Absent: there are none. */
  doubts?(setup: Setup<Options, PointOptions>, port: PortFacts): readonly Doubt[];
  /**
   * The samples of those points that lie in these contents as a whole: by this the test vectors of profiles are judged.
   * Pure. Absent: the driver's devices have no contents that one could write down.
   */
  decode?(setup: Setup<Options, PointOptions>, contents: RegisterContents): readonly Sample[];
}

/** The contents of a device's registers from one address on. */
export interface RegisterContents {
  /** A word of the protocol for what is addressed, as `holding` of Modbus. */
  readonly register: string;
  readonly address: number;
  /** Registers as on the wire, two bytes each; of what is a single bit one byte each, 0 or 1. */
  readonly bytes: Uint8Array;
}

/** The facts that the config tells of the port of a device; a fact that it can not tell is absent. */
export interface PortFacts {
  readonly dataBits?: number | undefined;
  readonly tcpPort?: number | undefined;
}

export interface Doubt {
  /** The place of a point in the setup and the key of it that is doubted, or the key of the port. */
  readonly at: { readonly point: number; readonly key: string } | { readonly port: keyof PortFacts };
  /** Constant words, counts and bounds: they must not hold an input. */
  readonly message: string;
}

export interface Conflict {
  /** The place of a point in the setup, and the key of it that is wrong. */
  readonly at: { readonly point: number; readonly key: string };
  /** Constant words, counts and bounds: they must not hold an input. */
  readonly message: string;
}

export interface Setup<Options, PointOptions> {
  readonly options: Options;
  readonly points: readonly PointOptions[];
  readonly line: LineTiming;
  /**
   * Option that names a credential file → the content of that file, judged. A file that could not be read is missing
   * here: then the device is made for `check` alone and never hears a byte.
   */
  readonly secrets?: ReadonlyMap<string, Uint8Array> | undefined;
}

export type Device = PollDevice | StreamDevice;

/** A device that is asked. */
export interface PollDevice {
  readonly kind: 'poll';
  readonly points: readonly Point[];
  /**
   * The device is polled no more often, milliseconds, also where the config's period is shorter: each poll costs its
   * battery, its supply or the time of its sensor. Its points' own periods are not below it. Absent: 0.
   */
  readonly leastPollMs?: number | undefined;
  /** The fewest and cheapest dialogues that read these points. Deterministic; the caller keeps the result. */
  plan(names: readonly string[]): readonly Dialogue[];
  /**
   * The dialogues that write these values, in order, all or nothing checked before the first.
   * @throws Fault `command/unknown-point`, `command/not-writable`, `command/value`
   */
  write(values: ReadonlyMap<string, Value>): readonly Dialogue[];
  /**
   * Whether a value that was read back is what this write leaves in the device, within the point's resolution. Pure.
   * Absent: equal.
   * @param exact the sample's, where no double holds what was read
   */
  agrees?(point: string, written: Value, read: Value, exact?: string): boolean;
  /**
   * Asks the device for its identity: reads no point (`points` and `samples` are empty), changes nothing in the device,
   * and tells by its end's `identity`. It is asked seldom, and only when the line has time for all of `cost.most`; so
   * it is short: further requests come as `further` dialogues. A refusal (`refused`) says that the device does not
   * tell, and it is not asked again. Pure. Absent: there is nothing to ask; the polls tell what they hear by their own
   * ends.
   */
  identify?(): Dialogue;
  /**
   * The bytes of these points, and around them, read in every way: for people who look for the right address, type or
   * order. Absent: the protocol leaves nothing to guess. Pure.
   * @throws Fault `command/unknown-point`
   */
  raw?(names: readonly string[]): RawView;
}

export interface RawView {
  /** Reads those bytes and writes nothing. Its points are texts that only `tables` understands. */
  readonly device: PollDevice;
  /** One table for each point of which anything was read. @param samples of that device */
  tables(samples: readonly Sample[]): readonly RawTable[];
}

export interface RawTable {
  readonly point: string;
  /** How the config reads it. */
  readonly title: string;
  /** Of the columns of values: where they are read from. */
  readonly heads: readonly string[];
  readonly rows: readonly RawRow[];
  /** The reasons why the value is hardly meant, and the values that could be meant in its place. */
  readonly remarks: readonly string[];
}

export interface RawRow {
  /** How the bytes are read in this row, in the words of the config. */
  readonly label: string;
  /** Whether the config reads them so. */
  readonly configured: boolean;
  /** Before scale and offset; null: they are no such value, or were not read. */
  readonly cells: readonly Value[];
}

/** A device that talks by itself. */
export interface StreamDevice {
  readonly kind: 'stream';
  /** All of them, those of `asked` included. */
  readonly points: readonly Point[];
  /**
   * Its other half, where the device can also be asked: points that no frame tells. It has a line of its own. All that
   * comes on it goes to `framer` in its order, bytes that are judged as an answer included: so `decode` passes answers
   * over, and a verdict tells no strays, because `decode` tells them. Absent: it can't be asked.
   */
  readonly asked?: PollDevice | undefined;
  /** A new, empty framer: one for each time that the port opens. */
  framer(): Framer;
  /**
   * Pure: the same frame and memory give the same end. A frame that is none of this driver's business is `samples: []`.
   * @param memory what the last decoded frame of this opening left; nothing after each opening
   */
  decode(frame: Uint8Array, memory?: Memory): Decoded;
}

/** The part of a device that is asked; undefined: there is none. */
export function askedPart(device: Device): PollDevice | undefined {
  return device.kind === 'poll' ? device : device.asked;
}

/** `memory` takes the place of the memory before; absent: that stays. */
export type Decoded = { readonly memory?: Memory | undefined } & (
  | {
      readonly samples: readonly Sample[];
      /** The device's own account of itself in this frame. */
      readonly identity?: ToldIdentity | undefined;
    }
  | { readonly fault: Fault; readonly stray: Stray }
);

/** Cuts a byte stream into frames, in bounded memory and linear time. */
export interface Framer {
  /** Calls `frame` for each whole frame in order. The bytes are valid only during the call. */
  push(chunk: Uint8Array, frame: (bytes: Uint8Array) => void): void;
  /** Bytes thrown away so far because a frame was longer than the longest allowed. */
  readonly discarded: number;
  /** Bytes passed over so far because they lay between frames: noise, where frames show their start. Absent: never. */
  readonly skipped?: number | undefined;
}
