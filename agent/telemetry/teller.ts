import type { PlantChange } from '../convention/convention.ts';

/** Tells changes of the plant to all audiences: the publisher of the link. */
export interface Teller {
  /** @throws Fault as `Link.publish`, the first of several; each message was tried */
  tell(change: PlantChange, signal: AbortSignal): Promise<void>;
}
