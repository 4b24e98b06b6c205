import type { Duration } from './duration.ts';
import type { Fault } from './fault.ts';
import type { ToldIdentity } from './identity.ts';
import type { Memory } from './memory.ts';
import type { Sample } from './reading.ts';

/**
 * A run of steps that has the line to itself. A plain poll is a dialogue of one step (`single` in `single.ts`). Pure: the
 * same memory and the same answers give the same steps, and nothing in it throws.
 *
 * The run ends early where the caller gives up, the port is lost or closed, or the driver breaks its word. Nobody is told
 * then; if anything was sent, the memory is dropped, because the device may be further than it says.
 */
export interface Dialogue {
  /** Stable identity: refusals and response times are kept under it. Two that ask different things of a device never share one. */
  readonly key: string;
  /** Names of the points that it reads or writes. */
  readonly points: readonly string[];
  /** The bounds that `fieldward check` budgets and the bus enforces. */
  readonly cost: DialogueCost;
  /** The abilities of the port that it needs; `check` refuses it on a port without them. Absent: none. */
  readonly needs?: readonly LineNeed[] | undefined;
  /**
   * Called anew for each run and for each whole retry, and to see whether the dialogue may be asked yet.
   * @param memory what the device's last run left; nothing after each opening of the line
   * @param run counts the runs of all devices on the line, over all its openings: numbers made of it tell one run's
   *   answers from another's. Absent: 0
   */
  begin(memory: Memory | undefined, run?: number): Step;
  /**
   * Narrower dialogues that together read the same points, where one of them may go well although the device refused
   * this one with that fault, or did not answer it (`device/silent`). Empty or absent: a narrower one would not help.
   */
  split?(refused: Fault): readonly Dialogue[];
}

/** `line-speed`, `break`: a serial port. `network`: a TCP port. */
export type LineNeed = 'line-speed' | 'break' | 'network';

export type Step = AskStep | SetLineStep | BreakStep | RestStep | EndStep | FailStep;

/** One request, and the step that its answer leads to. */
export interface AskStep {
  readonly kind: 'ask';
  // biome-ignore lint/suspicious/noExplicitAny: `next` takes the result of `exchange.judge`, of any type; `ask` checks it
  readonly exchange: Exchange<any>;
  /** From here on the device may have acted: a write that ends badly after it is `unknown`. */
  readonly acts?: true | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  next(end: ExchangeEnd<any>): Step;
}

/**
 * Another speed, in bits per second, 50 to 4000000, after the last bit is out. The bus restores the configured one when the
 * dialogue ends, however it does. A port that can't ends the dialogue (`port/no-control`, `port/unsupported`).
 */
export interface SetLineStep {
  readonly kind: 'set-line';
  readonly baudRate: number;
  next(): Step;
}

/** The line is held in the break state. A port that can't ends the dialogue (`port/no-control`, `port/unsupported`). */
export interface BreakStep {
  readonly kind: 'break';
  readonly span: Duration;
  next(): Step;
}

/** Nothing is sent for so long; bytes that come meanwhile are noise, also those that came behind the last answer. */
export interface RestStep {
  readonly kind: 'rest';
  readonly span: Duration;
  next(): Step;
}

/** It went well. `memory` takes the place of the memory before; absent: that stays. */
export interface EndStep {
  readonly kind: 'end';
  readonly samples: readonly Sample[];
  readonly memory?: Memory | undefined;
  /** The device's own account of itself, be it asked for or not. */
  readonly identity?: ToldIdentity | undefined;
  /**
   * Only of a dialogue that {@link PollDevice.identify} gave: the device has said that it can tell more, and this asks for it,
   * when the line has time again. At most {@link MOST_TOLD} follow each other.
   */
  readonly further?: Dialogue | undefined;
}

/** So many dialogues may follow the first one that asks a device what it is. */
export const MOST_TOLD = 7;

/**
 * It did not. A whole retry begins the dialogue anew; whether and when is the agent's decision. A poll is asked once more at
 * once where `repeat` is `whole`, the consequence is `damaged`, and no answer to the last request can come any more.
 */
export interface FailStep {
  readonly kind: 'fail';
  readonly fault: Fault;
  readonly consequence: Consequence;
  readonly repeat: 'whole' | 'never';
  readonly memory?: Memory | undefined;
}

/**
 * The sort of a failure, by the duty that it gives to the caller. `silent`: nothing that could be an answer came.
 * `damaged`: bytes came, and no sound answer. `refused`: a well-formed refusal; line and device are in order.
 * `may-have-acted`: the answer leaves open whether the device does it all the same.
 */
export type Consequence = 'silent' | 'damaged' | 'refused' | 'may-have-acted';

/** The longest silence that an exchange may ask for, milliseconds: 50 characters at 600 baud. */
export const LONGEST_QUIET = 1000;

/** The most bytes of one request, and of what is kept from then to the end of its answer. */
export const LONGEST_REQUEST = 512;
export const LONGEST_ANSWER = 16_384;

/** The most requests behind the first of one exchange. */
export const MOST_FURTHER = 63;

