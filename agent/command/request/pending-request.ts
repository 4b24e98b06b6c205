import type { Destination } from '../reply/replies.ts';
import type { CommandTopic } from './topics.ts';

/** One request on its way through: what it asks for, who asks, and where its answer goes. */
export interface PendingRequest {
  readonly topic: CommandTopic;
  readonly id: string | undefined;
  readonly to: Destination;
  /** Who says to be asking. */
  readonly user: string | undefined;
  /** Whose signature it bore. */
  readonly key: string | undefined;
  /** As they came; undefined where they could not be read. */
  readonly args: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The id by which a request is known from then on: signed ones apart from the others, so that nobody who sees an id can
 * use it up before its signed request comes. No id of a request and no id of a key holds a slash.
 */
export function knownAs(id: string, key: string | undefined): string {
  return key === undefined ? id : `${key}/${id}`;
}

/** The id that its sender gave it. */
export function givenAs(known: string): string {
  return known.slice(known.lastIndexOf('/') + 1);
}
