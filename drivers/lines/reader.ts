import type { Stray } from '../contract/driver.ts';
import type { FaultCode } from '../contract/faults.ts';
import type { Sample } from '../contract/reading.ts';
import { DelimitedFramer } from '../framing/delimited.ts';
import { decodeText } from '../framing/text.ts';
import { checksumLength, takeChecksum } from './checksum.ts';
import { readBytes } from './escapes.ts';
import type { Form } from './form.ts';
import { type Match, match } from './match.ts';
import { delimiterOf, type Options } from './options.ts';
import { type FieldPoint, samplesOf } from './points.ts';
import type { Template } from './template.ts';

/** Why a line says nothing. */
interface Unread {
  readonly code: FaultCode;
  readonly stray: Stray;
  readonly fits: boolean;
}

/** The samples of a line, or the reason why it has none. */
export type LineReading = { readonly samples: readonly Sample[] } | Unread;

/** A field's usual width, to foretell how long an answer takes on the line. */
const USUAL_FIELD = 8;

const MISMATCH: Unread = { code: 'lines/mismatch', stray: 'foreign', fits: false };

/** Reads the lines of one device: their ends, and their samples. Pure. */
export class LineReader {
  readonly forms: readonly Form[];
  readonly delimiter: Uint8Array;
  readonly #options: Options;
  readonly #points: ReadonlyMap<string, FieldPoint>;

  constructor(forms: readonly Form[], options: Options, points: ReadonlyMap<string, FieldPoint>) {
    this.forms = forms;
    this.delimiter = readBytes(delimiterOf(options)) ?? new Uint8Array();
    this.#options = options;
    this.#points = points;
  }

  /** @param settings `skipsFirst`: begin after the first delimiter */
  framer(settings: { readonly skipsFirst: boolean }): DelimitedFramer {
    return new DelimitedFramer({ delimiter: this.delimiter, maxLength: this.#options.maxLength, ...settings });
  }

  /** The longest answer with its delimiter, behind an echo of the request and one line of another device. */
  roomFor(request: Uint8Array): number {
    return request.length + 2 * (this.#options.maxLength + this.delimiter.length);
  }

  /** Of the longest template's line, with its delimiter. */
  get usualLength(): number {
    const { checksum } = this.#options;
    const longest = Math.max(...this.forms.map(({ template }) => lengthOf(template)));
    return longest + (checksum === undefined ? 0 : checksumLength(checksum)) + this.delimiter.length;
  }

  /** The samples of the first template that fits. */
  read(line: Uint8Array): LineReading {
    const found = this.find(line);
    return 'form' in found ? { samples: samplesOf(found.fit, found.form, this.#points) } : found;
  }

  /** The first template that fits. A checksum is only held against a line of which the rest fits. */
  find(line: Uint8Array): { readonly form: Form; readonly fit: NonNullable<Match> } | Unread {
    const { checksum, encoding, decimal } = this.#options;
    const summed = checksum === undefined ? { body: line, isRight: true } : takeChecksum(line, checksum);
    if (summed === undefined) return MISMATCH;
    const text = decodeText(summed.body, encoding);
    for (const form of this.forms) {
      const fit = match(form.template, text, decimal);
      if (fit === undefined) continue;
      if (!summed.isRight) return { code: 'lines/checksum', stray: 'checksum', fits: true };
      return { form, fit };
    }
    return MISMATCH;
  }
}

function lengthOf(template: Template): number {
  return template.reduce(
    (sum, part) => sum + (part.kind === 'literal' ? part.codes.length : part.kind === 'blank' ? 1 : USUAL_FIELD),
    0,
  );
}
