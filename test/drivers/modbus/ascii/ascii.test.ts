import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../../../drivers/contract/reading.ts';
import { writeFrame } from '../../../../drivers/modbus/ascii/frame.ts';
import { type Asked, asked } from '../../../support/dialogue.ts';
import { hex, toHex } from '../../../support/transcript.ts';
import { asciiDevice, LINE } from '../support.ts';

const holding = (name: string, address: number, more: Record<string, unknown> = {}) => ({
  ...{ name, register: 'holding', address, type: 'uint16' },
  ...more,
});
const POINTS = [holding('a', 107), holding('b', 108), holding('c', 109)];
/** Made from the definition of the checksum (Modbus over Serial Line V1.02, 6.2.1). */
const frame = (unit: number, pdu: string) => writeFrame(unit, hex(pdu));
const ANSWER = frame(1, '03 06 02 2B 00 00 00 64');
const VALUES = { a: 555, b: 0, c: 100 };

const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);
const bytes = (characters: string) => Uint8Array.from(characters, (each) => each.charCodeAt(0));
const join = (...parts: readonly (Uint8Array | string)[]) =>
  Uint8Array.from(parts.flatMap((part) => [...(typeof part === 'string' ? bytes(part) : part)]));

function made(points: readonly Record<string, unknown>[] = POINTS, options: Record<string, unknown> = {}): Asked {
  return asked(asciiDevice(points, options).plan(points.map(({ name }) => String(name)))[0]);
}

function feed({ answer }: Asked, received: Uint8Array, sizes: readonly number[] = []) {
  let end = 0;
  for (const size of sizes) {
    end = Math.min(received.length, end + size);
    const verdict = answer(received.subarray(0, end), false);
    if (verdict.state !== 'more') return verdict;
  }
  const verdict = answer(received, false);
  return verdict.state === 'more' ? answer(received, true) : verdict;
}

function valuesOf(verdict: ReturnType<typeof feed>): Record<string, Value> | string {
  if (verdict.state === 'failed') return verdict.fault.code;
  if (verdict.state === 'more') return 'more';
  return Object.fromEntries(verdict.samples.map(({ point, value }) => [point, value]));
}

describe('a request', () => {
  test('is a colon, capital digits, checksum, CR and LF', () => {
    // 01 + 03 + 00 + 6B + 00 + 03 = 72; its two's complement is 8E
    expect(text(made().request)).toBe(':0103006B00038E\r\n');
  });

  test('needs no silence before it', () => {
    expect(made().quietBefore).toBeUndefined();
  });

  test('is waited for as long as its answer may pause', () => {
    const { timeout, beginWithin, idle, answerLength, lateWithin } = made(POINTS, { timeoutMs: 200 });
    expect(answerLength).toBe(ANSWER.length);
    expect(beginWithin).toBeCloseTo(200 + LINE.characterMs);
    expect(idle).toBeCloseTo(1000 + LINE.characterMs);
    expect(timeout).toBeCloseTo(200 + 3000 + ANSWER.length * LINE.characterMs);
    expect(lateWithin).toBeGreaterThanOrEqual(timeout);
  });
});

