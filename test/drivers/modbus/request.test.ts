import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Request } from '../../../drivers/modbus/request.ts';
import { intact, seal } from '../../../drivers/modbus/rtu/frame.ts';
import { frameAnswerLength, frameRequestLength } from '../../../drivers/modbus/rtu/length.ts';
import { hex, toHex } from '../../support/transcript.ts';
import { answerSize, decodeRequest, encodeData, encodeException, encodeRequest } from './frames.ts';

const address = fc.nat(65_535);
const words = (most: number) =>
  fc.integer({ min: 1, max: most }).chain((n) => fc.uint8Array({ minLength: n * 2, maxLength: n * 2 }));
const request: fc.Arbitrary<Request> = fc.oneof(
  fc.record({
    function: fc.constantFrom(1 as const, 2 as const),
    address,
    count: fc.integer({ min: 1, max: 2000 }),
  }),
  fc.record({ function: fc.constantFrom(3 as const, 4 as const), address, count: fc.integer({ min: 1, max: 125 }) }),
  fc.record({ function: fc.constant(5 as const), address, on: fc.boolean() }),
  fc.record({ function: fc.constant(6 as const), address, registers: words(1) }),
  fc.record({
    function: fc.constant(15 as const),
    address,
    coils: fc.array(fc.boolean(), { minLength: 1, maxLength: 1968 }),
  }),
  fc.record({ function: fc.constant(16 as const), address, registers: words(123) }),
  fc.record({
    function: fc.constant(23 as const),
    address,
    count: fc.integer({ min: 1, max: 125 }),
    writeAddress: address,
    registers: words(121),
  }),
);

describe('a request', () => {
  test('is the same after it went over the line', () => {
    fc.assert(
      fc.property(request, fc.integer({ min: 1, max: 247 }), (given, unit) => {
        const frame = encodeRequest(unit, given);
        expect(intact(frame, 0, frame.length)).toBe(true);
        expect(decodeRequest(frame)).toEqual(given);
      }),
    );
  });

  test('shows its length as soon as its own bytes tell, and never another one', () => {
    fc.assert(
      fc.property(request, (given) => {
        const frame = encodeRequest(1, given);
        expect(frameRequestLength(frame, 0)).toBe(frame.length);
        for (let end = 1; end < Math.min(frame.length, 14); end += 1) {
          expect(['unknown', frame.length]).toContain(frameRequestLength(frame.subarray(0, end), 0));
        }
      }),
    );
  });

  test.each([
    ['of no registers', '03 00 00 00 00'],
    ['of too many registers', '03 00 00 00 7E'],
    ['of too many coils', '01 00 00 07 D1'],
    ['of an unknown function', '2B 0D 01 00'],
    ['with a coil that is neither on nor off', '05 00 00 12 34'],
    ['whose size contradicts its count', '10 00 00 00 02 02 00 01'],
    ['whose coils contradict their count', '0F 00 00 00 09 01 FF'],
  ])('%s is not understood', (_, pdu) => {
    expect(decodeRequest(seal(1, hex(pdu)))).toBeUndefined();
  });
});

describe('an answer', () => {
  test('has the length that the question lets expect', () => {
    fc.assert(
      fc.property(request, (given) => {
        const size = answerSize(given);
        if (size === 8) return;
        const frame = encodeData(1, given, new Uint8Array(size - 5));
        expect(frame).toHaveLength(size);
        expect(frameAnswerLength(frame, 0)).toBe(size);
      }),
    );
  });

  test('that refuses is five bytes', () => {
    expect(toHex(encodeException(1, 1, 2))).toBe('01 81 02 C1 91');
    expect(frameAnswerLength(encodeException(1, 1, 2), 0)).toBe(5);
  });

  test('comes from no broadcast and no reserved unit', () => {
    for (const unit of [0, 248, 255]) expect(frameAnswerLength(Uint8Array.of(unit, 3, 2), 0)).toBe('none');
  });

  test('has a number of bytes that its function can have', () => {
    for (const bytes of ['01 03 00', '01 03 03', '01 03 FC', '01 01 FB', '01 17 01', '01 63 02']) {
      expect(frameAnswerLength(hex(bytes), 0)).toBe('none');
    }
    expect(frameAnswerLength(hex('01 01 03'), 0)).toBe(8);
    expect(frameAnswerLength(hex('01'), 0)).toBe('unknown');
    expect(frameAnswerLength(hex('01 03'), 0)).toBe('unknown');
  });
});
