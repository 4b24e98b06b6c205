import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DelimitedFramer, type DelimitedSettings } from '../../../drivers/framing/delimited.ts';
import { cpuMs } from '../../support/cpu.ts';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

function cut(settings: DelimitedSettings, chunks: readonly Uint8Array[]): { frames: string[]; discarded: number } {
  const framer = new DelimitedFramer(settings);
  const frames: string[] = [];
  for (const chunk of chunks) framer.push(chunk, (bytes) => frames.push(textOf(bytes)));
  return { frames, discarded: framer.discarded };
}

/** The framer's meaning, said plainly and slowly. */
function expected(stream: string, delimiter: string, maxLength: number): string[] {
  const whole = stream.split(delimiter).slice(0, -1);
  const kept = whole.filter((frame) => frame.length <= maxLength);
  return kept.map((frame) => (delimiter === '\n' ? frame.replace(/\r$/, '') : frame)).filter((frame) => frame !== '');
}

const line = { delimiter: bytesOf('\n'), maxLength: 8 };

describe('a delimiter framer', () => {
  test('cuts at a line feed and takes one carriage return off', () => {
    expect(cut(line, [bytesOf('one\r\ntwo\n\r\nthree\r\r\nrest')]).frames).toEqual(['one', 'two', 'three\r']);
  });

  test('leaves a carriage return alone where the delimiter is another', () => {
    expect(cut({ delimiter: bytesOf(';'), maxLength: 8 }, [bytesOf('one\r;\r;')]).frames).toEqual(['one\r', '\r']);
  });

  test('takes a frame of the longest length and throws a longer one away whole', () => {
    expect(cut(line, [bytesOf('12345678\n')])).toEqual({ frames: ['12345678'], discarded: 0 });
    expect(cut(line, [bytesOf('123456789\nnext\n')])).toEqual({ frames: ['next'], discarded: 10 });
  });

  test('counts what is thrown away while it comes, not only at its end', () => {
    expect(cut(line, [bytesOf('0123456789abcdef')]).discarded).toBe(16);
  });

  test('finds a delimiter that begins inside a false start of itself', () => {
    expect(cut({ delimiter: bytesOf('\r\r\n'), maxLength: 8 }, [bytesOf('one\r\r\r\ntwo\r\r\n')]).frames).toEqual([
      'one\r',
      'two',
    ]);
  });

  test('does not find a delimiter that begins inside the one before', () => {
    expect(cut({ delimiter: bytesOf('aba'), maxLength: 8 }, [bytesOf('xababayaba')]).frames).toEqual(['x', 'bay']);
  });

  test('goes on with the next frame after its listener threw', () => {
    const framer = new DelimitedFramer(line);
    expect(() =>
      framer.push(bytesOf('one\n'), () => {
        throw new Error('listener');
      }),
    ).toThrow('listener');
    const frames: string[] = [];
    framer.push(bytesOf('two\n'), (bytes) => frames.push(textOf(bytes)));
    expect(frames).toEqual(['two']);
  });

  test('says how far it has come when it tells a frame', () => {
    const framer = new DelimitedFramer(line);
    const taken: number[] = [];
    framer.push(bytesOf('one\r\ntwo\nrest'), () => taken.push(framer.taken));
    expect(taken).toEqual([5, 9]);
    expect(framer.taken).toBe(13);
    expect(framer.pending).toBe(4);
  });

  test('gives the frames that a plain split gives, however the stream is cut into chunks', () => {
    const delimiter = fc.constantFrom('\n', '\r\n', '\r', ';', 'aba', 'aab', 'aaaa');
    const stream = fc.string({ unit: fc.constantFrom('a', 'b', 'x', ';', '\r', '\n'), maxLength: 120 });
    fc.assert(
      fc.property(
        delimiter,
        stream,
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.nat(20)),
        (mark, text, max, sizes) => {
          const settings = { delimiter: bytesOf(mark), maxLength: max };
          const bytes = bytesOf(text);
          const chunks: Uint8Array[] = [];
          let at = 0;
          for (const size of sizes) {
            chunks.push(bytes.subarray(at, at + size));
            at += size;
          }
          const parts = cut(settings, [...chunks, bytes.subarray(at)]);
          expect(parts).toEqual(cut(settings, [bytes]));
          // A delimiter that can overlap itself is found from the left, as split finds it.
          expect(parts.frames).toEqual(expected(text, mark, max));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('loses no byte: each is in a frame, a delimiter, the count of the discarded or still pending', () => {
    const stream = fc.string({ unit: fc.constantFrom('a', 'b', ';'), maxLength: 200 });
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 5 }), (text, maxLength) => {
        const framer = new DelimitedFramer({ delimiter: bytesOf(';'), maxLength });
        let framed = 0;
        framer.push(bytesOf(text), (bytes) => {
          framed += bytes.length + 1;
        });
        const empty = text.split(';').filter((part, index, all) => part === '' && index < all.length - 1).length;
        expect(framed + empty + framer.discarded + framer.pending).toBe(text.length);
      }),
    );
  });

  test('takes a flood of 10 MB in bounded time and memory, and hears the next line', () => {
    const framer = new DelimitedFramer({ delimiter: bytesOf('\r\n'), maxLength: 256 });
    const flood = new Uint8Array(65_536).fill(0x0d);
    const before = process.memoryUsage().arrayBuffers;
    const start = cpuMs();
    for (let count = 0; count < 160; count++) framer.push(flood, () => expect.unreachable());
    const took = cpuMs() - start;
    expect(framer.discarded).toBe(160 * 65_536);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
    // A quadratic framer takes hours; this one a fraction of a second, also on a slow machine under load.
    expect(took).toBeLessThan(20_000);
    const frames: string[] = [];
    framer.push(bytesOf('\nnext\r\n'), (bytes) => frames.push(textOf(bytes)));
    expect(frames).toEqual(['next']);
  });
});
