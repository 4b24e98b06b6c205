import { DelimitedFramer } from '../../../drivers/framing/delimited.ts';
import { cleanText, decodeText } from '../../../drivers/framing/text.ts';
import type { DecoderEvents, HeardSummary, LineDecoder } from './decoder.ts';

const LF = Uint8Array.of(0x0a);
const LONGEST = 1024;

/** Lines of text, as they are: only a template can tell their values. */
export class LinesDecoder implements LineDecoder {
  readonly #events: DecoderEvents;
  readonly #framer = new DelimitedFramer({ delimiter: LF, maxLength: LONGEST, skipsFirst: true });
  #lines = 0;

  constructor(events: DecoderEvents) {
    this.#events = events;
  }

  push(chunk: Uint8Array, at: number): void {
    this.#events.passed({ kind: 'received', at, bytes: chunk });
    this.#framer.push(chunk, (line) => {
      this.#lines += 1;
      const text = cleanText(decodeText(line, 'ascii'));
      this.#events.heard({ at, text, json: { line: text } });
    });
  }

  idle(): void {
    // a line ends by its end
  }

  summary(): HeardSummary {
    const { discarded } = this.#framer;
    return {
      frames: this.#lines,
      lines: [`${this.#lines} lines.`],
      json: { lines: this.#lines, discardedBytes: discarded },
    };
  }
}
