import type { Framer, StreamDevice } from '../../../drivers/contract/driver.ts';
import { type Fault, toFault } from '../../../drivers/contract/fault.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';
import type { Memory } from '../../../drivers/contract/memory.ts';
import type { Sample } from '../../../drivers/contract/reading.ts';
import { showValue } from '../top/shown-text.ts';
import type { DecoderEvents, HeardSummary, LineDecoder } from './decoder.ts';

/** The messages of a device that talks by itself, as its driver reads them. */
export class StreamDecoder implements LineDecoder {
  readonly #device: StreamDevice;
  readonly #events: DecoderEvents;
  readonly #units: ReadonlyMap<string, string | undefined>;
  #framer: Framer;
  #memory: Memory | undefined;
  #at = 0;
  #frames = 0;
  #readings = 0;
  readonly #faults = new Map<string, number>();

  constructor(device: StreamDevice, events: DecoderEvents) {
    this.#device = device;
    this.#events = events;
    this.#units = new Map(device.points.map(({ name, unit }) => [name, unit]));
    this.#framer = device.framer();
  }

  push(chunk: Uint8Array, at: number): void {
    this.#at = at;
    this.#events.passed({ kind: 'received', at, bytes: chunk });
    try {
      this.#framer.push(chunk, (frame) => this.#frame(frame));
    } catch (thrown) {
      this.#fault(toFault(thrown));
      this.#framer = this.#device.framer();
      this.#memory = undefined;
    }
  }

  idle(): void {
    // its frames show where they begin and end
  }

  summary(): HeardSummary {
    const faults = Object.fromEntries(this.#faults);
    const words = Array.from(this.#faults, ([code, count]) => `${count} x ${code}`).join(', ');
    const { discarded, skipped = 0 } = this.#framer;
    return {
      frames: this.#readings,
      lines: [`${this.#frames} frames, ${this.#readings} readings${words === '' ? '' : `, ${words}`}.`],
      json: {
        frames: this.#frames,
        readings: this.#readings,
        faults,
        discardedBytes: discarded,
        skippedBytes: skipped,
      },
    };
  }

  #frame(frame: Uint8Array): void {
    this.#frames += 1;
    const decoded = this.#device.decode(frame, this.#memory);
    if (decoded.memory !== undefined) this.#memory = decoded.memory;
    if ('fault' in decoded) this.#fault(decoded.fault);
    else if (decoded.samples.length > 0) this.#reading(decoded.samples);
  }

  #reading(samples: readonly Sample[]): void {
    this.#readings += 1;
    const shown = samples.map(({ point, value }) => `${point} ${showValue(value, this.#units.get(point))}`);
    this.#events.heard({
      at: this.#at,
      text: shown.join('  '),
      json: { values: Object.fromEntries(samples.map(({ point, value }) => [point, value])) },
    });
  }

  #fault({ code }: Fault): void {
    this.#faults.set(code, (this.#faults.get(code) ?? 0) + 1);
    const { message } = FAULTS[code];
    this.#events.heard({ at: this.#at, text: `${message} (${code})`, json: { fault: { code, message } } });
  }
}
