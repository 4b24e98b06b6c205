import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import type { PollDevice } from '../../../drivers/contract/driver.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault, toFault, toSafeError } from '../../../drivers/contract/fault.ts';
import type { Sample, Value } from '../../../drivers/contract/reading.ts';
import { holds } from '../../../drivers/schema/same-value.ts';
import type { Dialogues } from '../../bus/bus.ts';
import type { Asker, Inquiry, Outcome } from '../../bus/dialogue/inquiry.ts';
import type { Clock, Instant } from '../../clock/clock.ts';
import type { PointsRead, WriteResult } from '../control.ts';
import { isUnanswered } from './extent.ts';
import type { LineAccess } from './line-access.ts';
import { type Look, readBack } from './read-back.ts';
import { type Failure, isRefusal } from './refusal.ts';

interface Prepared {
  readonly dialogue: Dialogue;
  /** Asked as it leaves the queue; an error means that nothing is sent. */
  readonly stillValid: () => void;
  /** Asked twice, it does the same as once. */
  readonly repeatable: boolean;
  /** The device may have acted. */
  acted: boolean;
  /** When it left the queue last: from then on it has the line. */
  begunAt: Instant;
}

type Values = Readonly<Record<string, Value>>;

/** The polls' knowledge of the device, and the news for them. */
export interface Experience {
  /** The dialogues that read the same points as far as is known: in parts where the whole does not go. */
  spread(plan: readonly Dialogue[]): readonly Dialogue[];
  heard(dialogue: Dialogue): void;
  /** The meaning of a dialogue's fault by all that is known of the device. */
  why(dialogue: Dialogue, fault: Fault): Fault;
}

export interface DirectAccessOptions {
  readonly device: PollDevice;
  readonly asker: Asker;
  readonly line: LineAccess;
  readonly clock: Clock;
  readonly experience: Experience;
}

/** So many questions in a row without an answer end a read: more would cost the line too much. */
const MOST_SILENT = 2;

/** So often a dialogue is begun that has to stop in the middle because an old answer could still come. */
const MOST_CUT_SHORT = 3;

/** The same of a read-back, whose device has just answered. */
const MOST_UNREAD = 3;

/**
 * The line's time that one read may take, milliseconds; then the rest counts as unreadable. At 9600 baud it is enough
 * for 256 points that each need a question of their own. A device that refuses hundreds of them is asked twice as
 * often, and slowly, while other commands wait.
 */
export const READ_BUDGET = 10_000;

const SILENT = new Fault('device/silent');
const OVER_BUDGET = new Fault('command/read-budget');

/** Reads and writes that somebody asked for, ahead of the polls. */
export class DirectAccess {
  readonly #device: PollDevice;
  readonly #line: LineAccess;
  readonly #clock: Clock;
  readonly #exempt: ReadonlySet<string>;
  readonly #experience: Experience;
  readonly #asker: Asker;
  readonly #dialogues: Dialogues;

  constructor({ device, asker, line, clock, experience }: DirectAccessOptions) {
    this.#experience = experience;
    this.#device = device;
    this.#line = line;
    this.#clock = clock;
    this.#exempt = new Set(device.points.filter((point) => point.readBack === false).map(({ name }) => name));
    this.#asker = asker;
    this.#dialogues = line.register('command', asker);
  }

  /** @throws Fault of the first point that could not be read, or where the line was not to be had */
  async read(names: readonly string[], signal: AbortSignal): Promise<Values> {
    const { samples, faults } = await this.#each(names, signal, false, MOST_SILENT);
    for (const fault of faults.values()) throw fault;
    return record(samples);
  }

  /** The same with what the driver says of each value. */
  async samples(names: readonly string[], signal: AbortSignal): Promise<readonly Sample[]> {
    const { samples, faults } = await this.#each(names, signal, false, MOST_SILENT);
    for (const fault of faults.values()) throw fault;
    return samples;
  }

  /**
   * A question that is refused or not answered is asked in parts before it counts as unreadable.
   * @param present it answers its polls: then one question without an answer does not end the read
   * @throws Fault where the line was not to be had
   */
  async readEach(names: readonly string[], signal: AbortSignal, present: boolean): Promise<PointsRead> {
    const { samples, faults } = await this.#each(names, signal, present, MOST_SILENT);
    return {
      values: record(samples),
      faults: Object.fromEntries([...faults].map(([point, { code }]) => [point, code])),
    };
  }

