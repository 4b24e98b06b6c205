import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { Instant } from '../clock/clock.ts';
import { REFUSALS } from './limits.ts';

/**
 * The ids of refused requests: who was told `refused` must not see a second copy of the same request act, once the
 * switch is off or the rate has room again. Apart from the ledger, so that refusing costs it no room. When it is full
 * the oldest is forgotten: its request may then still run, but only once.
 */
export class Refusals {
  readonly #entries = new Map<string, { readonly code: FaultCode; readonly until: Instant }>();
  readonly #maxAgeMs: number;
  readonly #limit: number;

  constructor(maxAgeMs: number, limit = REFUSALS) {
    this.#maxAgeMs = maxAgeMs;
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  find(id: string, now: Instant): FaultCode | undefined {
    const entry = this.#entries.get(id);
    return entry !== undefined && now < entry.until ? entry.code : undefined;
  }

  /** @param validFor milliseconds for which the refused request says it is valid; at least `maxAgeMs` is kept */
  add(id: string, code: FaultCode, validFor: number, now: Instant): void {
    this.#entries.delete(id);
    this.#entries.set(id, { code, until: now + Math.max(this.#maxAgeMs, validFor) });
    if (this.#entries.size <= this.#limit) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
