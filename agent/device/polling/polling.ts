import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import type { PollDevice } from '../../../drivers/contract/driver.ts';
import { Fault, toFault } from '../../../drivers/contract/fault.ts';
import type { Dialogues } from '../../bus/bus.ts';
import type { Asker, Outcome } from '../../bus/dialogue/inquiry.ts';
import type { Clock, Instant } from '../../clock/clock.ts';
import { characters, timeouts as timeoutsOf } from './extent.ts';
import type { LineAccess } from './line-access.ts';
import { Owed } from './owed.ts';
import { PollAgenda } from './poll-agenda.ts';
import type { PollResult } from './poll-result.ts';
import { PollTally } from './poll-tally.ts';
import { type Failure, isCutOff, isRefusal } from './refusal.ts';
import { afterPoll, dueMask, type Group, groupByPeriod, nextDue } from './schedule.ts';
import { Silences } from './silences.ts';
import { SplitMemory } from './split-memory.ts';
import type { Timeouts } from './timeouts.ts';
import { Unreadable } from './unreadable.ts';

/** So many unanswered questions end a poll of a device that answers others. One that answers none is asked one. */
const MOST_SILENT = 2;

/** Of the line's time a device may take for questions that it did not answer before: as `PROBES.share`. */
const TRIAL_PAUSE = 49;

/** Every so many probes of an offline device another question is asked than the cheapest: it may never answer that. */
const OTHER_EVERY = 3;

export interface PollingOptions {
  readonly device: PollDevice;
  readonly asker: Asker;
  /** Of points without a period of their own, milliseconds. */
  readonly pollMs: number;
  readonly line: LineAccess;
  readonly clock: Clock;
  readonly timeouts: Timeouts;
  /** Others have the line between two of its dialogues. */
  readonly inParts: boolean;
}

/** Asks a device what is due: which points, in which dialogues, how often again when the answer was damaged. */
export class Polling {
  readonly #device: PollDevice;
  readonly #line: LineAccess;
  readonly #clock: Clock;
  readonly #timeouts: Timeouts;
  readonly #inParts: boolean;
  readonly #asker: Asker;
  readonly #dialogues: Dialogues;
  readonly #plans = new Map<number, readonly Dialogue[]>();
  #groups: readonly Group[];
  readonly #refusals = new SplitMemory();
  readonly #silences = new Silences();
  readonly #unreadable = new Unreadable();
  readonly #owed = new Owed();
  #agenda: PollAgenda;
  /** From when on a question may be tried that stayed unanswered. */
  #trialFrom: Instant = Number.NEGATIVE_INFINITY;
  #probes = 0;
  /** The question that was not answered last. */
  #missed: Dialogue | undefined;
  /** The last poll was answered. */
  #sound = false;

