import type { LineSettings } from '../../drivers/port/line.ts';
import {
  CAPTURE_FILE_BYTES,
  CAPTURE_LINE_BYTES,
  CAPTURE_RECORDS,
  type Capture,
  type CaptureEnd,
  type CaptureRecord,
} from './capture.ts';
import { CAPTURE_VERSION } from './write.ts';

/** `line`: counted from 1. `why`: constant words that quote nothing of the file. */
export type CaptureReading =
  | { readonly ok: true; readonly capture: Capture }
  | { readonly ok: false; readonly line: number; readonly why: string };

const LONGEST_LINE = CAPTURE_LINE_BYTES * 3 + 256;
const LF = 0x0a;

const AT = '(?: +@([0-9]{1,9}(?:\\.[0-9]{1,6})?))?';
const BYTES = new RegExp(`^(>>|<<)((?: +[0-9A-Fa-f]{2}){1,${CAPTURE_LINE_BYTES}})${AT}$`);
const LOST = new RegExp(`^-- lost ([0-9]{1,12}) bytes${AT}$`);
const END = new RegExp(`^-- end (time|size|stopped)${AT}$`);
const PORT = new RegExp(`^-- (opened|closed)${AT}$`);
const VERSION = /^-- capture ([0-9]{1,4})$/;
const BEGAN = /^-- began ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,3})?Z)$/;
const SETTINGS = /^-- line ([0-9]{2,8}) ([78])([NEO])([12])$/;

const PARITIES: Readonly<Record<string, LineSettings['parity']>> = { N: 'none', E: 'even', O: 'odd' };

/**
 * Reads a file of captures, strictly: a line of another form is refused by its number. A text that was written by hand
 * needs no more than lines of `>> 01 03 …` and `<< 01 03 …`. A record without a time has that of the one before.
 */
export function readCapture(content: Uint8Array): CaptureReading {
  if (content.length > CAPTURE_FILE_BYTES) return { ok: false, line: 1, why: 'the file is too large' };
  const reader = new CaptureReader();
  let number = 0;
  for (let from = 0; from < content.length; ) {
    number += 1;
    const found = content.indexOf(LF, from);
    const end = found < 0 ? content.length : found;
    if (end - from > LONGEST_LINE) return { ok: false, line: number, why: 'the line is too long' };
    const text = Buffer.from(content.buffer, content.byteOffset + from, end - from).toString('latin1');
    const why = reader.take(text.replace(/#.*/, '').trim());
    if (why !== undefined) return { ok: false, line: number, why };
    from = end + 1;
  }
  return { ok: true, capture: reader.capture };
}

class CaptureReader {
  readonly #records: CaptureRecord[] = [];
  #began: number | undefined;
  #line: LineSettings | undefined;
  #at = 0;

  get capture(): Capture {
    return { began: this.#began, line: this.#line, records: this.#records };
  }

  /** @returns what is wrong with the line */
  take(text: string): string | undefined {
    if (text === '') return undefined;
    if (this.#records.length >= CAPTURE_RECORDS) return 'there are too many records';
    const record = this.#recordOf(text);
    if (record === undefined) return this.#headOf(text);
    this.#records.push(record);
    return undefined;
  }

  #recordOf(text: string): CaptureRecord | undefined {
    const [, direction, digits = '', at] = BYTES.exec(text) ?? [];
    if (direction !== undefined) {
      const bytes = Uint8Array.from(Buffer.from(digits.replace(/ /g, ''), 'hex'));
      return { kind: direction === '>>' ? 'sent' : 'received', at: this.#timeOf(at), bytes };
    }
    const [, count, lostAt] = LOST.exec(text) ?? [];
    if (count !== undefined) return { kind: 'lost', at: this.#timeOf(lostAt), count: Number(count) };
    const [, why, endAt] = END.exec(text) ?? [];
    if (why !== undefined) return { kind: 'end', at: this.#timeOf(endAt), why: why as CaptureEnd };
    const [, port, portAt] = PORT.exec(text) ?? [];
    if (port === 'opened' || port === 'closed') return { kind: port, at: this.#timeOf(portAt) };
    return undefined;
  }

  #headOf(text: string): string | undefined {
    const [, version] = VERSION.exec(text) ?? [];
    if (version !== undefined) return Number(version) === CAPTURE_VERSION ? undefined : 'the version is not known here';
    const [, began] = BEGAN.exec(text) ?? [];
    const ms = began === undefined ? Number.NaN : Date.parse(began);
    if (!Number.isNaN(ms)) {
      this.#began = ms;
      return undefined;
    }
    const [, baudRate, dataBits, parity = '', stopBits] = SETTINGS.exec(text) ?? [];
    const named = PARITIES[parity];
    if (named === undefined)
      return 'the line is none of a capture: >> and << and two hex digits a byte, or a note after --';
    this.#line = {
      baudRate: Number(baudRate),
      dataBits: dataBits === '7' ? 7 : 8,
      parity: named,
      stopBits: stopBits === '2' ? 2 : 1,
    };
    return undefined;
  }

  /** Milliseconds; a time never goes back. */
  #timeOf(at: string | undefined): number {
    if (at !== undefined) this.#at = Math.max(this.#at, Number(at) * 1000);
    return this.#at;
  }
}