describe('an answer', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 60 });

  test('is taken however it is cut, in capital or small digits', () => {
    fc.assert(
      fc.property(sizes, fc.boolean(), (cut, isSmall) => {
        const received = isSmall ? bytes(text(ANSWER).toLowerCase()) : ANSWER;
        const verdict = feed(made(), received, cut);
        expect(valuesOf(verdict)).toEqual(VALUES);
        expect(verdict).toMatchObject({ used: ANSWER.length, strays: [] });
      }),
    );
  });

  test('ends with its LF and not before', () => {
    expect(made().answer(ANSWER.subarray(0, -1), false)).toEqual({ state: 'more' });
    expect(made().answer(ANSWER, false).state).toBe('done');
  });

  test.each([
    ['noise', join('\0\xffxx'), ['noise']],
    ['a frame that begins anew', join(':01030602'), ['truncated']],
    ['its echo', join(':0103006B00038E\r\n'), ['echo']],
    ['a frame of another unit', frame(2, '03 06 00 01 00 02 00 03'), ['foreign']],
    ['an answer to another question', frame(1, '04 06 00 01 00 02 00 03'), ['foreign']],
    ['an answer to a longer question', frame(1, '03 08 00 01 00 02 00 03 00 04'), ['foreign']],
    ['a spoilt frame of another unit', join(':020306000100020003FF\r\n'), ['checksum']],
  ])('is taken behind %s', (_, before, strays) => {
    const verdict = feed(made(), join(before, ANSWER));
    expect(valuesOf(verdict)).toEqual(VALUES);
    expect(verdict).toMatchObject({ strays });
  });

  test.each([
    ['whose checksum is wrong', join(text(ANSWER).slice(0, -4), '00\r\n'), 'modbus/checksum'],
    ['with an odd number of digits', join(text(ANSWER).slice(0, -3), '\r\n'), 'modbus/checksum'],
    ['with a character that is no digit', join(text(ANSWER).replace('B', 'G')), 'modbus/checksum'],
    ['without its end', ANSWER.subarray(0, -2), 'modbus/truncated'],
    ['that ends with LF alone', join(text(ANSWER).replace('\r', '')), 'modbus/checksum'],
    ['without a colon', ANSWER.subarray(1), 'device/garbled'],
    ['that is empty', join(':\r\n'), 'modbus/checksum'],
    ['of another unit', frame(2, '03 06 02 2B 00 00 00 64'), 'modbus/foreign-unit'],
    ['that is our own request', join(':0103006B00038E\r\n'), 'modbus/echo'],
    ['that is our own request, cut short', join(':0103006B'), 'modbus/echo'],
    ['that never comes', join(''), 'device/silent'],
  ])('%s is none', (_, received, code) => {
    expect(valuesOf(feed(made(), received))).toBe(code);
  });

  test('that came whole and damaged ends a read at once, and leaves a write open', () => {
    const spoilt = join(text(ANSWER).slice(0, -4), '00\r\n');
    expect(made().answer(spoilt, false)).toMatchObject({ state: 'failed', consequence: 'damaged', answered: true });
    const [dialogue] = asciiDevice([holding('a', 1, { writable: true })]).write(new Map([['a', 3]]));
    const write = asked(dialogue);
    const damaged = join(':010600010003FF\r\n');
    expect(write.answer(damaged, false)).toMatchObject({ state: 'failed', answered: false });
    expect(write.answer(frame(1, '06 00 01 00 03'), false)).toMatchObject({ state: 'done', samples: [] });
  });

  test('by which the device refuses ends the exchange at once', () => {
    const verdict = made().answer(frame(1, '83 02'), false);
    expect(verdict).toMatchObject({
      fault: { code: 'modbus/illegal-address' },
      consequence: 'refused',
      answered: true,
    });
  });

  test('is never taken with a changed character, but for the case of a letter', () => {
    fc.assert(
      fc.property(fc.nat(ANSWER.length - 1), fc.integer({ min: 1, max: 255 }), sizes, (place, change, cut) => {
        const received = ANSWER.slice();
        received[place] = (received[place] ?? 0) ^ change;
        const isCase = text(received).toUpperCase() === text(ANSWER);
        expect(feed(made(), received, cut).state).toBe(isCase ? 'done' : 'failed');
      }),
      { numRuns: 500 },
    );
  });

  test('of any values is read as they were sent', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(65_535), { minLength: 3, maxLength: 3 }), ([a = 0, b = 0, c = 0]) => {
        const data = toHex(Uint8Array.from([a, b, c].flatMap((each) => [each >> 8, each & 0xff])));
        expect(valuesOf(feed(made(), frame(1, `03 06 ${data}`)))).toEqual({ a, b, c });
      }),
    );
  });
});
