import type { Exchange } from '../../../drivers/contract/dialogue.ts';
import { Alarm } from '../../clock/alarm.ts';
import type { Clock, Instant } from '../../clock/clock.ts';
import type { Sender } from '../sender.ts';
import type { PendingAnswer } from '../waiting.ts';

/** Between two looks whether the writing thread has come to it. */
const UNSENT_LOOK = 10;

/** A loop that was late finds the deadline passed while the answer lies unread in the kernel: it looks once more. */
const LAST_LOOK = 1;

/** The state of an answer that is awaited. */
interface Awaited {
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
function answerEnd(
  { idle, beginWithin, request }: Exchange<unknown>,
  { sentAt, requestEnd, heard }: Awaited,
  timeout: number,
): Instant {
  const end = sentAt + timeout;
  if (heard === undefined) return beginWithin === undefined ? end : Math.min(end, sentAt + beginWithin);
  if (idle === undefined) return end;
  // bytes that came before an unasked answer was awaited say nothing of how long the rest takes
  const since = request.length === 0 ? Math.max(heard, requestEnd) : heard;
  return Math.min(end, since + idle);
}

interface AnswerLimitOptions {
  readonly clock: Clock;
  readonly sender: Sender;
  /** When the last byte came. */
  readonly heardAt: () => Instant;
  /** No more is waited for. */
  readonly over: (waiting: PendingAnswer) => void;
}

/** Ends the wait for one answer after the other, at a time that moves with a request that goes out later than planned. */
export class AnswerLimit {
  readonly #options: AnswerLimitOptions;
  readonly #alarm: Alarm;
  #waiting: PendingAnswer | undefined;
  /** Its time was over, and bytes that may lie unread are looked at once more. */
  #looked = false;

  constructor(options: AnswerLimitOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock, () => this.#look());
  }

  /** This is awaited now, or something of it has come. */
  set(waiting: PendingAnswer): void {
    this.#waiting = waiting;
    this.#looked = false;
    this.#look();
  }

  /** Nothing is awaited. The alarm may be left for the next one. */
  clear(): void {
    this.#waiting = undefined;
  }

  /** Nothing will be awaited any more. */
  stop(): void {
    this.#alarm.stop();
  }

  #look(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || waiting.isOver) return;
    const { clock, sender, heardAt, over } = this.#options;
    const { question, requestEnd, asking } = waiting;
    const now = clock.now();
    const spared = sender.sparedFor(waiting);
    const heard = question.length === 0 ? undefined : heardAt();
    const end = answerEnd(question.exchange, { sentAt: sender.endOf(waiting), requestEnd, heard }, asking.timeout);
    if (end <= now && this.#looked && spared === 0) {
      over(waiting);
      return;
    }
    const next = now + (this.#looked ? UNSENT_LOOK : LAST_LOOK);
    this.#looked = end <= now;
    this.#alarm.set(Math.max(end, next));
  }
}
