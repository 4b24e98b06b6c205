import { answerBytes } from '../answer.ts';
import { EXCEPTION } from '../pdu-length.ts';
import { isRead, type Request, requestOf } from '../request.ts';
import type { OverheardDamage, OverheardFrame } from './overheard-frame.ts';

/** A request with what became of it, or an answer alone. */
export interface OverheardExchange {
  readonly unit: number;
  readonly function: number;
  /** Absent: it was not heard, or its function is not known. */
  readonly request: Request | undefined;
  readonly outcome: 'answered' | 'refused' | 'unanswered' | 'damaged' | 'broadcast' | 'unasked';
  /** The values of a read, as they lie on the wire. */
  readonly data: Uint8Array | undefined;
  /** The code of an exception. */
  readonly exception: number | undefined;
  /** From the last byte of the request to the first one of the answer, milliseconds. */
  readonly responseMs: number | undefined;
  /** When the request came; of an answer alone, when that came. */
  readonly at: number;
}

interface Asked {
  readonly unit: number;
  readonly function: number;
  readonly request: Request | undefined;
  readonly at: number;
  readonly endedAt: number;
}

const BROADCAST = 0;

/**
 * Puts each answer to its request. A request is unanswered once the next one comes.
 * @param characterMs one character on the line; 0 where that is not known
 */
export class Pairing {
  readonly #told: (exchange: OverheardExchange) => void;
  readonly #characterMs: number;
  #asked: Asked | undefined;

  constructor(told: (exchange: OverheardExchange) => void, characterMs = 0) {
    this.#told = told;
    this.#characterMs = characterMs;
  }

  frame({ role, unit, pdu, beganAt, endedAt, first }: OverheardFrame): void {
    const code = pdu[0] ?? 0;
    const own = code & ~EXCEPTION;
    if (role !== 'answer') {
      this.end();
      const asked = { unit, function: own, request: requestOf(pdu), at: beganAt, endedAt };
      if (unit === BROADCAST) this.#tell(asked, 'broadcast');
      else this.#asked = asked;
      return;
    }
    const asked = this.#asked;
    const exception = (code & EXCEPTION) === 0 ? undefined : pdu[1];
    if (asked === undefined || asked.unit !== unit || asked.function !== own) {
      // late, or its request was not heard: the request that is open may still be answered
      const alone = { unit, function: own, request: undefined, at: beganAt, endedAt };
      this.#tell(alone, 'unasked', { exception });
      return;
    }
    this.#asked = undefined;
    const responseMs = Math.max(0, beganAt - (first - 1) * this.#characterMs - asked.endedAt);
    const data = exception === undefined ? valuesOf(asked.request, pdu) : undefined;
    this.#tell(asked, exception === undefined ? 'answered' : 'refused', { exception, data, responseMs });
  }

  damage(damage: OverheardDamage): void {
    const asked = this.#asked;
    if (asked === undefined || damage.unit !== asked.unit || damage.function !== asked.function) return;
    this.#asked = undefined;
    this.#tell(asked, 'damaged');
  }

  /** The open request is not answered any more. */
  end(): void {
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked !== undefined) this.#tell(asked, 'unanswered');
  }

  #tell(
    { unit, function: code, request, at }: Asked,
    outcome: OverheardExchange['outcome'],
    more: Partial<Pick<OverheardExchange, 'data' | 'exception' | 'responseMs'>> = {},
  ): void {
    const { data, exception, responseMs } = more;
    this.#told({ unit, function: code, request, outcome, at, data, exception, responseMs });
  }
}

function valuesOf(request: Request | undefined, pdu: Uint8Array): Uint8Array | undefined {
  if (request === undefined || (!isRead(request) && request.function !== 23)) return undefined;
  const data = pdu.subarray(2);
  return data.length === answerBytes(request) ? data.slice() : undefined;
}
