import type { Exchange, PollDevice } from '../../../drivers/contract/driver.ts';
import { Fault, toFault } from '../../../drivers/contract/fault.ts';
import type { Sample } from '../../../drivers/contract/reading.ts';
import type { Outcome } from '../../bus/line.ts';
import type { Clock, Instant } from '../../clock/clock.ts';
import type { Ticket } from '../../throttle/ticket.ts';
import type { LineAccess } from './line-access.ts';
import { Owed } from './owed.ts';
import { Agenda } from './poll-agenda.ts';
import { PollTally } from './poll-tally.ts';
import { afterPoll, dueMask, type Group, groupByPeriod, nextDue } from './schedule.ts';
import { Silences } from './silences.ts';
import { Refusals } from './split-memory.ts';
import type { Timeouts } from './timeouts.ts';
import { Unreadable } from './unreadable.ts';

/** What one poll brought. */
export interface PollResult {
  readonly samples: readonly Sample[];
  /** The first thing that went wrong. */
  readonly fault: Fault | undefined;
  /** What the device says of points that it did not give when they were asked last, now or in an earlier poll. */
  readonly refusal: Fault | undefined;
  /**
   * `unsent`: the line was not to be had, which says nothing of the device; `idle`: nothing was asked that it is
   * expected to answer, which says nothing either; `broken`: the driver failed, of which the line knows nothing.
   */
  readonly standing: 'answered' | 'damaged' | 'silent' | 'unsent' | 'idle' | 'broken';
  readonly latencyMs: number | null;
  /** After silence: until when the same question must not be asked again. */
  readonly clearAt: Instant;
}

/** So many unanswered questions end a poll of a device that answers others. One that answers none is asked one. */
const MOST_SILENT = 2;

/** Of the line's time a device may take for questions that it did not answer before: as `PROBES.share`. */
const TRIAL_PAUSE = 49;

