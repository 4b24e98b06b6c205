import type { Instant } from '../clock/clock.ts';

/** More open questions than this can not be told apart from an attack; the oldest is forgotten first. */
const MOST = 256;

/**
 * The questions that were given up and whose answers could still come. Modbus RTU has no transaction number: an answer
 * that comes late passes for the answer to the same question asked again. So the same question is not asked again
 * before its old answer can no longer come; other questions go on meanwhile, and what comes for the old one is a stray.
 */
export class LateAnswers {
  readonly #until = new Map<string, Instant>();

  expect(signature: string, until: Instant): void {
    const known = this.#until.get(signature) ?? Number.NEGATIVE_INFINITY;
    this.#until.delete(signature);
    this.#until.set(signature, Math.max(known, until));
    const oldest = this.#until.keys().next();
    if (this.#until.size > MOST && !oldest.done) this.#until.delete(oldest.value);
  }

  /** When the question may be asked: now, or the instant from which its old answer can no longer come. */
  clearAt(signature: string, now: Instant): Instant {
    const until = this.#until.get(signature);
    if (until === undefined) return now;
    if (until > now) return until;
    this.#until.delete(signature);
    return now;
  }

  /** Whether any answer may still come late. */
  any(now: Instant): boolean {
    for (const [signature, until] of this.#until) {
      if (until > now) return true;
      this.#until.delete(signature);
    }
    return false;
  }
}
