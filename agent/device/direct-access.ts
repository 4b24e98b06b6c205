import type { Exchange, PollDevice } from '../../drivers/contract/driver.ts';
import { milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault, toSafeError } from '../../drivers/contract/fault.ts';
import type { Sample, Value } from '../../drivers/contract/reading.ts';
import type { Outcome } from '../bus/line.ts';
import type { Clock } from '../clock/clock.ts';
import type { WriteResult } from '../command/control.ts';
import type { Ticket } from '../throttle/ticket.ts';
import type { LineAccess } from './line-access.ts';

interface Prepared {
  readonly exchange: Exchange;
  /** Asked as it leaves the queue; what it throws means that nothing is sent. */
  readonly stillValid: () => void;
  /** Asked twice, it does the same as once. */
  readonly repeatable: boolean;
  /** Bytes may have gone out. */
  begun: boolean;
}

type Values = Readonly<Record<string, Value>>;

/** Reads and writes that somebody asked for, ahead of the polls. */
export class DirectAccess {
  readonly #device: PollDevice;
  readonly #line: LineAccess;
  readonly #clock: Clock;
  readonly #prepared = new Map<number, Prepared>();
  readonly #questions: Ticket<number, Outcome>;
  #next = 0;

  constructor(device: PollDevice, line: LineAccess, clock: Clock) {
    this.#device = device;
    this.#line = line;
    this.#clock = clock;
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
    const samples: Sample[] = [];
    const left = [...this.#device.plan(names)];
    for (let exchange = left.shift(); exchange; exchange = left.shift()) {
      const outcome = await this.#ask(
        { exchange, stillValid: () => undefined, repeatable: true, begun: false },
        signal,
      );
      if (outcome.ok) {
        samples.push(...outcome.samples);
        continue;
      }
      const parts = (outcome.refused && exchange.split?.(outcome.fault)) || [];
      if (parts.length === 0) throw outcome.fault;
      left.unshift(...parts);
    }
    const wanted = new Set(names);
    return record(samples.filter((sample) => wanted.has(sample.point)));
  }

  /** @throws Fault where nothing was sent */
  async write(values: ReadonlyMap<string, Value>, stillValid: () => void, signal: AbortSignal): Promise<WriteResult> {
    const samples: Sample[] = [];
    let begun = false;
    for (const exchange of this.#device.write(values)) {
      const valid = begun ? () => undefined : stillValid;
      const prepared: Prepared = { exchange, stillValid: valid, repeatable: false, begun: false };
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
        return { outcome: outcome.refused && !begun ? 'failed' : 'unknown', fault: toSafeError(outcome.fault) };
      }
      begun = true;
      samples.push(...outcome.samples);
    }
    return this.#verify(values, record(samples), signal);
  }

  async #verify(written: ReadonlyMap<string, Value>, told: Values, signal: AbortSignal): Promise<WriteResult> {
    try {
      const missing = [...written.keys()].filter((name) => !Object.hasOwn(told, name));
      const values = { ...told, ...(await this.read(missing, signal)) };
      const agree = [...written].every(([name, value]) => this.#agrees(name, value, values[name]));
      return { outcome: agree ? 'verified' : 'applied', values };
    } catch (thrown) {
      return { outcome: 'applied', fault: toSafeError(thrown) };
    }
  }

  #agrees(name: string, written: Value, read: Value | undefined): boolean {
    if (read === undefined) return false;
    return this.#device.agrees?.(name, written, read) ?? same(read, written);
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

function record(samples: readonly Sample[]): Values {
  return Object.fromEntries(samples.map(({ point, value }) => [point, value]));
}

/** Six significant digits are what the smallest of the usual floating numbers holds for certain. */
function same(read: Value, written: Value): boolean {
  if (typeof read === 'number' && typeof written === 'number') {
    return Math.abs(read - written) <= 1e-6 * Math.max(Math.abs(read), Math.abs(written));
  }
  return read === written;
}
