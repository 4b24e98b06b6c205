import type { Dialogue, EndStep, Exchange, LineNeed } from '../contract/dialogue.ts';
import type { Fault } from '../contract/fault.ts';
import type { LineTiming } from '../contract/port.ts';
import type { Sample } from '../contract/reading.ts';
import type { Options } from './options.ts';
import type { Request } from './request.ts';

/** One request to the device, and the result of its answer. */
export interface Ask {
  readonly request: Request;
  /** Names of the points that it reads or writes. */
  readonly points: readonly string[];
  /** The values in the answer's data; not called for a pure write. Pure. */
  readonly samples: (data: Uint8Array) => readonly Sample[];
  /** Of an ask for the identity: the identity in the answer's data, and the ask that can follow. Pure. */
  readonly told?: ((data: Uint8Array) => Told) | undefined;
  /** See `Dialogue.split`; a write has none: half of it must not be done. */
  readonly split?: ((refused: Fault) => readonly Ask[]) | undefined;
}

export interface Told extends Pick<EndStep, 'identity'> {
  readonly further?: Ask | undefined;
}

/** The cost of requests and answers on a wire, for a search of the cheapest. */
export interface WireCost {
  /** Of another request with its answer, with any content, in characters. */
  readonly exchange: number;
  /** Characters for each byte of values. */
  readonly byte: number;
}

/** The way of the family's requests to one device: frames, and the marks that tell its answers from others. */
export interface Wire {
  readonly cost: WireCost;
  /** In the order of the requests. Each write is a dialogue of its own. */
  dialogues(asks: readonly Ask[]): readonly Dialogue[];
}

/** Makes the wire of one device. */
export type Transport<O extends Options> = (options: O, line: LineTiming) => Wire;

/** Takes single requests to one device, for dialogues of several steps. */
export interface Courier {
  readonly cost: WireCost;
  /** See `Dialogue.needs`. */
  readonly needs?: readonly LineNeed[] | undefined;
  /**
   * @param run see `Dialogue.begin`
   * @param place of the request in the run, 0 to 63
   */
  exchange(request: Request, run: number, place: number): Exchange<Uint8Array>;
}
