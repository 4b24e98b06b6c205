import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kermit, x25 } from '../../../../drivers/framing/crc16-x25.ts';
import { TelegramFramer } from '../../../../drivers/obis/sml/framer.ts';
import { LONGEST_TELEGRAM } from '../../../../drivers/obis/sml/limits.ts';
import { unwrap } from '../../../../drivers/obis/sml/transport.ts';
import { telegram } from '../../../../scripts/sim/sml-encoder.ts';
import { fromHex, toHex } from './meters.ts';

const START = '1b1b1b1b01010101';
const GOOD = telegram([[0xca, 0xfe, 0xba, 0xbe]]);

/** The result of a stream: the payload of each sound telegram, and the faults of the others. */
function hear(stream: Uint8Array, size = stream.length) {
  const framer = new TelegramFramer();
  const payloads: string[] = [];
  const wrong: string[] = [];
  for (let at = 0; at < stream.length; at += size) {
    framer.push(stream.subarray(at, at + size), (frame) => {
      const unwrapped = unwrap(frame);
      if (unwrapped.kind !== 'whole') wrong.push(unwrapped.kind);
      else if (unwrapped.checksum === undefined) wrong.push('checksum');
      else payloads.push(toHex(unwrapped.payload));
    });
  }
  return { payloads, wrong, skipped: framer.skipped, discarded: framer.discarded };
}

function joined(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...(typeof part === 'string' ? fromHex(part) : part)]));
}

test('the checksums have the check values of the catalogue', () => {
  const digits = new TextEncoder().encode('123456789');
  expect(x25(digits)).toBe(0x906e);
  expect(kermit(digits)).toBe(0x2189);
});

describe('the framer of telegrams', () => {
  test('undoes escapes and cuts fill bytes off, whatever the payload, with either checksum', () => {
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.array(fc.constantFrom(0x1b, 0x1a, 0x01, 0x00), { maxLength: 64 }).map((bytes) => Uint8Array.from(bytes)),
      // runs of the escape byte, also right before the end
      fc.nat(40).map((length) => new Uint8Array(length).fill(0x1b)),
    );
    fc.assert(
      fc.property(payload, fc.constantFrom('x25', 'kermit'), fc.integer({ min: 1, max: 64 }), (bytes, sum, size) => {
        const stream = telegram([[...bytes]], sum as 'x25');
        const right = { payloads: [toHex(bytes)], wrong: [], skipped: 0, discarded: 0 };
        expect(hear(stream, size)).toEqual(right);
      }),
      { numRuns: 2000 },
    );
  });

  test('passes over what lies between telegrams, and counts it', () => {
    const stream = joined('00011b1b1b1b', GOOD, '1b1b1b1b0101', GOOD, '1b01');
    for (const size of [1, 3, stream.length]) {
      expect(hear(stream, size)).toEqual({
        payloads: ['cafebabe', 'cafebabe'],
        wrong: [],
        // of the last two bytes one may begin a telegram no more
        skipped: 6 + 6 + 2,
        discarded: 0,
      });
    }
  });

  test('tells a telegram that the next start cut off as truncated, and reads the next one', () => {
    for (let length = 8; length < GOOD.length; length++) {
      const heard = hear(joined(GOOD.subarray(0, length), GOOD));
      expect(heard.payloads, String(length)).toEqual(['cafebabe']);
      expect(heard.wrong, String(length)).toHaveLength(1);
    }
  });

  test('finds a start that looks like an escaped escape because the telegram before was cut in its own', () => {
    const cut = joined(START, 'cafebabe', '1b1b1b1b');
    expect(hear(joined(cut, GOOD))).toMatchObject({ payloads: ['cafebabe'], wrong: ['truncated'] });
    // and takes it for data where the checksum says so
    const payload = fromHex('1b1b1b1b01010101');
    expect(hear(telegram([[...payload]]))).toMatchObject({ payloads: [toHex(payload)], wrong: [] });
  });

  test('refuses escapes of other versions, and goes on with the next start', () => {
    const heard = hear(joined(START, 'cafebabe', '1b1b1b1b02020202', 'cafebabe', GOOD));
    expect(heard).toMatchObject({ payloads: ['cafebabe'], wrong: ['malformed'] });
    expect(hear(joined('1b1b1b1b02020202', GOOD.subarray(8)))).toMatchObject({ payloads: [], wrong: [] });
  });

  test('refuses a telegram whose length is no multiple of four, whose fill is none, and one with a wrong checksum', () => {
    const withSum = (hex: string) => {
      const sum = x25(fromHex(hex));
      return joined(hex, Uint8Array.of(sum & 0xff, sum >>> 8));
    };
    expect(hear(withSum(`${START}cafebabe001b1b1b1b1a00`)).wrong).toEqual(['malformed']);
    expect(hear(withSum(`${START}cafeba011b1b1b1b1a01`)).wrong).toEqual(['malformed']);
    expect(hear(withSum(`${START}000000001b1b1b1b1a04`)).wrong).toEqual(['malformed']);
    expect(hear(withSum(`${START}1b1b1b1b1a01`)).wrong).toEqual(['malformed']);
    expect(hear(withSum(`${START}cafebabe1b1b1b1b1a00`)).payloads).toEqual(['cafebabe']);
    for (let at = 8; at < GOOD.length; at++) {
      const damaged = Uint8Array.from(GOOD, (byte, index) => (index === at ? byte ^ 0x20 : byte));
      expect(hear(damaged).payloads, String(at)).toEqual([]);
    }
  });

  test('throws a telegram away that is longer than the longest, and counts it', () => {
    const longest = telegram([new Array<number>(LONGEST_TELEGRAM - 16).fill(7)]);
    expect(longest).toHaveLength(LONGEST_TELEGRAM);
    expect(hear(longest, 100).payloads).toHaveLength(1);
    const longer = telegram([new Array<number>(LONGEST_TELEGRAM - 12).fill(7)]);
    const heard = hear(joined(longer, GOOD), 100);
    expect(heard).toMatchObject({ payloads: ['cafebabe'], wrong: [] });
    expect(heard.discarded + heard.skipped).toBe(longer.length);
    expect(heard.discarded).toBe(LONGEST_TELEGRAM + 1);
  });

  test('goes on where its listener threw', () => {
    const framer = new TelegramFramer();
    expect(() =>
      framer.push(joined(START, 'ca', START), () => {
        throw new Error('listener');
      }),
    ).toThrow('listener');
    const frames: string[] = [];
    framer.push(GOOD.subarray(8), (frame) => frames.push(toHex(frame)));
    expect(frames).toEqual([toHex(GOOD)]);
  });

  test('gives no telegram that was not sent and hears a whole one, whatever comes before, cut anywhere', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.constantFrom(0x1b, 0x1a, 0x01, 0x00), { maxLength: 100 }).map((bytes) => Uint8Array.from(bytes)),
      fc.nat(GOOD.length - 1).map((length) => GOOD.slice(0, length)),
    );
    fc.assert(
      fc.property(noise, fc.integer({ min: 1, max: 64 }), (before, size) => {
        const stream = joined(before, GOOD, GOOD);
        const heard = hear(stream, size);
        expect(heard).toEqual(hear(stream));
        expect(heard.payloads.at(-1)).toBe('cafebabe');
        expect(new Set(heard.payloads)).toEqual(new Set(['cafebabe']));
      }),
      { numRuns: 3000 },
    );
  });
});
