import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../../drivers/contract/reading.ts';
import { SentenceFramer } from '../../../drivers/nmea0183/framer.ts';
import { bytesOf, receiver, valuesOf, withChecksum } from './logs.ts';

const RMC = '$GPRMC,043539.00,A,4333.190206,N,00127.618380,E,0.0,,040925,1.7,W,A,V*7C';
const RIGHT = { latitude: 43.5531701, longitude: 1.460306333 };
const AIS = '!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24';

/** The result of a stream: the values of each good frame, and the strays of the bad ones. */
function hear(stream: Uint8Array, size = stream.length, options: unknown = {}) {
  const device = receiver(options);
  const framer = new SentenceFramer();
  const values: Record<string, Value>[] = [];
  const strays: string[] = [];
  for (let at = 0; at < stream.length; at += size) {
    framer.push(stream.subarray(at, at + size), (frame) => {
      const decoded = device.decode(frame);
      if ('fault' in decoded) strays.push(decoded.stray);
      else values.push(valuesOf(decoded));
    });
  }
  return { values, strays, discarded: framer.discarded, skipped: framer.skipped };
}

function joined(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...(typeof part === 'string' ? bytesOf(part) : part)]));
}

describe('the framer of sentences', () => {
  test.each([1, 7, 400])(
    'reads the sentence behind 308 bytes of binary without a line feed, %i bytes at a time',
    (size) => {
      const binary = new Uint8Array(308).fill(0xb5);
      const { values, strays, discarded, skipped } = hear(joined(binary, `${RMC}\r\n`), size);
      expect(values).toMatchObject([RIGHT]);
      expect({ strays, discarded, skipped }).toEqual({ strays: [], discarded: 0, skipped: 308 });
    },
  );

  test('reads the second of two joined sentences and counts the first', () => {
    for (const first of ['$GPGGA,1235', RMC, withChecksum('GPGLL,4916.45,N,12311.12,W,225444,A,A'), AIS]) {
      const heard = hear(bytesOf(`${first}${RMC}\r\n`));
      expect(heard.values).toMatchObject([RIGHT]);
      expect(heard.strays).toEqual(['truncated']);
    }
  });

  test('never takes a sentence that was cut off for a whole one where no checksum is needed', () => {
    const { values, strays } = hear(bytesOf('$GPGGA,,4807.038,N,01131.000,E,1,08,0.9,54$GPTXT,1\r\n'), 1000, {
      checksum: 'optional',
    });
    expect(values).toEqual([{}]);
    expect(strays).toEqual(['truncated']);
  });

  test('counts the bytes between sentences without calling them a fault', () => {
    const heard = hear(joined(`${RMC}\r\n`, Uint8Array.of(0xb5, 0x62, 1, 7, 0), `${RMC}\r\n`));
    expect(heard.values).toMatchObject([RIGHT, RIGHT]);
    expect(heard).toMatchObject({ strays: [], skipped: 5, discarded: 0 });
  });

  test('takes no fault from binary bytes between sentences, whatever is in them', () => {
    const noise = fc
      .array(fc.integer({ min: 0x7f, max: 0xff }), { maxLength: 400 })
      .map((bytes) => Uint8Array.from(bytes));
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('$', '!', 'x', '\n', '\u0080'), { maxLength: 30 }),
        noise,
        (marks, bytes) => {
          // each line of it has a byte that no sentence has, right behind each start
          const binary = joined('\u0001', ...marks.map((mark) => `${mark}\u0001`), bytes);
          const heard = hear(joined(binary, `${RMC}\r\n`));
          expect(heard.values).toMatchObject([RIGHT]);
          expect(heard).toMatchObject({ strays: [], discarded: 0 });
          expect(heard.skipped).toBeGreaterThan(0);
        },
      ),
    );
  });

  test('throws a line away that is longer than the longest, and counts it', () => {
    const heard = hear(bytesOf(`$${'x'.repeat(256)}\n${RMC}\n`));
    expect(heard).toMatchObject({ values: [RIGHT], discarded: 258, strays: [] });
    expect(hear(bytesOf(`$${'x'.repeat(300)}${RMC}\n`))).toMatchObject({ values: [RIGHT], discarded: 301 });
    expect(hear(bytesOf(`$${'x'.repeat(255)}\n`))).toMatchObject({ strays: ['noise'], discarded: 0 });
  });

  test.each(['\r\n', '\n', '\r\r\n', ' \r\n', '\t \r\n', '\r'])('takes %j for the end of a line', (end) => {
    // the next start shows where a lone carriage return was the end
    const heard = hear(bytesOf(`${RMC}${end}${AIS}${end}$`));
    expect(heard.values).toMatchObject([RIGHT, {}]);
    expect(heard.strays).toEqual([]);
  });

  test('reads AIS and sentences side by side, also where one was cut', () => {
    expect(hear(bytesOf(`${AIS}\r\n${RMC}\r\n!AIVDM,1,1,,A${RMC}\r\n`))).toMatchObject({
      values: [{}, RIGHT, RIGHT],
      strays: ['truncated'],
    });
  });

  test('goes on with the sentence that begins where its listener threw', () => {
    const framer = new SentenceFramer();
    const fail = () => {
      throw new Error('listener');
    };
    expect(() => framer.push(bytesOf('$GPGGA,1$'), fail)).toThrow('listener');
    const frames: string[] = [];
    framer.push(bytesOf('GPTXT,1\r\n'), (frame) => frames.push(String.fromCharCode(...frame)));
    expect(frames).toEqual(['$GPTXT,1']);
  });

  test('gives no value that was not sent and hears the next whole sentence, whatever comes before, cut anywhere', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.string({ unit: fc.constantFrom(...'$!*,\r\nGPRMC0A '), maxLength: 300 }).map(bytesOf),
      fc.nat(RMC.length - 1).map((length) => bytesOf(RMC.slice(0, length))),
    );
    fc.assert(
      fc.property(noise, fc.integer({ min: 1, max: 64 }), (before, size) => {
        const stream = joined(before, `\n${RMC}\r\n`);
        const heard = hear(stream, size);
        expect(heard).toEqual(hear(stream));
        expect(heard.values.at(-1)).toMatchObject(RIGHT);
        for (const { latitude } of heard.values) expect([undefined, RIGHT.latitude]).toContain(latitude);
        // joined without a line end: the start alone is enough
        expect(hear(joined(before, `${RMC}\r\n`), size).values.at(-1)).toMatchObject(RIGHT);
      }),
      { numRuns: 1000 },
    );
  });
});
