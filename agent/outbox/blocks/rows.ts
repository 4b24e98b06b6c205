import type { OutboxRecord } from '../outbox.ts';
import { LEAST_RECORD } from '../segments/record-format.ts';
import { type BlockContent, LARGEST_BLOCK } from './block-format.ts';
import { NUMBER_MARK } from './columns.ts';
import { VarintReader } from './varint.ts';

interface Template {
  /** Where its pieces begin and end in the body; the numbers stand between them. */
  readonly pieces: readonly number[];
  readonly slots: number;
  /** Bytes of its pieces. */
  readonly length: number;
  readonly isAscii: boolean;
  /** Its records, by their place in the block, those of a device together. */
  readonly rows: number[];
}

/** Where the texts of a block are put together, one after the other: for each block its own would be a great deal to collect. */
let texts: Buffer | undefined;

/**
 * Where each number of a template begins in the body, slot by slot, and behind the last where they end. It grows to the largest
 * template: a body has no more numbers than bytes.
 */
let begins = new Int32Array(4096);

/** The records that `columnsOf` made a body of. Takes any bytes, and needs no more memory than the block says. @returns undefined where the body makes no sense */
export function rowsIn(body: Buffer, content: BlockContent): OutboxRecord[] | undefined {
  const { first, last, count, rawBytes } = content;
  const reader = new VarintReader(body);
  const templates = list(reader, count).map(([from, to]) => templateOf(body, from, to));
  const devices = list(reader, count).map(([from, to]) => body.toString('utf8', from, to));
  const ofTemplate = indices(reader, count, templates.length);
  const ofDevice = indices(reader, count, devices.length);
  const seqs = [first];
  for (let index = 1; index < count; index += 1) seqs.push((seqs[index - 1] ?? 0) + reader.number(last));
  if (reader.isBroken || seqs.at(-1) !== last || !isAscending(seqs)) return undefined;
  for (let index = 0; index < count; index += 1) templates[ofTemplate[index] ?? 0]?.rows.push(index);
  for (const { rows } of templates)
    rows.sort((one, other) => (ofDevice[one] ?? 0) - (ofDevice[other] ?? 0) || one - other);
  const payloads = payloadsOf(body, reader.at, templates, Math.min(rawBytes, LARGEST_BLOCK));
  return payloads?.map((payload, index) => {
    return { seq: seqs[index] ?? 0, device: devices[ofDevice[index] ?? 0] ?? '', payload };
  });
}

/** Where the texts of a list begin and end. */
function list(reader: VarintReader, most: number): (readonly [number, number])[] {
  const { length } = reader.bytes;
  const found: (readonly [number, number])[] = [];
  for (let left = reader.number(most); left > 0 && !reader.isBroken; left -= 1) {
    const from = reader.skip(reader.number(length));
    found.push([from, reader.at]);
  }
  return found;
}

function indices(reader: VarintReader, count: number, of: number): number[] {
  const found: number[] = [];
  for (let index = 0; index < count && !reader.isBroken; index += 1) found.push(reader.number(of - 1));
  return found;
}

function templateOf(body: Buffer, from: number, to: number): Template {
  const pieces = [from];
  let isAscii = true;
  for (let at = from; at < to; at += 1) {
    const byte = body[at] ?? 0;
    if (byte === 0) pieces.push(at, at + 1);
    if (byte >= NUMBER_MARK) isAscii = false;
  }
  pieces.push(to);
  const slots = pieces.length / 2 - 1;
  return { pieces, slots, length: to - from - slots, isAscii, rows: [] };
}

