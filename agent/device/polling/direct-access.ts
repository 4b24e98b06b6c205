import type { Exchange, PollDevice } from '../../../drivers/contract/driver.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault, toFault, toSafeError } from '../../../drivers/contract/fault.ts';
import type { Sample, Value } from '../../../drivers/contract/reading.ts';
import { holds } from '../../../drivers/schema/same-value.ts';
import type { Outcome } from '../../bus/line.ts';
import type { Clock, Instant } from '../../clock/clock.ts';
import type { Ticket } from '../../throttle/ticket.ts';
import type { PointsRead, WriteResult } from '../control.ts';
import type { LineAccess } from './line-access.ts';
import { type Look, readBack } from './read-back.ts';

interface Prepared {
  readonly exchange: Exchange;
  /** Asked as it leaves the queue; what it throws means that nothing is sent. */
  readonly stillValid: () => void;
  /** Asked twice, it does the same as once. */
  readonly repeatable: boolean;
  /** Bytes may have gone out. */
  begun: boolean;
  /** When it left the queue last: from then on it has the line. */
  begunAt: Instant;
}

type Values = Readonly<Record<string, Value>>;

/** What the polls know of the device, and are told. */
export interface Experience {
  /** The exchanges that read the same points as far as is known: in parts where the whole does not go. */
  spread(plan: readonly Exchange[]): readonly Exchange[];
  heard(exchange: Exchange): void;
  /** What the fault of an exchange means by all that is known of the device. */
  why(exchange: Exchange, fault: Fault): Fault;
}

/** So many questions in a row without an answer end a read: more would cost the line too much. */
const MOST_SILENT = 2;

/** The same of a read-back, whose device has just answered. */
const MOST_UNREAD = 3;

/**
 * The line's time that one read may take, milliseconds; then what is left counts as unreadable. At 9600 baud it is enough
 * for 256 points that each need a question of their own. A device that refuses hundreds of them is asked twice as often,
 * and slowly, while other commands wait.
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
  readonly #prepared = new Map<number, Prepared>();
  readonly #questions: Ticket<number, Outcome>;
  #next = 0;

  constructor(device: PollDevice, line: LineAccess, clock: Clock, experience: Experience) {
    this.#experience = experience;
    this.#device = device;
    this.#line = line;
    this.#clock = clock;
    this.#exempt = new Set(device.points.filter((point) => point.readBack === false).map(({ name }) => name));
    this.#questions = line.register('command', (number) => {
      const prepared = this.#prepared.get(number);
      if (!prepared) throw new Fault('throttle/unknown-operation');
      prepared.stillValid();
      prepared.begun = true;
      prepared.begunAt = clock.now();
      return prepared.exchange;
    });
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
   * What is refused or not answered is asked in parts before it counts as unreadable.
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
    for (let exchange = left.shift(); exchange; exchange = left.shift()) {
      if (spent >= READ_BUDGET) {
        for (const { points } of [exchange, ...left]) for (const point of points) faults.set(point, OVER_BUDGET);
        break;
      }
      const question = preparedOf(exchange, () => undefined, true);
      const outcome = await this.#ask(question, signal);
      spent += this.#clock.now() - question.begunAt;
      if (outcome.ok) {
        samples.push(...outcome.samples);
        this.#experience.heard(exchange);
      }
      if (outcome.ok || outcome.answered) {
        isThere = true;
        silent = 0;
      }
      if (outcome.ok) continue;
      silent += outcome.answered ? 0 : 1;
      const isOver = silent >= mostSilent || (silent > 0 && !isThere);
      const parts = isOver ? [] : partsOf(exchange, outcome);
      const unread = [...(parts.length === 0 ? [exchange] : []), ...(isOver ? left.splice(0) : [])];
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
    for (const exchange of this.#device.write(values)) {
      const valid = begun ? () => undefined : stillValid;
      const prepared = preparedOf(exchange, valid, false);
      let outcome: Outcome;
      try {
        outcome = await this.#ask(prepared, signal);
      } catch (thrown) {
        // a port that was not open took no byte; whatever else happened after the start may have reached the device
        const sent = prepared.begun && toFault(thrown).code !== 'port/not-open';
        if (!sent && !begun) throw thrown;
        return { outcome: 'unknown', fault: toSafeError(thrown) };
      }
      if (!outcome.ok) {
        // a refusal of the first is a plain no; after others were taken the device is in between
        const isNo = outcome.refused && outcome.mayHaveActed !== true && !begun;
        return { outcome: isNo ? 'failed' : 'unknown', fault: toSafeError(outcome.fault) };
      }
      begun = true;
      if (exchange.answerLength === 0) isConfirmed = false;
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
   * Waits until no answer to the same question can come any more; if one was given up in the queue's time, again. What
   * may be repeated is asked once more where the server closed the connection under it.
   */
  async #ask(prepared: Prepared, signal: AbortSignal): Promise<Outcome> {
    const number = this.#next++;
    let repeatable = prepared.repeatable;
    this.#prepared.set(number, prepared);
    try {
      for (;;) {
        prepared.begun = false;
        const wait = this.#line.clearAt(prepared.exchange) - this.#clock.now();
        if (wait > 0) await this.#clock.sleep(milliseconds(wait), signal);
        try {
          return await this.#line.ask(this.#questions, number, signal);
        } catch (thrown) {
          const { code } = toFault(thrown);
          if (code !== 'bus/answer-pending' && !(code === 'port/ended' && repeatable)) throw thrown;
          if (code === 'port/ended') repeatable = false;
        }
      }
    } finally {
      this.#prepared.delete(number);
    }
  }
}

function preparedOf(exchange: Exchange, stillValid: () => void, repeatable: boolean): Prepared {
  return { exchange, stillValid, repeatable, begun: false, begunAt: Number.POSITIVE_INFINITY };
}

function partsOf(exchange: Exchange, outcome: Extract<Outcome, { ok: false }>): readonly Exchange[] {
  if (outcome.answered && !outcome.refused) return [];
  return exchange.split?.(outcome.answered ? outcome.fault : SILENT) ?? [];
}

function record(samples: readonly Sample[]): Values {
  return Object.fromEntries(samples.map(({ point, value }) => [point, value]));
}