/** One request and the test of its answer. */
export interface Exchange<T> {
  /**
   * At most {@link LONGEST_REQUEST}. May be empty: then the answer is awaited without a question (after a break, or the next part of a
   * long answer), and the bytes behind the answer before are its beginning.
   */
  readonly request: Uint8Array;
  /**
   * Requests that follow the first under the same exchange, in this order, as `judge` makes them due: so several are under way,
   * and the next goes out as an answer comes. Only where the dialogue needs `network`. At most {@link MOST_FURTHER}, of
   * {@link LONGEST_REQUEST} each; all of them count in the leg's `request`. Absent: none.
   */
  readonly further?: readonly Uint8Array[] | undefined;
  /**
   * Bytes. `usual`: of the usual answer alone, for planning. `most`: from the request to the end of the longest answer,
   * with an echo and other bytes that may come before; it sizes the buffer, at most {@link LONGEST_ANSWER}. 0 says that
   * nobody answers: the timeout is the time that is waited, and then `judge` is called once, with nothing.
   */
  readonly answer: { readonly usual: number; readonly most: number };
  /** From the end of the request on the wire to the last byte of the answer. */
  readonly timeout: Duration;
  /**
   * The timeout is the standard's own, or the time that the device has named: it is waited whole, however soon answers came
   * before.
   */
  readonly fixed?: true | undefined;
  /** The answer must begin so long after the request, or none comes. Absent: only `timeout` says so. */
  readonly beginWithin?: Duration | undefined;
  /** The answer also ends so long after its last byte. Absent: only `judge` and `timeout` end it. */
  readonly idle?: Duration | undefined;
  /** The protocol's own silence before the request, from the last byte on the line, at most {@link LONGEST_QUIET}. Absent: none. */
  readonly quietBefore?: Duration | undefined;
  /**
   * Two exchanges with the same signature can not be told apart by their answers, so the second waits for `lateWithin`,
   * whichever device of the line it is for. A dialogue does not begin while its first one has to wait; a later one that
   * has to ends the run (`bus/answer-pending`). So a step that repeats an unanswered one gives that one a `lateWithin` of 0,
   * where the late answer is as good as the new one. Absent: its answer can be told from that to any other, as by a
   * transaction number; nothing waits.
   */
  readonly signature?: string | undefined;
  /** After an unanswered request: how long its answer could still come, from the request's end. 0: it does not matter. */
  readonly lateWithin: Duration;
  /**
   * Judges all bytes since the request was sent. Pure, cheap, called after each chunk.
   * @param ended no more bytes will come; then the verdict is `done` or `failed`
   */
  judge(received: Uint8Array, ended: boolean): Verdict<T>;
}

/** Bytes that were not the answer, counted by kind in the bus's status. */
export type Stray = 'echo' | 'foreign' | 'noise' | 'checksum' | 'truncated';

export type Verdict<T> =
  | {
      readonly state: 'more';
      /** So many of the exchange's `further` requests are to be out by now. Absent: as many as before. */
      readonly due?: number | undefined;
    }
  | {
      readonly state: 'done';
      readonly result: T;
      /** Bytes of `received` up to the end of the answer; more than that was not asked for. */
      readonly used: number;
      readonly strays: readonly Stray[];
    }
  | {
      readonly state: 'failed';
      readonly fault: Fault;
      readonly consequence: Consequence;
      /** The device did answer: no answer to this question can come any more. */
      readonly answered: boolean;
      readonly strays: readonly Stray[];
    };

/** How an exchange ended, for the dialogue's next step. */
export type ExchangeEnd<T> =
  | { readonly state: 'answered'; readonly result: T }
  | { readonly state: 'failed'; readonly fault: Fault; readonly consequence: Consequence };

/** One step of a dialogue as `check` counts it. */
export interface Leg {
  /** Bytes, of all requests of the exchange. */
  readonly request: number;
  /** Bytes; 0: nobody answers. */
  readonly answer: number;
  readonly timeout: Duration;
  readonly quietBefore: Duration;
  /** The speed from this leg on; absent: as before, and at first as configured. */
  readonly baudRate?: number | undefined;
  /** Silence or break after it. */
  readonly rest?: Duration | undefined;
}

/** At least one leg, at most 256 each. */
export interface DialogueCost {
  /** The legs of a run in which everything goes well. */
  readonly usual: readonly Leg[];
  /**
   * No run has more or longer legs, in any order: each `ask` needs one of its own that is no shorter, by the time of its
   * request at the speed of the moment and its timeout; and all rests and breaks together are no longer than those here.
   * The bus ends a run that takes more (`driver/cost`).
   */
  readonly most: readonly Leg[];
}

/** Bytes of all requests of an exchange. */
export function requestBytes({ request, further = [] }: Pick<Exchange<unknown>, 'request' | 'further'>): number {
  return further.reduce((bytes, { length }) => bytes + length, request.length);
}

/** A step that asks, with the type of its answer checked. */
export function ask<T>(exchange: Exchange<T>, next: (end: ExchangeEnd<T>) => Step, acts?: true): AskStep {
  return { kind: 'ask', exchange, next, ...(acts === undefined ? {} : { acts }) };
}
