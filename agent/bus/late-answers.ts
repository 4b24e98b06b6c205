import type { Dialogue, Exchange } from '../../drivers/contract/dialogue.ts';
import type { Instant } from '../clock/clock.ts';
import type { Asker } from './dialogue/inquiry.ts';

/** Requests that are remembered one by one. A bus whose devices answer has none of them. */
const MOST = 256;

/** So much of what comes late is looked at: as long as the answers of most protocols, with an echo or a foreign frame. */
const LONGEST = 512;

/** Where the count of runs may begin: numbers made of it mostly have 16 bits. */
const RUNS = 65_536;

/** Steps that ask nothing and may come before the first request. */
const MOST_BEFORE = 8;

interface Open {
  readonly exchange: Exchange<unknown>;
  readonly owner: string;
  readonly until: Instant;
}

/** By this a dialogue of a device is known on its line. */
export function ownerOf({ id }: Pick<Asker, 'id'>, { key }: Dialogue): string {
  return `${id} ${key}`;
}

/**
 * Whether a dialogue may be asked yet is decided here and nowhere else. Not while the answer to a request could still
 * come that was given up and looks the same: Modbus RTU has no transaction number, so an answer that comes late passes
 * for the answer to the same question asked again. Other questions go on meanwhile, and an answer to the old one is a
 * stray. It is remembered that it came, because then the device is there and only slow.
 *
 * Beyond {@link MOST} the request whose answer can come for the shortest time is forgotten, and until then nothing is
 * asked that is not remembered: it could be that one.
 */
export class LateAnswers {
  readonly #open = new Map<string, Open>();
  /** From here on no answer to a forgotten request can come. */
  #forgotten: Instant = Number.NEGATIVE_INFINITY;
  /** Dialogues of which some request must wait until then. Only saves runs in vain: so the oldest may be forgotten. */
  readonly #held = new Map<string, Instant>();
  /** Dialogues and that request of theirs whose answer came after it had been given up, as it is known here. */
  readonly #came = new Map<string, string>();
  readonly #frame = new Uint8Array(LONGEST);
  #length = 0;
  #runs: number;

  /** @param start 0 to 1, of where the runs are counted from: a server may still have answers for the agent before this */
  constructor(start = 0) {
    this.#runs = Math.floor(start * RUNS);
  }

  /** The number of a run of a dialogue; see `Dialogue.begin`. */
  nextRun(): number {
    this.#runs += 1;
    return this.#runs;
  }

  /** A request of this dialogue was given up. */
  expect(owner: string, exchange: Exchange<unknown>, until: Instant): void {
    const key = keyOf(owner, exchange);
    const known = this.#open.get(key)?.until ?? Number.NEGATIVE_INFINITY;
    this.#open.set(key, { exchange, owner, until: Math.max(known, until) });
    if (exchange.signature !== undefined) this.hold(owner, until);
    if (this.#open.size > MOST) this.#forgetOne();
  }

  /** Some request of this dialogue must wait until then. */
  hold(owner: string, until: Instant): void {
    const known = this.#held.get(owner) ?? Number.NEGATIVE_INFINITY;
    this.#held.delete(owner);
    this.#held.set(owner, Math.max(known, until));
    const oldest = this.#held.keys().next();
    if (this.#held.size > MOST && !oldest.done) this.#held.delete(oldest.value);
  }

  /**
   * When a dialogue may be asked: now, or the instant from which the old answers can no longer come that would pass for
   * the one to its first request.
   */
  mayBegin(asker: Pick<Asker, 'id' | 'memory'>, dialogue: Dialogue, now: Instant): Instant {
    if (this.#open.size + this.#held.size === 0) return Math.max(now, this.#forgotten);
    const owner = ownerOf(asker, dialogue);
    const until = this.#held.get(owner) ?? Number.NEGATIVE_INFINITY;
    if (until > now) return until;
    this.#held.delete(owner);
    const first = firstExchange(dialogue, asker);
    return first === undefined ? now : this.clearAt(first.signature, now);
  }

  /** When a request may be sent: now, or the instant from which its old answer can no longer come. */
  clearAt(signature: string | undefined, now: Instant): Instant {
    if (signature === undefined) return now;
    const until = this.#open.get(`like ${signature}`)?.until;
    if (until === undefined) return Math.max(now, this.#forgotten);
    if (until > now) return until;
    this.#open.delete(`like ${signature}`);
    return now;
  }

  /** Whether any answer may still come late. Those to forgotten questions can come no longer than the remembered ones. */
  any(now: Instant): boolean {
    for (const [key, { until }] of this.#open) {
      if (until > now) return true;
      this.#open.delete(key);
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
    for (const { exchange, owner } of this.#open.values()) {
      if (isAnswered(exchange, received)) this.#note(owner, exchange);
    }
  }

  /** It was answered in time. */
  answered(owner: string, exchange: Exchange<unknown>): void {
    if (this.#came.size > 0 && this.#came.get(owner) === keyOf(owner, exchange)) this.#came.delete(owner);
  }

  /** Whether the answer to a request of this dialogue came late when it was sent last. */
  came(owner: string): boolean {
    return this.#came.has(owner);
  }

  #note(owner: string, exchange: Exchange<unknown>): void {
    this.#came.delete(owner);
    this.#came.set(owner, keyOf(owner, exchange));
    const oldest = this.#came.keys().next();
    if (this.#came.size > MOST && !oldest.done) this.#came.delete(oldest.value);
  }

  #forgetOne(): void {
    const first = Math.min(...[...this.#open.values()].map(({ until }) => until));
    for (const [key, { until, exchange }] of this.#open) {
      if (until > first) continue;
      this.#open.delete(key);
      if (exchange.signature !== undefined) this.#forgotten = Math.max(this.#forgotten, until);
      return;
    }
  }
}

/** By this a request is known that was given up. Of those whose answers can be told apart the last one stands for all. */
function keyOf(owner: string, { signature }: Exchange<unknown>): string {
  return signature === undefined ? `own ${owner}` : `like ${signature}`;
}

/** The first request that a run would send now. */
function firstExchange(dialogue: Dialogue, { memory }: Pick<Asker, 'memory'>): Exchange<unknown> | undefined {
  let step = dialogue.begin(memory);
  for (let steps = 0; steps < MOST_BEFORE; steps++) {
    if (step.kind === 'ask') return step.exchange;
    if (step.kind === 'end' || step.kind === 'fail') return undefined;
    step = step.next();
  }
  return undefined;
}

function isAnswered(exchange: Exchange<unknown>, received: Uint8Array): boolean {
  try {
    const verdict = exchange.judge(received, true);
    return verdict.state === 'done' || (verdict.state === 'failed' && verdict.answered);
  } catch {
    // a driver that can't judge bytes of which nobody waits for a verdict
    return false;
  }
}
