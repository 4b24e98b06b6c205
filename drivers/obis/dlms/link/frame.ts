/** The structure that begins at a place of the stream. */
export type Look =
  /** That can be said once there are so many bytes from there on. */
  | { readonly state: 'more'; readonly need: number }
  /** Nothing of this kind. */
  | { readonly state: 'none' }
  | { readonly state: 'frame'; readonly frame: LinkFrame }
  /** A frame by its form, with a wrong check. */
  | { readonly state: 'damaged'; readonly length: number };

/** One frame of the link layer, or a bare APDU. */
export interface LinkFrame {
  /** Bytes from its start to its end. */
  readonly length: number;
  /** Bytes at its end that also begin the next one: a flag of HDLC stands between two frames. */
  readonly shared: number;
  /** Its content; a view. Undefined: it is sound and carries no part of a push telegram. */
  readonly part: Part | undefined;
}

/** A piece of an APDU. */
export interface Part {
  readonly bytes: Uint8Array;
  /** Frames of one series have the same: addresses, and the kind of the link. */
  readonly from: string;
  /** Another frame follows with the rest. */
  readonly more: boolean;
  /** Place in the series; undefined: the link does not count. */
  readonly place: number | undefined;
  /** It can be the first of a series; undefined: the link does not say. */
  readonly first: boolean | undefined;
}

export const NONE: Look = Object.freeze({ state: 'none' });

export function more(need: number): Look {
  return { state: 'more', need };
}
