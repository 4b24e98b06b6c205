import type { Destination } from '../reply/replies.ts';
import type { CommandTopic } from './topics.ts';

/** One request on its way through: the command, the user who asks, and the place of its answer. */
export interface PendingRequest {
  readonly topic: CommandTopic;
  readonly id: string | undefined;
  readonly to: Destination;
  /** The user, by the request's own word. */
  readonly user: string | undefined;
  /** The id of the key that signed it. */
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
