import type { Exchange } from '../../../drivers/contract/dialogue.ts';
import type { Instant } from '../../clock/clock.ts';

/** What is known of an answer that is awaited. */
export interface Awaited {
  /** When the request is out, as far as that is known. */
  readonly sentAt: Instant;
  /** From when on it is awaited. */
  readonly requestEnd: Instant;
  /** The last byte; undefined: none has come. */
  readonly heard: Instant | undefined;
}

/**
 * When the wait for an answer ends: with its timeout, or sooner so long after the request or after the last byte as its
 * exchange says. Pure.
 */
export function answerEnd(
  { idle, beginWithin, request }: Exchange<unknown>,
  { sentAt, requestEnd, heard }: Awaited,
  timeout: number,
): Instant {
  const end = sentAt + timeout;
  if (heard === undefined) return beginWithin === undefined ? end : Math.min(end, sentAt + beginWithin);
  if (idle === undefined) return end;
  // what came before an unasked answer was awaited says nothing of how long the rest takes
  const since = request.length === 0 ? Math.max(heard, requestEnd) : heard;
  return Math.min(end, since + idle);
}
