import type { Instant } from '../clock/clock.ts';

/** Questions that are remembered one by one. A bus whose devices answer has none of them. */
const MOST = 256;

/**
 * The questions that were given up and whose answers could still come. Modbus RTU has no transaction number: an answer
 * that comes late passes for the answer to the same question asked again. So the same question is not asked again
 * before its old answer can no longer come; other questions go on meanwhile, and what comes for the old one is a stray.
 * Beyond {@link MOST} the question whose answer can come for the shortest time is forgotten, and until then no question
 * is asked that is not remembered: it could be that one.
 */
export class LateAnswers {
  readonly #until = new Map<string, Instant>();
  /** From here on no answer to a forgotten question can come. */
  #forgotten: Instant = Number.NEGATIVE_INFINITY;

  expect(signature: string, until: Instant): void {
    const known = this.#until.get(signature) ?? Number.NEGATIVE_INFINITY;
    this.#until.set(signature, Math.max(known, until));
    if (this.#until.size > MOST) this.#forgetOne();
  }

  /** When the question may be asked: now, or the instant from which its old answer can no longer come. */
  clearAt(signature: string, now: Instant): Instant {
    const until = this.#until.get(signature);
    if (until === undefined) return Math.max(now, this.#forgotten);
    if (until > now) return until;
    this.#until.delete(signature);
    return now;
  }

  /** Whether any answer may still come late. Those to forgotten questions can come no longer than the remembered ones. */
  any(now: Instant): boolean {
    for (const [signature, until] of this.#until) {
      if (until > now) return true;
      this.#until.delete(signature);
    }
    return false;
  }

  #forgetOne(): void {
    const first = Math.min(...this.#until.values());
    for (const [signature, until] of this.#until) {
      if (until > first) continue;
      this.#until.delete(signature);
      this.#forgotten = Math.max(this.#forgotten, until);
      return;
    }
  }
}
