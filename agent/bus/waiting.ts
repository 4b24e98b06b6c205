import type { Consequence } from '../../drivers/contract/dialogue.ts';
import type { Duration } from '../../drivers/contract/duration.ts';
import type { Fault } from '../../drivers/contract/fault.ts';
import type { Instant } from '../clock/clock.ts';
import type { Final, ReceiveBuffer } from './receive-buffer.ts';

/** What came of a request. */
export type ExchangeReply<T> =
  | { readonly state: 'answered'; readonly result: T; readonly latencyMs: number }
  | {
      readonly state: 'failed';
      readonly fault: Fault;
      readonly consequence: Consequence;
      /** The device said something: no answer to this request can come any more. */
      readonly answered: boolean;
    };

/** How a request is sent, and how long its answer is waited for. */
export interface Asking {
  /** Whose it is; see `ownerOf`. */
  readonly owner: string;
  /** From the request's end on the wire. */
  readonly timeout: Duration;
  /** When the line's silence is over, given when the line was used last. */
  readonly sendableAt: (usedUntil: Instant) => Instant;
}

/** The one request under way on a line; its verdict rejects when the port is lost or the request is called off. */
export interface PendingAnswer<T = unknown> {
  readonly question: ReceiveBuffer<T>;
  readonly asking: Asking;
  readonly verdict: Promise<Final<T>>;
  settle(verdict: Final<T>): void;
  fail(fault: Fault): void;
  /** When the request's last character is out, as far as is known. */
  requestEnd: Instant;
  /** `armed`: to go out at its instant, and not yet known to be out. What comes before it is out is no answer. */
  stage: 'unsent' | 'armed' | 'out';
  /** Calls the deadline off; nothing before there is one. */
  callOff: (() => void) | undefined;
}

/** @param settled hears the verdict before anybody else */
export function waitFor<T>(
  question: ReceiveBuffer<T>,
  asking: Asking,
  settled: (final: Final<T>) => void,
): PendingAnswer<T> {
  let settle: PendingAnswer<T>['settle'] = () => undefined;
  let fail: PendingAnswer<T>['fail'] = () => undefined;
  const verdict = new Promise<Final<T>>((resolve, reject) => {
    settle = (final) => {
      settled(final);
      resolve(final);
    };
    fail = reject;
  });
  // it may be rejected while the write is still under way
  verdict.catch(() => undefined);
  const requestEnd = Number.NEGATIVE_INFINITY;
  return { question, asking, verdict, settle, fail, requestEnd, stage: 'unsent', callOff: undefined };
}