/** Every so many probes of an offline device another question is asked than the cheapest: it may never answer that. */
const OTHER_EVERY = 3;

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
  readonly #silences = new Silences();
  readonly #unreadable = new Unreadable();
  readonly #owed = new Owed();
  #agenda: Agenda;
  /** From when on a question may be tried that stayed unanswered. */
  #trialFrom: Instant = Number.NEGATIVE_INFINITY;
  #probes = 0;
  /** What was not answered last. */
  #missed: Exchange | undefined;
  /** The last poll was answered. */
  #sound = false;

  constructor(device: PollDevice, periodMs: number, line: LineAccess, clock: Clock, timeouts: Timeouts) {
    this.#device = device;
    this.#line = line;
    this.#clock = clock;
    this.#timeouts = timeouts;
    this.#groups = groupByPeriod(device.points, periodMs, clock.now());
    this.#agenda = this.#agendaOf([], false);
    this.#questions = line.register('poll', (number) => {
      const exchange = this.#agenda.at(number);
      if (!exchange) throw new Fault('throttle/unknown-operation');
      return timeouts.of(exchange, this.#agenda.isTrial(exchange) || this.#silences.misses(exchange) > 0);
    });
  }

  /** Points that could not be read when they were asked last. */
  get unreadable(): Unreadable {
    return this.#unreadable;
  }

  dueAt(): Instant {
    return Math.min(nextDue(this.#groups), this.#owed.at);
  }

  /** Everything is due at once: after a pause, or when the line is back. */
  restart(now: Instant): void {
    this.#groups = this.#groups.map((group) => ({ ...group, dueAt: now }));
    this.forgetRefusals();
  }

  /** What was refused is asked whole again at once: the device was away, and may be another or in another state. */
  forgetRefusals(): void {
    this.#refusals.forget();
    this.#silences.forget();
    this.#unreadable.forget();
    this.#owed.forget();
    this.#probes = 0;
  }

  /** In parts where the whole was refused or not answered; what was not answered last comes last. */
  spread(plan: readonly Exchange[]): readonly Exchange[] {
    const now = this.#clock.now();
    const spread = (exchange: Exchange): readonly Exchange[] => {
      const parts = this.#silences.partsOf(exchange) ?? this.#refusals.inPlaceOf(exchange, now);
      return parts === undefined ? [exchange] : parts.flatMap(spread);
    };
    return plan.flatMap(spread).toSorted((a, b) => this.#silences.misses(a) - this.#silences.misses(b));
  }

  /** It was answered when somebody else asked it. */
  heard(exchange: Exchange): void {
    this.#silences.answered(exchange);
    this.#unreadable.read(exchange.points);
  }

  /** Silence, with what is known of it: its answers come late, or the device answers everything else. */
  why(exchange: Exchange, fault: Fault): Fault {
    if (fault.code !== 'device/silent') return fault;
    if (this.#line.cameLate(exchange)) return new Fault('device/late');
    const known = this.#unreadable.of(exchange.points);
    return known?.code === 'device/partly-silent' || known?.code === 'device/late' ? known : fault;
  }

  /** @param probing it is not expected to answer: what costs the least is asked first, and says whether it is back */
  async poll(signal: AbortSignal, probing: boolean): Promise<PollResult> {
    const mask = dueMask(this.#groups, this.#clock.now());
    this.#agenda = this.#agendaOf(this.#planFor(mask), probing);
    // what is made up for after a poll that was answered is no question whether the device is there
    const poll = new PollTally(mask === 0 && this.#sound);
    const result = (standing: PollResult['standing'], clearAt: Instant): PollResult => {
      const { samples, fault, latencyMs } = poll;
      if (standing === 'answered' || standing === 'silent') this.#sound = standing === 'answered';
      return { samples, fault, refusal: this.#refusal(), standing, latencyMs, clearAt };
    };
    for (let number = 0; ; number++) {
      const exchange = this.#agenda.at(number);
      if (!exchange) break;
      const clearAt = this.#line.clearAt(exchange);
      if (clearAt > this.#clock.now()) {
        poll.skipped = Math.min(poll.skipped, clearAt);
        if (!this.#agenda.isTrial(exchange)) this.#owed.add(exchange.points, clearAt);
        continue;
      }
      let outcome: Outcome;
      try {
        outcome = await this.#ask(number, signal);
      } catch (thrown) {
        poll.fault = toFault(thrown);
        this.#owe(number, this.#clock.now());
        return result('unsent', this.#line.clearAt(exchange));
      }
      poll.asked += 1;
      if (outcome.ok) {
        this.#agenda.answered(number, this.#clock.now());
        this.#unreadable.read(exchange.points);
        this.#owed.settle(exchange.points);
        for (const sample of outcome.samples) poll.samples.push(sample);
        poll.latencyMs = outcome.latencyMs;
        poll.answered();
        continue;
      }
      if (!outcome.answered) {
        const end = this.#unanswered(number, outcome.fault, poll);
        if (end === undefined) continue;
        this.#owe(number + 1, this.#clock.now());
        if (end === 'silent') return result('silent', this.#line.clearAt(exchange));
        break;
      }
      poll.answered();
      this.#silences.answered(exchange);
      if (outcome.refused) {
        if (this.#agenda.refused(number, outcome.fault, this.#clock.now())) continue;
        this.#unreadable.refused(exchange.points, outcome.fault);
      }
      poll.fault ??= outcome.fault;
      poll.damaged ||= !outcome.refused;
    }
    if (poll.asked === 0 && poll.skipped < Number.POSITIVE_INFINITY) return result('unsent', poll.skipped);
    this.#groups = afterPoll(this.#groups, mask, this.#clock.now());
    if (poll.settled) poll.fault ??= this.#refusal() ?? poll.settled;
    const isSilent = poll.answers === 0 && poll.fault === undefined;
    const standing = isSilent ? 'idle' : poll.damaged ? 'damaged' : 'answered';
    return result(standing, this.#clock.now());
  }

  /** A poll that threw: what was due counts as asked, so that it comes again in its period. */
  broken(fault: Fault): PollResult {
    const now = this.#clock.now();
    this.#groups = afterPoll(this.#groups, dueMask(this.#groups, now), now);
    this.#owed.forget();
    return { samples: [], fault, refusal: undefined, standing: 'broken', latencyMs: null, clearAt: now };
  }

  /** @returns `silent`: the device is not there; `enough`: it is, and this poll is over; nothing: the poll goes on */
  #unanswered(number: number, fault: Fault, poll: PollTally): 'silent' | 'enough' | undefined {
    const now = this.#clock.now();
    const exchange = this.#agenda.at(number);
    if (!exchange) return 'enough';
    const isLate = [exchange, this.#missed].some((each) => each !== undefined && this.#line.cameLate(each));
    const why = isLate && fault.code === 'device/silent' ? new Fault('device/late') : fault;
    if (this.#agenda.isTrial(exchange)) {
      this.#silences.settle(exchange, now);
      this.#trialFrom = now + TRIAL_PAUSE * exchange.timeout;
      return 'enough';
    }
    this.#missed = exchange;
    const misses = this.#silences.missed(exchange);
    if (poll.answers === 0 && !poll.isExtra) {
      poll.fault ??= why;
      return 'silent';
    }
    poll.silent += 1;
    poll.inRow += 1;
    const wider = this.#agenda.scoutedBy(exchange);
    if (wider === undefined && misses < this.#silences.sureAfter(exchange)) {
      poll.fault ??= why;
      poll.unsure = true;
      this.#owed.add(exchange.points, this.#line.clearAt(exchange));
    } else {
      poll.settled ??= why;
      if (wider === undefined) this.#silences.settle(exchange, now);
      const unanswered = wider ?? exchange;
      const fault = why.code === 'device/silent' ? new Fault('device/partly-silent') : why;
      if (this.#silences.isHopeless(unanswered)) this.#unreadable.refused(unanswered.points, fault);
      this.#agenda.silent(number, now);
    }
    if (poll.silent < MOST_SILENT) return undefined;
    // it answered, and then no more: it may have gone in the middle of the poll
    return poll.unsure && poll.inRow >= MOST_SILENT ? 'silent' : 'enough';
  }

  #refusal(): Fault | undefined {
    return this.#unreadable.first ?? (this.#silences.split ? new Fault('device/too-long') : undefined);
  }

  /** What is left of the agenda from this number on is due then. */
  #owe(number: number, at: Instant): void {
    for (const exchange of this.#agenda.from(number)) this.#owed.add(exchange.points, at);
  }

  /** While it is offline what costs the least comes first, and says whether it is back; now and then something else. */
  #agendaOf(plan: readonly Exchange[], probing: boolean): Agenda {
    if (probing) this.#probes += 1;
    const unanswered = { refusals: this.#refusals, silences: this.#silences, trialFrom: this.#trialFrom };
    const inOrder = probing && this.#probes % OTHER_EVERY !== 0;
    const ordered = probing ? plan.toSorted((a, b) => characters(a) - characters(b)) : plan;
    return new Agenda(ordered, { ...unanswered, inOrder }, this.#clock.now());
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
    // a trial in vain says nothing of how long the answers to others take
    const isVain = !outcome.ok && !outcome.answered;
    if (exchange && !(isVain && this.#agenda.isTrial(exchange))) this.#timeouts.settle(exchange, outcome);
    return outcome;
  }

  #planFor(mask: number): readonly Exchange[] {
    const names = this.#groups.flatMap((group, index) => ((mask & (1 << index)) === 0 ? [] : group.points));
    const due = new Set(names);
    const owed = this.#owed.take(this.#clock.now()).filter((name) => !due.has(name));
    if (owed.length > 0) return this.#device.plan([...names, ...owed]);
    const known = this.#plans.get(mask);
    if (known) return known;
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
