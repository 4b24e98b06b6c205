import { crc32, deflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { pixelsOf, smallPicture } from '../../../support/console/small-picture.ts';

const SIZE = 16;

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** A PNG with a filter for each row: the five of the standard in turn. */
function pictureOf(colourAt: (x: number, y: number) => number): Buffer {
  const at = (x: number, y: number, part: number) => (x < 0 || y < 0 ? 0 : (colourAt(x, y) >> (16 - part * 8)) & 255);
  const paeth = (a: number, b: number, c: number) => {
    const near = [a, b, c].map((each) => Math.abs(a + b - c - each));
    return [a, b, c][near.indexOf(Math.min(...near))] ?? 0;
  };
  const rows = Array.from({ length: SIZE }, (_, y) => [
    y % 5,
    ...Array.from({ length: SIZE * 3 }, (__, byte) => {
      const [x, part] = [Math.floor(byte / 3), byte % 3];
      const [a, b, c] = [at(x - 1, y, part), at(x, y - 1, part), at(x - 1, y - 1, part)];
      return (at(x, y, part) - ([0, a, b, (a + b) >> 1, paeth(a, b, c)][y % 5] ?? 0)) & 255;
    }),
  ]).flat();
  const head = Buffer.alloc(13);
  head.writeUInt32BE(SIZE, 0);
  head.writeUInt32BE(SIZE, 4);
  head.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    ...[chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.from(rows))), chunk('IEND', Buffer.alloc(0))],
  ]);
}

it('a picture of few colours stays as it is, whatever its rows were filtered by', () => {
  const colourAt = (x: number, y: number) => (((x * 7 + y * 3) % 60) * 0x040302) & 0xffffff;
  const small = pixelsOf(smallPicture(pictureOf(colourAt)));
  expect([small.width, small.height]).toEqual([SIZE, SIZE]);
  expect([...small.colours]).toEqual(
    Array.from({ length: SIZE * SIZE }, (_, at) => colourAt(at % SIZE, Math.floor(at / SIZE))),
  );
});

it('of many colours a small sign keeps its own', () => {
  const shades = (x: number, y: number) => (x === 3 && y === 9 ? 0xb01010 : 0x010101 * (x * SIZE + y));
  const { colours } = pixelsOf(smallPicture(pictureOf(shades)));
  expect(new Set(colours).size).toBeLessThanOrEqual(64);
  expect(colours[9 * SIZE + 3]).toBe(0xb01010);
  expect(Math.abs((colours[5] ?? 0) - shades(5, 0)) & 255).toBeLessThan(16);
});

it('what is no such picture is refused', () => {
  expect(() => pixelsOf(Buffer.from('GIF89a'))).toThrow(RangeError);
});
