import type { Exchange } from '../../drivers/contract/driver.ts';
import type { Instant } from '../clock/clock.ts';

/** Questions that are remembered one by one. A bus whose devices answer has none of them. */
const MOST = 256;

/** As long as a question's answer may be, an echo or a foreign frame before it included. */
const LONGEST = 512;

interface Open {
  readonly exchange: Exchange;
  readonly until: Instant;
}

/**
 * The questions that were given up and whose answers could still come. Modbus RTU has no transaction number: an answer
 * that comes late passes for the answer to the same question asked again. So the same question is not asked again
 * before its old answer can no longer come; other questions go on meanwhile, and what comes for the old one is a stray.
 * It is remembered that it came, because then the device is there and only slow.
 *
 * Beyond {@link MOST} the question whose answer can come for the shortest time is forgotten, and until then no question
 * is asked that is not remembered: it could be that one.
 */
export class LateAnswers {
  readonly #open = new Map<string, Open>();
  /** From here on no answer to a forgotten question can come. */
  #forgotten: Instant = Number.NEGATIVE_INFINITY;
  /** Questions, by their bytes, whose answers came after they had been given up. */
  readonly #came = new Set<string>();
  readonly #frame = new Uint8Array(LONGEST);
  #length = 0;

  expect(exchange: Exchange, until: Instant): void {
    const { signature } = exchange;
    const known = this.#open.get(signature)?.until ?? Number.NEGATIVE_INFINITY;
    this.#open.set(signature, { exchange, until: Math.max(known, until) });
    if (this.#open.size > MOST) this.#forgetOne();
  }

  /** When the question may be asked: now, or the instant from which its old answer can no longer come. */
  clearAt(signature: string, now: Instant): Instant {
    const until = this.#open.get(signature)?.until;
    if (until === undefined) return Math.max(now, this.#forgotten);
    if (until > now) return until;
    this.#open.delete(signature);
    return now;
  }

  /** Whether any answer may still come late. Those to forgotten questions can come no longer than the remembered ones. */
  any(now: Instant): boolean {
    for (const [signature, { until }] of this.#open) {
      if (until > now) return true;
      this.#open.delete(signature);
    }
    return false;
  }

  /**
   * Bytes that nobody asked for now.
   * @param fresh they do not belong to those before
   */
  bytes(chunk: Uint8Array, fresh: boolean, now: Instant): void {
    if (!this.any(now)) return;
    if (fresh) this.#length = 0;
    const room = LONGEST - this.#length;
    this.#frame.set(chunk.length > room ? chunk.subarray(0, room) : chunk, this.#length);
    this.#length = Math.min(LONGEST, this.#length + chunk.length);
    this.look(this.#frame.subarray(0, this.#length), now);
  }

  /** Whether one of the old answers is among these bytes. */
  look(received: Uint8Array, now: Instant): void {
    if (!this.any(now)) return;
    for (const { exchange } of this.#open.values()) {
      if (isAnswered(exchange, received)) this.#note(exchange);
    }
  }

  /** It was answered in time. */
  answered({ request }: Exchange): void {
    if (this.#came.size > 0) this.#came.delete(String.fromCharCode(...request));
  }

  /** Whether its answer came late when it was asked last. */
  came({ request }: Exchange): boolean {
    return this.#came.has(String.fromCharCode(...request));
  }

  #note({ request }: Exchange): void {
    this.#came.add(String.fromCharCode(...request));
    const oldest = this.#came.values().next();
    if (this.#came.size > MOST && !oldest.done) this.#came.delete(oldest.value);
  }

  #forgetOne(): void {
    const first = Math.min(...[...this.#open.values()].map(({ until }) => until));
    for (const [signature, { until }] of this.#open) {
      if (until > first) continue;
      this.#open.delete(signature);
      this.#forgotten = Math.max(this.#forgotten, until);
      return;
    }
  }
}

function isAnswered(exchange: Exchange, received: Uint8Array): boolean {
  try {
    const answer = exchange.answer(received, true);
    return answer.state === 'done' || (answer.state === 'failed' && answer.answered);
  } catch {
    // a driver that can't judge bytes of which nobody waits for a verdict
    return false;
  }
}