/** @param most bytes of all texts and of what each record takes beside its text */
function payloadsOf(body: Buffer, from: number, templates: readonly Template[], most: number): string[] | undefined {
  texts ??= Buffer.allocUnsafe(LARGEST_BLOCK);
  const payloads: string[] = [];
  let [at, left] = [from, most];
  for (const template of templates) {
    const { rows, slots, isAscii } = template;
    const starts = startsOf(body, at, template, left);
    if (starts === undefined) return undefined;
    if (rows.length > 0) fill(texts, body, template, starts);
    at = begins[slots * rows.length] ?? at;
    const encoding = isAscii ? 'latin1' : 'utf8';
    for (let row = 0; row < rows.length; row += 1) {
      payloads[rows[row] as number] = texts.toString(encoding, starts[row], starts[row + 1]);
    }
    left -= (starts[rows.length] ?? 0) + LEAST_RECORD * rows.length;
  }
  return at === body.length ? payloads : undefined;
}

/**
 * Where each text of a template will begin, and where the last one ends; puts into `begins` where its numbers are.
 * @returns undefined where it makes no sense, or is too much
 */
function startsOf(body: Buffer, from: number, { slots, length, rows }: Template, most: number): Int32Array | undefined {
  const count = rows.length;
  // each number takes a byte at the least
  if (slots * count > body.length - from || (length + LEAST_RECORD) * count > most) return undefined;
  if (begins.length <= slots * count) begins = new Int32Array(2 * slots * count + 1);
  const room = most - LEAST_RECORD * count;
  const lengths = new Int32Array(count).fill(length);
  let [at, sum] = [from, length * count];
  for (let slot = 0; slot < slots; slot += 1) {
    let before = 0;
    for (let row = 0; row < count; row += 1) {
      const shared = (body[at] ?? 0) - NUMBER_MARK;
      if (shared < 0 || shared > before) return undefined;
      const begin = at;
      begins[slot * count + row] = begin;
      at += 1;
      while (at < body.length && (body[at] ?? 0) < NUMBER_MARK) at += 1;
      before = shared + at - begin - 1;
      lengths[row] = (lengths[row] ?? 0) + before;
      sum += before;
      if (sum > room) return undefined;
    }
  }
  begins[slots * count] = at;
  const starts = new Int32Array(count + 1);
  for (let row = 0; row < count; row += 1) starts[row + 1] = (starts[row] ?? 0) + (lengths[row] ?? 0);
  return starts;
}

/**
 * Puts the texts of a template together, which fit. Most of a text is as in the one before it: that is copied whole, and then its
 * numbers are changed where they differ. The rest behind a number of another length is copied once more, to its new place.
 */
function fill(into: Buffer, body: Buffer, { pieces, slots, rows }: Template, starts: Int32Array): void {
  const count = rows.length;
  firstText(into, body, pieces, count);
  for (let row = 1; row < count; row += 1) {
    const start = starts[row] as number;
    let [to, from] = [start, starts[row - 1] as number];
    into.copyWithin(to, from, start);
    for (let slot = 0; slot < slots; slot += 1) {
      const piece = (pieces[2 * slot + 1] as number) - (pieces[2 * slot] as number);
      to += piece;
      from += piece;
      const place = slot * count + row;
      const before = begins[place - 1] as number;
      const begin = begins[place] as number;
      const end = begins[place + 1] as number;
      const shared = (body[begin] as number) - NUMBER_MARK;
      const length = shared + end - begin - 1;
      const lengthBefore = (body[before] as number) - NUMBER_MARK + begin - before - 1;
      from += lengthBefore;
      if (length !== lengthBefore) into.copyWithin(to + length, from, start);
      let at = to + shared;
      for (let index = begin + 1; index < end; index += 1) into[at++] = body[index] as number;
      to += length;
    }
  }
}

/** The first text of a template: its numbers share nothing with any before them. */
function firstText(into: Buffer, body: Buffer, pieces: readonly number[], count: number): void {
  let to = 0;
  for (let piece = 0; 2 * piece < pieces.length; piece += 1) {
    to += body.copy(into, to, pieces[2 * piece], pieces[2 * piece + 1]);
    if (2 * piece + 2 >= pieces.length) return;
    const place = piece * count;
    to += body.copy(into, to, (begins[place] as number) + 1, begins[place + 1]);
  }
}

function isAscending(seqs: readonly number[]): boolean {
  return seqs.every((seq, index) => index === 0 || seq > (seqs[index - 1] ?? 0));
}
