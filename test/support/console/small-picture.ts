import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** Pictures of the page for the documentation: a few colours say as much, in a quarter of the bytes. */
const MOST_COLOURS = 64;
/** Colours nearer to each other than this, in squared steps of red, green and blue, are one. */
const ALIKE = 150;
const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const TRUE_COLOUR = 2;
const WITH_PALETTE = 3;
const WITH_ALPHA = 6;

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** `0xrrggbb`, row by row. */
  readonly colours: Uint32Array;
}

/** The same picture in at most 64 colours, as a PNG with a palette (ISO/IEC 15948). */
export function smallPicture(png: Buffer): Buffer {
  const { width, height, colours } = pixelsOf(png);
  const palette = paletteOf(colours);
  const places = new Map<number, number>();
  const placeOf = (colour: number) => {
    const known = places.get(colour) ?? nearest(palette, colour);
    places.set(colour, known);
    return known;
  };
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    // the first byte of a row is its filter: none, the best for a palette
    for (let x = 0; x < width; x += 1) rows[y * (width + 1) + 1 + x] = placeOf(colours[y * width + x] ?? 0);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, WITH_PALETTE], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('PLTE', Buffer.from(palette.flatMap((colour) => partsOf(colour)))),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** @throws RangeError where it is no PNG of 8 bits a channel, or of a palette, in one pass */
export function pixelsOf(png: Buffer): Pixels {
  const { IHDR: head, PLTE: palette, IDAT: data } = chunksOf(png);
  if (head === undefined || data === undefined || head[8] !== 8 || head[12] !== 0) throw new RangeError('no such PNG');
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  const channels = { [TRUE_COLOUR]: 3, [WITH_PALETTE]: 1, [WITH_ALPHA]: 4 }[head[9] ?? 0];
  if (channels === undefined) throw new RangeError('no such PNG');
  const bytes = unfiltered(inflateSync(data), width * channels, height, channels);
  const colours = Uint32Array.from({ length: width * height }, (_, at) => {
    const from = channels === 1 ? (bytes[at] ?? 0) * 3 : at * channels;
    return (channels === 1 ? (palette ?? bytes) : bytes).readUIntBE(from, 3);
  });
  return { width, height, colours };
}

function chunksOf(png: Buffer): Readonly<Record<string, Buffer>> {
  const found: Record<string, Buffer> = {};
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const name = png.toString('latin1', at + 4, at + 8);
    found[name] = Buffer.concat([found[name] ?? Buffer.alloc(0), png.subarray(at + 8, at + 8 + length)]);
    at += 12 + length;
  }
  return found;
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** Takes back the filters of the rows (clause 9). */
function unfiltered(packed: Buffer, stride: number, height: number, step: number): Buffer {
  const bytes = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = packed[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x < step ? 0 : (bytes[at - step] ?? 0);
      const above = y === 0 ? 0 : (bytes[at - stride] ?? 0);
      const corner = x < step || y === 0 ? 0 : (bytes[at - stride - step] ?? 0);
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter ?? 0] ?? 0;
      bytes[at] = (packed[y * (stride + 1) + 1 + x] ?? 0) + guess;
    }
  }
  return bytes;
}

function paeth(left: number, above: number, corner: number): number {
  const [toLeft, toAbove] = [Math.abs(above - corner), Math.abs(left - corner)];
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/** The most frequent colours that are not alike, so that a small sign keeps its own. */
function paletteOf(colours: Uint32Array): readonly number[] {
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const chosen: number[] = [];
  for (const [colour] of [...counts].sort(([, one], [, other]) => other - one)) {
    if (chosen.length === MOST_COLOURS) break;
    if (chosen.every((each) => distance(each, colour) > (counts.size > MOST_COLOURS ? ALIKE : 0))) chosen.push(colour);
  }
  return chosen;
}

function nearest(palette: readonly number[], colour: number): number {
  const distances = palette.map((each) => distance(each, colour));
  return distances.indexOf(Math.min(...distances));
}

function distance(one: number, other: number): number {
  const theirs = partsOf(other);
  return partsOf(one).reduce((sum, part, at) => sum + (part - (theirs[at] ?? 0)) ** 2, 0);
}

function partsOf(colour: number): readonly number[] {
  return [colour >> 16, (colour >> 8) & 255, colour & 255];
}