  /** @param mostSilent so many questions in a row without an answer end it */
  async #each(
    names: readonly string[],
    signal: AbortSignal,
    present: boolean,
    mostSilent: number,
  ): Promise<{ readonly samples: readonly Sample[]; readonly faults: ReadonlyMap<string, Fault> }> {
    const samples: Sample[] = [];
    const faults = new Map<string, Fault>();
    const left = [...this.#experience.spread(this.#device.plan(names))];
    let isThere = present;
    let silent = 0;
    let spent = 0;
    for (let dialogue = left.shift(); dialogue; dialogue = left.shift()) {
      if (spent >= READ_BUDGET) {
        for (const { points } of [dialogue, ...left]) for (const point of points) faults.set(point, OVER_BUDGET);
        break;
      }
      const question = preparedOf(dialogue, () => undefined, true);
      const outcome = await this.#ask(question, signal);
      spent += this.#clock.now() - question.begunAt;
      if (outcome.ok) {
        samples.push(...outcome.samples);
        this.#experience.heard(dialogue);
      }
      if (outcome.ok || outcome.answered) {
        isThere = true;
        silent = 0;
      }
      if (outcome.ok) continue;
      silent += outcome.answered ? 0 : 1;
      const isOver = silent >= mostSilent || (silent > 0 && !isThere);
      const parts = isOver ? [] : partsOf(dialogue, outcome);
      const unread = [...(parts.length === 0 ? [dialogue] : []), ...(isOver ? left.splice(0) : [])];
      for (const each of unread) {
        const fault = this.#experience.why(each, outcome.fault);
        for (const point of each.points) faults.set(point, fault);
      }
      left.unshift(...parts);
    }
    const wanted = new Set(names);
    const read = samples.filter(({ point }) => wanted.has(point));
    const known = new Set(read.map(({ point }) => point));
    const failed = [...faults].filter(([point]) => wanted.has(point) && !known.has(point));
    return { samples: read, faults: new Map(failed) };
  }

  /** @throws Fault where nothing was sent */
  async write(values: ReadonlyMap<string, Value>, stillValid: () => void, signal: AbortSignal): Promise<WriteResult> {
    const samples: Sample[] = [];
    let begun = false;
    let isConfirmed = true;
    for (const dialogue of this.#device.write(values)) {
      const valid = begun ? () => undefined : stillValid;
      const prepared = preparedOf(dialogue, valid, false);
      let outcome: Outcome;
      try {
        outcome = await this.#ask(prepared, signal);
      } catch (thrown) {
        // a port that was not open took no byte; a request that failed in another way after it was handed over may have
        // reached the device
        const sent = prepared.acted && toFault(thrown).code !== 'port/not-open';
        if (!sent && !begun) throw thrown;
        return { outcome: 'unknown', fault: toSafeError(thrown) };
      }
      if (!outcome.ok) {
        // a refusal of the first is a plain no; after others were taken the device is in between
        const isNo = !begun && (outcome.consequence === 'refused' || !outcome.acted);
        return { outcome: isNo ? 'failed' : 'unknown', fault: toSafeError(outcome.fault) };
      }
      begun = true;
      if (isUnanswered(dialogue)) isConfirmed = false;
      samples.push(...outcome.samples);
    }
    // a broadcast: whether any device has heard it is not known, and none of them can be read under that address
    if (!isConfirmed) return { outcome: 'unknown', fault: toSafeError(new Fault('command/unconfirmed')) };
    const setup = {
      clock: this.#clock,
      exempt: this.#exempt,
      look: (names: readonly string[], inner: AbortSignal) => this.#look(names, inner),
      agrees: (name: string, written: Value, read: Sample) => this.#agrees(name, written, read),
    };
    return readBack(values, samples, setup, signal);
  }

  /** Goes on behind what is refused or silent, so that one point does not hide what became of another. */
  async #look(names: readonly string[], signal: AbortSignal): Promise<Look> {
    try {
      const { samples, faults } = await this.#each(names, signal, true, MOST_UNREAD);
      return { samples, fault: faults.values().next().value };
    } catch (thrown) {
      return { samples: [], fault: toFault(thrown) };
    }
  }

  #agrees(name: string, written: Value, read: Sample): boolean | Fault {
    try {
      return this.#device.agrees?.(name, written, read.value, read.exact) ?? holds(read, written);
    } catch (thrown) {
      return toFault(thrown);
    }
  }

  /**
   * Waits until no answer to the same question can come any more; if one was given up in the queue's time, again. A
   * question that may be repeated is asked once more where the server closed the connection under it.
   */
  async #ask(prepared: Prepared, signal: AbortSignal): Promise<Outcome> {
    const { dialogue } = prepared;
    const inquiry: Inquiry = {
      dialogue,
      begins: () => {
        prepared.stillValid();
        prepared.begunAt = this.#clock.now();
      },
      acts: () => {
        prepared.acted = true;
      },
    };
    let repeatable = prepared.repeatable;
    for (let turn = 1; ; turn++) {
      prepared.acted = false;
      const wait = this.#line.mayAskAt(this.#asker, dialogue) - this.#clock.now();
      if (wait > 0) await this.#clock.sleep(milliseconds(wait), signal);
      try {
        return await this.#line.ask(this.#dialogues, inquiry, signal);
      } catch (thrown) {
        const { code, facts } = toFault(thrown);
        const isPending = code === 'bus/answer-pending' && !(facts?.started === true && turn >= MOST_CUT_SHORT);
        if (!isPending && !(code === 'port/ended' && repeatable)) throw thrown;
        if (code === 'port/ended') repeatable = false;
      }
    }
  }
}

function preparedOf(dialogue: Dialogue, stillValid: () => void, repeatable: boolean): Prepared {
  return { dialogue, stillValid, repeatable, acted: false, begunAt: Number.POSITIVE_INFINITY };
}

function partsOf(dialogue: Dialogue, outcome: Failure): readonly Dialogue[] {
  if (outcome.answered && !isRefusal(outcome)) return [];
  return dialogue.split?.(outcome.answered ? outcome.fault : SILENT) ?? [];
}

function record(samples: readonly Sample[]): Values {
  return Object.fromEntries(samples.map(({ point, value }) => [point, value]));
}
