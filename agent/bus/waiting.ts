import type { Answer } from '../../drivers/contract/driver.ts';
import type { Fault } from '../../drivers/contract/fault.ts';
import type { Instant } from '../clock/clock.ts';
import type { Question } from './receive-buffer.ts';

/** What is known at the end of a question. */
export type Verdict = Exclude<Answer, { state: 'more' }>;

/** The one question under way on a line. */
export interface Waiting {
  readonly question: Question;
  readonly verdict: Promise<Verdict>;
  settle(verdict: Verdict): void;
  fail(fault: Fault): void;
  /** When the request's last character is out, as far as is known. */
  requestEnd: Instant;
  /** Nothing is sent before, whatever comes meanwhile. */
  notBefore: Instant;
  /** `armed`: to go out at its instant, and not yet known to be out. What comes before it is out is no answer. */
  stage: 'unsent' | 'armed' | 'out';
  /** Calls the deadline off. */
  callOff: () => void;
}