  constructor({ device, asker, pollMs, line, clock, timeouts, inParts }: PollingOptions) {
    this.#device = device;
    this.#asker = asker;
    this.#line = line;
    this.#clock = clock;
    this.#timeouts = timeouts;
    this.#inParts = inParts;
    this.#groups = groupByPeriod(device.points, pollMs, clock.now());
    this.#agenda = this.#agendaOf([], false);
    this.#dialogues = line.register('poll', asker);
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

  /** A question that was refused is asked whole again at once: the device was away, and may be another or in another state. */
  forgetRefusals(): void {
    this.#refusals.forget();
    this.#silences.forget();
    this.#unreadable.forget();
    this.#owed.forget();
    this.#probes = 0;
  }

  /** In parts where the whole was refused or not answered; the question that was not answered last comes last. */
  spread(plan: readonly Dialogue[]): readonly Dialogue[] {
    const now = this.#clock.now();
    const spread = (dialogue: Dialogue): readonly Dialogue[] => {
      const parts = this.#silences.partsOf(dialogue) ?? this.#refusals.inPlaceOf(dialogue, now);
      return parts === undefined ? [dialogue] : parts.flatMap(spread);
    };
    return plan.flatMap(spread).toSorted((a, b) => this.#silences.misses(a) - this.#silences.misses(b));
  }

  /** It was answered when somebody else asked it. */
  heard(dialogue: Dialogue): void {
    this.#silences.answered(dialogue);
    this.#unreadable.read(dialogue.points);
  }

  /** Silence, with what is known of it: its answers come late, or the device answers everything else. */
  why(dialogue: Dialogue, fault: Fault): Fault {
    if (fault.code !== 'device/silent') return fault;
    if (this.#line.cameLate(this.#asker, dialogue)) return new Fault('device/late');
    const known = this.#unreadable.of(dialogue.points);
    return known?.code === 'device/partly-silent' || known?.code === 'device/late' ? known : fault;
  }

  /** @param probing it is not expected to answer: the cheapest question is asked first, and says whether it is back */
  async poll(signal: AbortSignal, probing: boolean): Promise<PollResult> {
    const mask = dueMask(this.#groups, this.#clock.now());
    this.#agenda = this.#agendaOf(this.#planFor(mask), probing);
    // a question that is made up for after a poll that was answered does not ask whether the device is there
    const poll = new PollTally(mask === 0 && this.#sound);
    const result = (standing: PollResult['standing'], clearAt: Instant): PollResult => {
      const { samples, fault, latencyMs } = poll;
      if (standing === 'answered' || standing === 'silent') this.#sound = standing === 'answered';
      if (standing !== 'unsent') this.#timeouts.damagedMs = standing === 'damaged' ? poll.heldMs(this.#inParts) : 0;
      return { samples, fault, refusal: this.#refusal(), standing, heard: poll.answers > 0, latencyMs, clearAt };
    };
    for (let number = 0; ; number++) {
      const dialogue = this.#agenda.at(number);
      if (!dialogue) break;
      const clearAt = this.#line.mayAskAt(this.#asker, dialogue);
      if (clearAt > this.#clock.now()) {
        poll.skipped = Math.min(poll.skipped, clearAt);
        if (!this.#agenda.isTrial(dialogue)) this.#owed.add(dialogue.points, clearAt);
        continue;
      }
      let outcome: Outcome;
      try {
        outcome = await this.#ask(dialogue, poll, signal);
      } catch (thrown) {
        const fault = toFault(thrown);
        if (isCutOff(fault)) {
          poll.asked += 1;
          poll.fault ??= fault;
          poll.damaged = true;
          this.#owe(number + 1, this.#clock.now());
          break;
        }
        poll.fault = fault;
        this.#owe(number, this.#clock.now());
        return result('unsent', this.#line.mayAskAt(this.#asker, dialogue));
      }
      poll.asked += 1;
      if (outcome.ok) {
        this.#agenda.answered(number, this.#clock.now());
        this.#unreadable.read(dialogue.points);
        this.#owed.settle(dialogue.points);
        for (const sample of outcome.samples) poll.samples.push(sample);
        poll.latencyMs = outcome.latencyMs;
        poll.answered();
        continue;
      }
      if (!outcome.answered) {
        const end = this.#unanswered(number, outcome, poll);
        if (end === undefined) continue;
        this.#owe(number + 1, this.#clock.now());
        if (end === 'silent') return result('silent', this.#line.mayAskAt(this.#asker, dialogue));
        break;
      }
      poll.answered();
      this.#silences.answered(dialogue);
      const refused = isRefusal(outcome);
      if (refused) {
        if (this.#agenda.refused(number, outcome.fault, this.#clock.now())) continue;
        this.#unreadable.refused(dialogue.points, outcome.fault);
      }
      poll.fault ??= outcome.fault;
      poll.damaged ||= !refused;
    }
    if (poll.asked === 0 && poll.skipped < Number.POSITIVE_INFINITY) return result('unsent', poll.skipped);
    const now = this.#clock.now();
    this.#groups = afterPoll(this.#groups, mask, now, now + poll.pause(this.#agenda.explores));
    if (poll.settled) poll.fault ??= this.#refusal() ?? poll.settled;
    const isSilent = poll.answers === 0 && poll.fault === undefined;
    const standing = isSilent ? 'idle' : poll.damaged ? 'damaged' : 'answered';
    return result(standing, this.#clock.now());
  }

  /** A poll that threw: the points that were due count as asked, so that they come again in their period. */
  broken(fault: Fault): PollResult {
    const now = this.#clock.now();
    this.#groups = afterPoll(this.#groups, dueMask(this.#groups, now), now);
    this.#owed.forget();
    const nothing = { samples: [], refusal: undefined, heard: false, latencyMs: null };
    return { ...nothing, fault, standing: 'broken', clearAt: now };
  }

  /** @returns `silent`: the device is not there; `enough`: it is, and this poll is over; nothing: the poll goes on */
  #unanswered(number: number, { fault, lateWithin }: Failure, poll: PollTally): 'silent' | 'enough' | undefined {
    const now = this.#clock.now();
    const dialogue = this.#agenda.at(number);
    if (!dialogue) return 'enough';
    const isLate = [dialogue, this.#missed].some(
      (each) => each !== undefined && this.#line.cameLate(this.#asker, each),
    );
    const why = isLate && fault.code === 'device/silent' ? new Fault('device/late') : fault;
    if (this.#agenda.isTrial(dialogue)) {
      this.#silences.settle(dialogue, lateWithin, now);
      this.#trialFrom = now + TRIAL_PAUSE * timeoutsOf(dialogue);
      return 'enough';
    }
    this.#missed = dialogue;
    const misses = this.#silences.missed(dialogue);
    if (poll.answers === 0 && !poll.isExtra) {
      poll.fault ??= why;
      return 'silent';
    }
    poll.silent += 1;
    poll.inRow += 1;
    const wider = this.#agenda.scoutedBy(dialogue);
    if (wider === undefined && misses < this.#silences.sureAfter(dialogue)) {
      poll.fault ??= why;
      poll.unsure = true;
      this.#owed.add(dialogue.points, this.#line.mayAskAt(this.#asker, dialogue));
    } else {
      poll.settled ??= why;
      if (wider === undefined) this.#silences.settle(dialogue, lateWithin, now);
      const unanswered = wider ?? dialogue;
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

  /** The rest of the agenda from this number on is due then. */
  #owe(number: number, at: Instant): void {
    for (const dialogue of this.#agenda.from(number)) this.#owed.add(dialogue.points, at);
  }

  /** While it is offline what costs the least comes first, and says whether it is back; now and then something else. */
  #agendaOf(plan: readonly Dialogue[], probing: boolean): PollAgenda {
    if (probing) this.#probes += 1;
    const inOrder = probing && this.#probes % OTHER_EVERY !== 0;
    const ordered = probing ? plan.toSorted((a, b) => characters(a) - characters(b)) : plan;
    const unanswered = { refusals: this.#refusals, silences: this.#silences, trialFrom: this.#trialFrom, inOrder };
    return new PollAgenda(ordered, unanswered, this.#clock.now());
  }

  /** A damaged answer is asked for once more at once, from the dialogue's beginning: the old one can't come any more. */
  async #ask(dialogue: Dialogue, poll: PollTally, signal: AbortSignal): Promise<Outcome> {
    const first = await this.#run(dialogue, poll, signal);
    poll.ended(this.#clock.now());
    if (first.ok || first.consequence !== 'damaged' || !first.answered || !first.repeat) return first;
    const second = await this.#run(dialogue, poll, signal);
    poll.ended(this.#clock.now());
    return second;
  }

  #run(dialogue: Dialogue, poll: PollTally, signal: AbortSignal): Promise<Outcome> {
    const isTrial = this.#agenda.isTrial(dialogue);
    const full = isTrial || this.#silences.misses(dialogue) > 0;
    const timing = this.#timeouts.of(dialogue, { full, isTrial });
    const begins = () => poll.begins(this.#clock.now());
    return this.#line.ask(this.#dialogues, { dialogue, begins, timing }, signal);
  }

  #planFor(mask: number): readonly Dialogue[] {
    const owing = this.#owed.take(this.#clock.now());
    const known = this.#plans.get(mask);
    if (known && owing.length === 0) return known;
    const names = this.#groups.flatMap((group, index) => ((mask & (1 << index)) === 0 ? [] : group.points));
    const due = new Set(names);
    const owed = owing.filter((name) => !due.has(name));
    if (owed.length > 0) return this.#device.plan([...names, ...owed]);
    if (known) return known;
    const plan = this.#device.plan(names);
    // combinations of few periods are few; a device with many periods must not fill the memory with plans
    if (this.#plans.size >= MOST_PLANS) this.#plans.clear();
    this.#plans.set(mask, plan);
    return plan;
  }
}

const MOST_PLANS = 64;
