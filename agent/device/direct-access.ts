import type { Exchange, PollDevice } from '../../drivers/contract/driver.ts';
import { milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault, toSafeError } from '../../drivers/contract/fault.ts';
import type { Sample, Value } from '../../drivers/contract/reading.ts';
import { holds } from '../../drivers/schema/same-value.ts';
import type { Outcome } from '../bus/line.ts';
import type { Clock } from '../clock/clock.ts';
import type { WriteResult } from '../command/control.ts';
import type { Ticket } from '../throttle/ticket.ts';
import type { LineAccess } from './line-access.ts';
import { type Look, readBack } from './read-back.ts';

interface Prepared {
  readonly exchange: Exchange;
  /** Asked as it leaves the queue; what it throws means that nothing is sent. */
  readonly stillValid: () => void;
  /** Bytes may have gone out. */
  begun: boolean;
}

/** Questions of a read-back that may stay without a value before the rest is given up: each may cost its timeout. */
const MOST_UNREAD = 3;

type Values = Readonly<Record<string, Value>>;

/** Reads and writes that somebody asked for, ahead of the polls. */
export class DirectAccess {
  readonly #device: PollDevice;
  readonly #line: LineAccess;
  readonly #clock: Clock;
  readonly #exempt: ReadonlySet<string>;
  readonly #prepared = new Map<number, Prepared>();
  readonly #questions: Ticket<number, Outcome>;
  #next = 0;

  constructor(device: PollDevice, line: LineAccess, clock: Clock) {
    this.#device = device;
    this.#line = line;
    this.#clock = clock;
    this.#exempt = new Set(device.points.filter((point) => point.readBack === false).map(({ name }) => name));
    this.#questions = line.register('command', (number) => {
      const prepared = this.#prepared.get(number);
      if (!prepared) throw new Fault('throttle/unknown-operation');
      prepared.stillValid();
      prepared.begun = true;
      return prepared.exchange;
    });
  }

  /** @throws Fault of the first exchange that failed; one that was refused only if no narrower ones can be asked */
  async read(names: readonly string[], signal: AbortSignal): Promise<Values> {
    return record(await this.samples(names, signal));
  }

  /** The same with what the driver says of each value. */
  async samples(names: readonly string[], signal: AbortSignal): Promise<readonly Sample[]> {
    const samples: Sample[] = [];
    await this.#read(names, samples, signal, (fault) => {
      throw fault;
    });
    return wantedOf(names, samples);
  }

  /** @param failed told of each exchange that failed and can't be narrowed; the others follow unless it throws */
  async #read(
    names: readonly string[],
    samples: Sample[],
    signal: AbortSignal,
    failed: (fault: Fault) => void,
  ): Promise<void> {
    const left = [...this.#device.plan(names)];
    for (let exchange = left.shift(); exchange; exchange = left.shift()) {
      const outcome = await this.#ask({ exchange, stillValid: () => undefined, begun: false }, signal);
      if (outcome.ok) {
        samples.push(...outcome.samples);
        continue;
      }
      const parts = (outcome.refused && exchange.split?.(outcome.fault)) || [];
      if (parts.length === 0) failed(outcome.fault);
      left.unshift(...parts);
    }
  }

  /** @throws Fault where nothing was sent */
  async write(values: ReadonlyMap<string, Value>, stillValid: () => void, signal: AbortSignal): Promise<WriteResult> {
    const samples: Sample[] = [];
    let begun = false;
    let isConfirmed = true;
    for (const exchange of this.#device.write(values)) {
      const prepared: Prepared = { exchange, stillValid: begun ? () => undefined : stillValid, begun: false };
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
    const samples: Sample[] = [];
    const faults: Fault[] = [];
    try {
      await this.#read(names, samples, signal, (fault) => {
        faults.push(fault);
        if (faults.length === MOST_UNREAD) throw fault;
      });
    } catch (thrown) {
      faults.push(toFault(thrown));
    }
    return { samples: wantedOf(names, samples), fault: faults[0] };
  }

  #agrees(name: string, written: Value, read: Sample): boolean {
    return this.#device.agrees?.(name, written, read.value, read.exact) ?? holds(read, written);
  }

  /** Waits until no answer to the same question can come any more; if one was given up in the queue's time, again. */
  async #ask(prepared: Prepared, signal: AbortSignal): Promise<Outcome> {
    const number = this.#next++;
    this.#prepared.set(number, prepared);
    try {
      for (;;) {
        prepared.begun = false;
        const wait = this.#line.clearAt(prepared.exchange) - this.#clock.now();
        if (wait > 0) await this.#clock.sleep(milliseconds(wait), signal);
        try {
          return await this.#line.ask(this.#questions, number, signal);
        } catch (thrown) {
          if (toFault(thrown).code !== 'bus/answer-pending') throw thrown;
        }
      }
    } finally {
      this.#prepared.delete(number);
    }
  }
}

function wantedOf(names: readonly string[], samples: readonly Sample[]): readonly Sample[] {
  const wanted = new Set(names);
  return samples.filter(({ point }) => wanted.has(point));
}

function record(samples: readonly Sample[]): Values {
  return Object.fromEntries(samples.map(({ point, value }) => [point, value]));
}
