import type { Sample } from '../contract/reading.ts';
import { DelimitedFramer } from '../framing/delimited.ts';
import { decodeText } from '../framing/text.ts';
import { readBytes } from './escapes.ts';
import { match } from './match.ts';
import type { Options } from './options.ts';
import { type FieldPoint, samplesOf } from './points.ts';
import type { Template } from './template.ts';

/** Reads the lines of one device: where they end, and what they say. Pure. */
export class LineReader {
  readonly templates: readonly Template[];
  readonly delimiter: Uint8Array;
  readonly #options: Options;
  readonly #points: ReadonlyMap<string, FieldPoint>;

  constructor(templates: readonly Template[], options: Options, points: ReadonlyMap<string, FieldPoint>) {
    this.templates = templates;
    this.delimiter = readBytes(options.delimiter) ?? new Uint8Array();
    this.#options = options;
    this.#points = points;
  }

  /** @param settings `skipsFirst`: begin after the first delimiter */
  framer(settings: { readonly skipsFirst: boolean }): DelimitedFramer {
    return new DelimitedFramer({ delimiter: this.delimiter, maxLength: this.#options.maxLength, ...settings });
  }

  /** The samples of the first template that fits, or undefined. */
  read(line: Uint8Array): readonly Sample[] | undefined {
    const text = decodeText(line, this.#options.encoding);
    for (const template of this.templates) {
      const fit = match(template, text, this.#options.decimal);
      if (fit !== undefined) return samplesOf(fit, this.#points);
    }
    return undefined;
  }
}
