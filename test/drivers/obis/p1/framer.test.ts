import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LONGEST_TELEGRAM, TelegramFramer } from '../../../../drivers/obis/p1/framer.ts';
import { bytesOf, hear, KEY, meter, sealed, telegram, valuesOf } from './meter.ts';

const GOOD = telegram(['1-0:1.7.0(01.193*kW)', '1-0:2.7.0(00.000*kW)']);
const VALUES = { 'power-import': 1.193, 'power-export': 0 };
const KEYED = { options: { keyFile: 'key' }, secrets: { keyFile: KEY } };

function framesOf(framer: TelegramFramer, chunks: readonly Uint8Array[]): readonly string[] {
  const frames: string[] = [];
  for (const chunk of chunks) framer.push(chunk, (bytes) => frames.push(String.fromCharCode(...bytes)));
  return frames;
}

/** Cut at these places, in their order. */
function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

describe('telegrams', () => {
  test('end at the fourth digit of the CRC, or at the end of the line', () => {
    expect(framesOf(new TelegramFramer(), [bytesOf('/a!1234\r\n/b!12\r/c!\n/d!12x/e!G000')])).toEqual([
      '/a!1234',
      '/b!12',
      '/c!',
      '/d!12x',
      '/e!G',
    ]);
  });

  test('that the next one cuts off are told so, and cost nothing else', () => {
    for (let length = 1; length < GOOD.length - 2; length++) {
      const { samples, faults } = hear(meter(), [bytesOf(GOOD.slice(0, length) + GOOD)]);
      expect(valuesOf({ samples })).toEqual(VALUES);
      expect(samples).toHaveLength(2);
      expect(faults).toEqual(['p1/truncated']);
    }
  });

  test('that lost any byte give no value', () => {
    for (let at = 0; at < GOOD.length - 2; at++) {
      expect(hear(meter(), [bytesOf(GOOD.slice(0, at) + GOOD.slice(at + 1))]).samples).toEqual([]);
    }
  });

  test('of which the beginning was missed are passed over', () => {
    const { samples, decoded } = hear(meter(), [bytesOf(GOOD.slice(5) + GOOD)]);
    expect(decoded).toHaveLength(1);
    expect(valuesOf({ samples })).toEqual(VALUES);
  });

  test('of up to 8 KB are read, longer ones thrown away whole and counted', () => {
    const long = (bytes: number) => {
      const front = `/${'x'.repeat(bytes - GOOD.length)}`;
      return telegram(['1-0:1.7.0(01.193*kW)', '1-0:2.7.0(00.000*kW)'], undefined, front);
    };
    const longest = long(LONGEST_TELEGRAM);
    expect(longest.indexOf('!')).toBeLessThan(LONGEST_TELEGRAM);
    expect(valuesOf(hear(meter(), [bytesOf(longest)]))).toEqual(VALUES);
    const framer = new TelegramFramer();
    const tooLong = long(3 * LONGEST_TELEGRAM);
    expect(framesOf(framer, [bytesOf(tooLong + GOOD)])).toEqual([GOOD.trimEnd()]);
    expect(framer.discarded).toBe(tooLong.length);
    expect(framer.skipped).toBe(0);
  });

  test('between noise are found, and the noise is counted', () => {
    const framer = new TelegramFramer();
    const noise = Uint8Array.of(0xff, 0xdb, 0x00, 0x41, 0xdb, 0x08, 0x01);
    const chunks = [noise, bytesOf(GOOD), Uint8Array.of(0x80, 0x90)];
    expect(framesOf(framer, chunks)).toEqual([GOOD.trimEnd()]);
    expect(framer.skipped).toBe(noise.length + 2);
  });

  test('with a byte that no text has are noise up to the next', () => {
    const framer = new TelegramFramer();
    expect(framesOf(framer, [bytesOf(GOOD.replace('1-0', '1\u0080-')), bytesOf(GOOD)])).toEqual([GOOD.trimEnd()]);
    // The line ends behind it are no noise.
    expect(framer.skipped).toBe(GOOD.length - 3 * 2);
  });

  test('a listener that throws costs that telegram alone', () => {
    const framer = new TelegramFramer();
    expect(() =>
      framer.push(bytesOf(GOOD.trimEnd()), () => {
        throw new Error('full');
      }),
    ).toThrow('full');
    expect(framesOf(framer, [bytesOf(GOOD)])).toEqual([GOOD.trimEnd()]);
  });

  test('an encrypted one whose length was damaged gives way to the next of the same meter', () => {
    const frame = sealed(GOOD, { counter: 1 });
    const damaged = frame.slice();
    damaged[11] = 0x1f;
    const { samples, faults } = hear(meter(KEYED), [damaged, frame, sealed(GOOD, { counter: 2 })]);
    expect(faults).toEqual(['p1/truncated']);
    expect(samples).toHaveLength(4);
  });
});

describe('hostile bytes', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.constantFrom(bytesOf(GOOD), bytesOf(GOOD.slice(0, 40)), bytesOf(GOOD.slice(40)), bytesOf('/!'), bytesOf('!')),
    fc.constantFrom(sealed(GOOD, { counter: 5 }), sealed(GOOD, { counter: 6 }).subarray(0, 60), bytesOf('\xdb\x08')),
    fc.string({ unit: 'binary-ascii', maxLength: 60 }).map((text) => bytesOf(`/ABC5${text}!\r\n`)),
  );

  test('cut anywhere give the same frames, never throw, and never more than was sent', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 8 }), (pieces, places) => {
        const bytes = Uint8Array.from(pieces.flatMap((each) => [...each]));
        const [whole, parted] = [new TelegramFramer(), new TelegramFramer()];
        const frames = framesOf(whole, [bytes]);
        expect(framesOf(parted, cut(bytes, places))).toEqual(frames);
        expect([parted.discarded, parted.skipped]).toEqual([whole.discarded, whole.skipped]);
        expect(whole.discarded + whole.skipped).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });

  test('give only values that a right telegram holds', () => {
    for (const setup of [{}, KEYED]) {
      const device = meter(setup);
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 8 }), (pieces, places) => {
          const bytes = Uint8Array.from(pieces.flatMap((each) => [...each]));
          const { decoded, samples } = hear(device, cut(bytes, places));
          for (const each of decoded) if ('fault' in each) expect(each.fault.code).toMatch(/^p1\//);
          for (const { point, value, doubtful } of samples) {
            if (doubtful !== true) expect(value).toBe(VALUES[point as keyof typeof VALUES]);
          }
        }),
      );
    }
  });

  test('of one flipped bit in a telegram with a CRC give no value', () => {
    const bytes = bytesOf(GOOD.trimEnd());
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const { samples } = hear(meter(), [flipped]);
      // A digit of the CRC in small letters is the same digit.
      const same = String.fromCharCode(...flipped).toUpperCase() === GOOD.trimEnd().toUpperCase();
      if (!same || bit >> 3 < bytes.length - 4) expect(samples, `bit ${bit}`).toEqual([]);
    }
  });
});
