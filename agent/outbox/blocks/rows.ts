import type { OutboxRecord } from '../outbox.ts';
import { LEAST_RECORD } from '../segments/record-format.ts';
import { NUMBER_MARK } from './columns.ts';
import { VarintReader } from './varint.ts';

/** What is said of a block beside its body. */
export interface BlockContent {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /** What its records take one by one (`encodedLength`). */
  readonly rawBytes: number;
}

interface Template {
  /** Where its pieces begin and end in the body; the numbers stand between them. */
  readonly pieces: readonly number[];
  readonly slots: number;
  /** Its records, by their place in the block, those of a device together. */
  readonly rows: number[];
}

/** Numbers of a block: where each begins and ends in `text`. */
interface Numbers {
  readonly text: Buffer;
  readonly edges: Int32Array;
}

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
  if (reader.isBroken || seqs.at(-1) !== last) return undefined;
  for (let index = 0; index < count; index += 1) templates[ofTemplate[index] ?? 0]?.rows.push(index);
  for (const { rows } of templates)
    rows.sort((one, other) => (ofDevice[one] ?? 0) - (ofDevice[other] ?? 0) || one - other);
  const numbers = numbersIn(body, reader.at, templates, rawBytes);
  const payloads = numbers && payloadsOf(body, templates, numbers, rawBytes);
  if (payloads === undefined) return undefined;
  const records = payloads.map((payload, index) => {
    return { seq: seqs[index] ?? 0, device: devices[ofDevice[index] ?? 0] ?? '', payload };
  });
  return isAscending(seqs) ? records : undefined;
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
  for (let at = from; at < to; at += 1) if (body[at] === 0) pieces.push(at, at + 1);
  pieces.push(to);
  return { pieces, slots: pieces.length / 2 - 1, rows: [] };
}

function numbersIn(body: Buffer, from: number, templates: readonly Template[], most: number): Numbers | undefined {
  const count = templates.reduce((sum, { slots, rows }) => sum + slots * rows.length, 0);
  // each takes a byte at the least
  if (count > body.length - from) return undefined;
  const text = Buffer.allocUnsafe(most);
  const edges = new Int32Array(count + 1);
  let [at, filled, index] = [from, 0, 0];
  for (const { slots, rows } of templates) {
    for (let slot = 0; slot < slots; slot += 1) {
      let [before, length] = [0, 0];
      for (let row = 0; row < rows.length; row += 1) {
        const shared = (body[at] ?? 0) - NUMBER_MARK;
        if (shared < 0 || shared > length || filled + shared > most) return undefined;
        const start = filled;
        for (let copied = 0; copied < shared; copied += 1) text[filled++] = text[before + copied] ?? 0;
        for (at += 1; at < body.length; at += 1) {
          const byte = body[at] ?? 0;
          if (byte >= NUMBER_MARK) break;
          if (filled >= most) return undefined;
          text[filled++] = byte;
        }
        before = start;
        length = filled - start;
        index += 1;
        edges[index] = filled;
      }
    }
  }
  return at === body.length ? { text, edges } : undefined;
}

function payloadsOf(
  body: Buffer,
  templates: readonly Template[],
  { text, edges }: Numbers,
  most: number,
): string[] | undefined {
  const payloads: string[] = [];
  const bytes = Buffer.allocUnsafe(most);
  let total = 0;
  let base = 0;
  for (const { pieces, slots, rows } of templates) {
    for (const [row, index] of rows.entries()) {
      let filled = 0;
      for (let piece = 0; piece <= slots; piece += 1) {
        const [from, to] = [pieces[2 * piece] ?? 0, pieces[2 * piece + 1] ?? 0];
        if (filled + to - from > most) return undefined;
        for (let at = from; at < to; at += 1) bytes[filled++] = body[at] ?? 0;
        if (piece === slots) break;
        const number = base + piece * rows.length + row;
        const [start, end] = [edges[number] ?? 0, edges[number + 1] ?? 0];
        if (filled + end - start > most) return undefined;
        for (let at = start; at < end; at += 1) bytes[filled++] = text[at] ?? 0;
      }
      // the block says how much it holds: no template makes more of it
      total += LEAST_RECORD + filled;
      if (total > most) return undefined;
      payloads[index] = bytes.toString('utf8', 0, filled);
    }
    base += slots * rows.length;
  }
  return payloads;
}

function isAscending(seqs: readonly number[]): boolean {
  return seqs.every((seq, index) => index === 0 || seq > (seqs[index - 1] ?? 0));
}
