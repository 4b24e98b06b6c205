/** The known facts of a device itself; printable text of at most {@link LONGEST_IDENTITY} characters each. */
export interface Identity {
  readonly maker?: string | undefined;
  readonly model?: string | undefined;
  readonly serial?: string | undefined;
  readonly firmware?: string | undefined;
}

/** The longest part of an identity, in UTF-16 units. */
export const LONGEST_IDENTITY = 64;

/**
 * A device's account of itself: asked for (`PollDevice.identify`), or beside its values (`EndStep`, `Decoded`). A part
 * that is absent or empty was not told, and its earlier text stays. The texts are as the device sent them, decoded and not
 * cleaned: the agent cleans and cuts them before anybody sees them, so a driver need not.
 */
export interface ToldIdentity extends Identity {
  /** The sort of device in common words, as `water` or `heat (outlet)`: it stands for the model where nobody knows that. */
  readonly kind?: string | undefined;
}
