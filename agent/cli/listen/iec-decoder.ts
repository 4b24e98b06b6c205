import { FAULTS } from '../../../drivers/contract/faults.ts';
import { cleanText } from '../../../drivers/framing/text.ts';
import { PushFramer } from '../../../drivers/obis/iec/push-framer.ts';
import { readTelegram } from '../../../drivers/obis/iec/telegram.ts';
import type { DecoderEvents, HeardSummary, LineDecoder } from './decoder.ts';

/** The longest readout: as long as the driver reads one. */
const LONGEST = 16_000;

/** The telegrams that a meter of IEC 62056-21 tells to any reader, at the one speed that is listened at. */
export class IecDecoder implements LineDecoder {
  readonly #events: DecoderEvents;
  readonly #framer = new PushFramer(LONGEST);
  readonly #counts = { telegrams: 0, damaged: 0 };

  constructor(events: DecoderEvents) {
    this.#events = events;
  }

  push(chunk: Uint8Array, at: number): void {
    this.#events.passed({ kind: 'received', at, bytes: chunk });
    this.#framer.push(chunk, (frame) => this.#telegram(frame, at));
  }

  idle(): void {
    // a telegram ends by its end
  }

  summary(): HeardSummary {
    const { telegrams, damaged } = this.#counts;
    return {
      frames: telegrams,
      lines: [`${telegrams} telegrams with data, ${damaged} damaged.`],
      json: { ...this.#counts, discardedBytes: this.#framer.discarded, skippedBytes: this.#framer.skipped },
    };
  }

  #telegram(frame: Uint8Array, at: number): void {
    const read = readTelegram(frame);
    if ('code' in read) {
      // a sign-on and an identification alone hold no data
      if (!frame.includes(OPENS)) return;
      this.#counts.damaged += 1;
      const { message } = FAULTS[read.code];
      this.#events.heard({ at, text: `${message} (${read.code})`, json: { fault: { code: read.code, message } } });
      return;
    }
    if (read.sets.length === 0) return;
    this.#counts.telegrams += 1;
    const values = read.sets.map(({ address, values: all }) => ({
      obis: cleanText(address),
      values: all.map(({ text, unit }) => ({ value: cleanText(text), ...(unit && { unit: cleanText(unit, 16) }) })),
    }));
    const words = values.map(
      ({ obis, values: all }) => `${obis} ${all.map(({ value, unit = '' }) => `${value} ${unit}`.trim()).join(', ')}`,
    );
    this.#events.heard({ at, text: words.join('\n    '), json: { checked: read.isChecked, sets: values } });
  }
}

/** The bracket before a value. */
const OPENS = 0x28;
