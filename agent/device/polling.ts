import type { Exchange, PollDevice } from '../../drivers/contract/driver.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { Sample } from '../../drivers/contract/reading.ts';
import type { Outcome } from '../bus/line.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import type { Ticket } from '../throttle/ticket.ts';
import { Agenda } from './agenda.ts';
import type { LineAccess } from './line-access.ts';
import { Refusals } from './refusals.ts';
import { afterPoll, dueMask, type Group, groupByPeriod, nextDue } from './schedule.ts';
import type { Timeouts } from './timeouts.ts';

/** What one poll brought. */
export interface PollResult {
  readonly samples: readonly Sample[];
  /** The first thing that went wrong. */
  readonly fault: Fault | undefined;
  /** What the device says of points that it refused when they were asked last, now or in an earlier poll. */
  readonly refusal: Fault | undefined;
  /** `unsent`: the line was not to be had, which says nothing of the device. */
  readonly standing: 'answered' | 'damaged' | 'silent' | 'unsent';
  readonly latencyMs: number | null;
  /** After silence: until when the same question must not be asked again. */
  readonly clearAt: Instant;
}

/** Asks a device what is due: which points, in which exchanges, how often again when the answer was damaged. */
export class Polling {
  readonly #device: PollDevice;
  readonly #line: LineAccess;
  readonly #clock: Clock;
  readonly #timeouts: Timeouts;
  readonly #questions: Ticket<number, Outcome>;
  readonly #plans = new Map<number, readonly Exchange[]>();
  #groups: readonly Group[];
  readonly #refusals = new Refusals();
  /** Points that were refused when they were asked last. */
  readonly #refused = new Map<string, Fault>();
  #agenda: Agenda;

  constructor(device: PollDevice, periodMs: number, line: LineAccess, clock: Clock, timeouts: Timeouts) {
    this.#device = device;
    this.#line = line;
    this.#clock = clock;
    this.#timeouts = timeouts;
    this.#groups = groupByPeriod(device.points, periodMs, clock.now());
    this.#agenda = new Agenda([], this.#refusals, clock.now());
    this.#questions = line.register('poll', (number) => {
      const exchange = this.#agenda.at(number);
      if (!exchange) throw new Fault('throttle/unknown-operation');
      return timeouts.of(exchange);
    });
  }

  dueAt(): Instant {
    return nextDue(this.#groups);
  }

  /** Everything is due at once: after a pause, or when the line is back. */
  restart(now: Instant): void {
    this.#groups = this.#groups.map((group) => ({ ...group, dueAt: now }));
    this.forgetRefusals();
  }

  /** What was refused is asked whole again at once: the device was away, and may be another or in another state. */
  forgetRefusals(): void {
    this.#refusals.forget();
    this.#refused.clear();
  }

  /** @param probing it is not expected to answer: what costs the least is asked first, and says whether it is back */
  async poll(signal: AbortSignal, probing: boolean): Promise<PollResult> {
    const mask = dueMask(this.#groups, this.#clock.now());
    const plan = this.#planFor(mask);
    const ordered = probing ? plan.toSorted((a, b) => characters(a) - characters(b)) : plan;
    this.#agenda = new Agenda(ordered, this.#refusals, this.#clock.now());
    const samples: Sample[] = [];
    let fault: Fault | undefined;
    let latencyMs: number | null = null;
    let damaged = false;
    const result = (standing: PollResult['standing'], clearAt: Instant): PollResult => {
      return { samples, fault, refusal: this.#refusal(), standing, latencyMs, clearAt };
    };
    for (let number = 0; ; number++) {
      const exchange = this.#agenda.at(number);
      if (!exchange) break;
      const clearAt = this.#line.clearAt(exchange);
      if (clearAt > this.#clock.now()) return result('unsent', clearAt);
      let outcome: Outcome;
      try {
        outcome = await this.#ask(number, signal);
      } catch (thrown) {
        fault = toFault(thrown);
        return result('unsent', this.#line.clearAt(exchange));
      }
      if (outcome.ok) {
        this.#agenda.answered(exchange);
        if (this.#refused.size > 0) for (const point of exchange.points) this.#refused.delete(point);
        for (const sample of outcome.samples) samples.push(sample);
        latencyMs = outcome.latencyMs;
        continue;
      }
      if (outcome.refused) {
        if (this.#agenda.refused(number, outcome.fault, this.#clock.now())) continue;
        for (const point of exchange.points) this.#refused.set(point, outcome.fault);
      }
      fault ??= outcome.fault;
      damaged ||= !outcome.refused;
      if (!outcome.answered) return result('silent', this.#line.clearAt(exchange));
    }
    this.#groups = afterPoll(this.#groups, mask, this.#clock.now());
    return result(damaged ? 'damaged' : 'answered', this.#clock.now());
  }

  #refusal(): Fault | undefined {
    for (const fault of this.#refused.values()) return fault;
    return undefined;
  }

  /** A damaged answer is asked for once more at once: the old one can't come any more. */
  async #ask(number: number, signal: AbortSignal): Promise<Outcome> {
    const first = await this.#askOnce(number, signal);
    if (first.ok || !first.answered || first.refused) return first;
    return this.#askOnce(number, signal);
  }

  async #askOnce(number: number, signal: AbortSignal): Promise<Outcome> {
    const outcome = await this.#line.ask(this.#questions, number, signal);
    const exchange = this.#agenda.at(number);
    if (exchange) this.#timeouts.settle(exchange, outcome);
    return outcome;
  }

  #planFor(mask: number): readonly Exchange[] {
    const known = this.#plans.get(mask);
    if (known) return known;
    const names = this.#groups.flatMap((group, index) => ((mask & (1 << index)) === 0 ? [] : group.points));
    const plan = this.#device.plan(names);
    // combinations of few periods are few; a device with many periods must not fill the memory with plans
    if (this.#plans.size >= MOST_PLANS) this.#plans.clear();
    this.#plans.set(mask, plan);
    return plan;
  }
}

const MOST_PLANS = 64;

function characters(exchange: Exchange): number {
  return exchange.request.length + exchange.answerLength;
}
