import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { milliseconds } from '../../../../drivers/contract/duration.ts';
import { crc16 } from '../../../../drivers/framing/crc16.ts';
import { answerSize, confirmation, encodeData, encodeException } from '../../../../drivers/modbus/answer.ts';
import { encodeRequest, type Request } from '../../../../drivers/modbus/request.ts';
import { dialogue } from '../../../../drivers/modbus/rtu/exchange.ts';
import { intact, seal } from '../../../../drivers/modbus/rtu/frame.ts';
import { MOST_BYTES } from '../../../../drivers/modbus/rtu/scan.ts';
import { type Flat, asked as flat } from '../../../support/dialogue.ts';
import { hex, toHex } from '../../../support/transcript.ts';
import { LINE } from '../support.ts';

const UNIT = 1;
const setup = { options: { unit: UNIT, timeoutMs: 300, lateMs: 2000 }, line: LINE };

/** The data bytes of the answer as hex are its one value, so that tests see what was accepted. */
function ask(request: Request, unit = UNIT) {
  const options = { ...setup.options, unit };
  return flat(dialogue({ ...setup, options }, request, ['data'], (data) => [{ point: 'data', value: toHex(data) }]));
}

function accepted(answer: Flat): string | undefined {
  return answer.state === 'done' ? String(answer.samples[0]?.value) : undefined;
}

/** Gives the bytes in chunks until there is a verdict. */
function feed(request: Request, bytes: Uint8Array, chunks: readonly number[] = [], unit = UNIT): Flat {
  const { answer } = ask(request, unit);
  let end = 0;
  for (const size of chunks) {
    end = Math.min(bytes.length, end + size);
    const verdict = answer(bytes.subarray(0, end), false);
    if (verdict.state !== 'more') return verdict;
  }
  const verdict = answer(bytes, false);
  return verdict.state === 'more' ? answer(bytes, true) : verdict;
}

const read = fc.record({
  function: fc.constantFrom(1 as const, 2 as const, 3 as const, 4 as const),
  address: fc.nat(65_000),
  count: fc.integer({ min: 1, max: 125 }),
});
/** A read and data that answer it. */
const asked = read.chain((request) => {
  const size = request.function <= 2 ? Math.ceil(request.count / 8) : request.count * 2;
  return fc.tuple(fc.constant(request as Request), fc.uint8Array({ minLength: size, maxLength: size }));
});
const registers = fc.integer({ min: 1, max: 60 }).chain((n) => fc.uint8Array({ minLength: n * 2, maxLength: n * 2 }));
const write = fc.oneof(
  fc.record({ function: fc.constant(5 as const), address: fc.nat(65_535), on: fc.boolean() }),
  fc.record({
    function: fc.constant(6 as const),
    address: fc.nat(65_535),
    registers: fc.uint8Array({ minLength: 2, maxLength: 2 }),
  }),
  fc.record({
    function: fc.constant(15 as const),
    address: fc.nat(60_000),
    coils: fc.array(fc.boolean(), { minLength: 1, maxLength: 300 }),
  }),
  fc.record({ function: fc.constant(16 as const), address: fc.nat(60_000), registers }),
);
const chunks = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 60 });

describe('an answer to a read', () => {
  test('is found however it is cut into chunks', () => {
    fc.assert(
      fc.property(asked, chunks, ([request, data], sizes) => {
        const verdict = feed(request, encodeData(UNIT, request, data), sizes);
        expect(accepted(verdict)).toBe(toHex(data));
        expect(verdict).toMatchObject({ state: 'done', used: answerSize(request), strays: [] });
      }),
    );
  });

  test('is not waited for a byte longer than it is long', () => {
    fc.assert(
      fc.property(asked, ([request, data]) => {
        const frame = encodeData(UNIT, request, data);
        const { answer } = ask(request);
        expect(answer(frame.subarray(0, -1), false).state).toBe('more');
        expect(answer(frame, false).state).toBe('done');
      }),
    );
  });

  test('is found behind any noise, by the end of its time at the latest', () => {
    fc.assert(
      fc.property(asked, fc.uint8Array({ minLength: 1, maxLength: 40 }), chunks, ([request, data], noise, sizes) => {
        const verdict = feed(request, Buffer.concat([noise, encodeData(UNIT, request, data)]), sizes);
        // Noise that is a whole frame by chance, or that the checksum takes for our answer, is 1 in 65536 per place.
        expect(accepted(verdict)).toBe(toHex(data));
      }),
      { seed: 1 },
    );
  });

  test('is found at once behind bytes that can begin no frame', () => {
    fc.assert(
      fc.property(asked, fc.array(fc.constantFrom(0xf8, 0xfe, 0xff), { maxLength: 9 }), ([request, data], noise) => {
        const verdict = ask(request).answer(
          Buffer.concat([hex('00'), Buffer.from(noise), encodeData(UNIT, request, data)]),
          false,
        );
        expect(verdict).toMatchObject({ state: 'done' });
        expect(verdict.state === 'done' && verdict.strays).toEqual(['noise']);
      }),
    );
  });

  test('is found behind its echo and behind frames of other units', () => {
    fc.assert(
      fc.property(asked, asked, chunks, fc.integer({ min: 2, max: 247 }), ([request, data], other, sizes, unit) => {
        const bytes = [
          encodeRequest(UNIT, request),
          encodeRequest(unit, other[0]),
          encodeData(unit, ...other),
          encodeData(UNIT, request, data),
        ];
        const verdict = feed(request, Buffer.concat(bytes).subarray(-MOST_BYTES), sizes);
        if (Buffer.concat(bytes).length > MOST_BYTES) return;
        expect(accepted(verdict)).toBe(toHex(data));
        expect(verdict.state === 'done' && verdict.strays).toEqual(['echo', 'foreign', 'foreign']);
      }),
    );
  });

  test('is found behind a late answer to a longer or shorter question', () => {
    fc.assert(
      fc.property(asked, asked, chunks, ([request, data], [other, late], sizes) => {
        if (other.function === request.function && answerSize(other) === answerSize(request)) return;
        const bytes = Buffer.concat([encodeData(UNIT, other, late), encodeData(UNIT, request, data)]);
        const verdict = feed(request, bytes, sizes);
        expect(accepted(verdict)).toBe(toHex(data));
        expect(verdict).toMatchObject({ strays: ['foreign'] });
      }),
    );
  });

  test('is found behind a late answer to a longer question of the same function', () => {
    const request: Request = { function: 3, address: 0, count: 2 };
    const longer: Request = { function: 3, address: 0, count: 20 };
    const bytes = Buffer.concat([
      encodeData(UNIT, longer, new Uint8Array(40).fill(7)),
      encodeData(UNIT, request, hex('12 34 56 78')),
    ]);
    expect(accepted(feed(request, bytes, new Array(bytes.length).fill(1)))).toBe('12 34 56 78');
  });

  test('that ends too early gives no value', () => {
    fc.assert(
      fc.property(asked, fc.nat(300), chunks, ([request, data], keep, sizes) => {
        const frame = encodeData(UNIT, request, data);
        const cut = frame.subarray(0, 1 + (keep % (frame.length - 1)));
        const verdict = feed(request, cut, sizes);
        expect(verdict).toMatchObject({ state: 'failed', answered: false });
        // Where the data look like the request's first bytes, it is as well an echo that was cut short.
        expect(['modbus/truncated', 'modbus/echo']).toContain(verdict.state === 'failed' && verdict.fault.code);
      }),
    );
  });

  test('with one or two flipped bits is never taken', () => {
    fc.assert(
      fc.property(asked, fc.nat(), fc.nat(), chunks, ([request, data], first, second, sizes) => {
        const frame = encodeData(UNIT, request, data);
        for (const flip of new Set([first % (frame.length * 8), second % (frame.length * 8)])) {
          frame[flip >>> 3] = (frame[flip >>> 3] ?? 0) ^ (1 << (flip & 7));
        }
        expect(feed(request, frame, sizes).state).toBe('failed');
      }),
      { numRuns: 500 },
    );
  });

  test('whose data or checksum are damaged fails at its full length, without waiting', () => {
    fc.assert(
      fc.property(asked, fc.nat(), fc.integer({ min: 1, max: 255 }), ([request, data], place, change) => {
        const frame = encodeData(UNIT, request, data);
        const at = 3 + (place % (frame.length - 3));
        frame[at] = (frame[at] ?? 0) ^ change;
        const verdict = ask(request).answer(frame, false);
        // Data that hold our unit and function once more could be the beginning of the answer.
        if (verdict.state === 'more') expect(toHex(frame.subarray(1))).toContain(toHex(frame.subarray(0, 2)));
        else
          expect(verdict).toMatchObject({ fault: { code: 'modbus/checksum' }, answered: true, strays: ['checksum'] });
      }),
      { seed: 2 },
    );
  });

  test('is not taken out of another unit’s data', () => {
    fc.assert(
      fc.property(asked, fc.integer({ min: 2, max: 247 }), chunks, ([request, data], unit, sizes) => {
        const inner = encodeData(UNIT, request, data);
        if (inner.length > 248) return;
        const padded = Buffer.concat([inner, hex('00'.repeat(2 - (inner.length % 2)))]);
        const outer = seal(unit, [3, padded.length, ...padded]);
        expect(feed(request, outer, sizes)).toMatchObject({ state: 'failed', fault: { code: 'modbus/foreign-unit' } });
      }),
    );
  });

  test('is not taken from a question with another count or function, or from another unit', () => {
    fc.assert(
      fc.property(asked, asked, fc.integer({ min: 1, max: 247 }), chunks, ([request], other, unit, sizes) => {
        const frame = encodeData(unit, ...other);
        const same =
          unit === UNIT && other[0].function === request.function && answerSize(other[0]) === answerSize(request);
        expect(feed(request, frame, sizes).state).toBe(same ? 'done' : 'failed');
      }),
    );
  });

  test('is never made of any bytes without a frame of ours in them', () => {
    fc.assert(
      fc.property(asked, fc.uint8Array({ maxLength: 700 }), chunks, ([request], bytes, sizes) => {
        const verdict = feed(request, bytes, sizes);
        const { length } = bytes;
        expect(verdict).toMatchObject({ state: 'failed' });
        if (length > MOST_BYTES) expect(verdict).toMatchObject({ fault: { code: 'device/garbled' }, answered: false });
      }),
      { seed: 3 },
    );
  });
});

describe('bytes without end', () => {
  const request: Request = { function: 3, address: 0, count: 1 };

  test('are given up once no answer could have that much before it, without waiting', () => {
    const flood = new Uint8Array(MOST_BYTES + 1);
    expect(ask(request).answer(flood.subarray(1), false)).toEqual({ state: 'more' });
    expect(ask(request).answer(flood, false)).toMatchObject({ fault: { code: 'device/garbled' }, answered: false });
  });

  test('hide no answer behind them', () => {
    const late = Buffer.concat([new Uint8Array(MOST_BYTES), encodeData(UNIT, request, hex('12 34'))]);
    expect(ask(request).answer(late, true).state).toBe('failed');
  });
});

describe('a read whose echo has the form of an answer', () => {
  // 19 coils from 0x0301 on: the third byte of the request, 03, is also the number of bytes that 19 coils take.
  const request: Request = { function: 1, address: 0x0301, count: 19 };

  test('does not take its echo', () => {
    expect(feed(request, encodeRequest(UNIT, request))).toMatchObject({ fault: { code: 'modbus/echo' } });
  });

  test('takes the answer behind it', () => {
    const bytes = Buffer.concat([encodeRequest(UNIT, request), encodeData(UNIT, request, hex('01 02 03'))]);
    expect(accepted(feed(request, bytes))).toBe('01 02 03');
  });

  test('does not take the first bytes of its echo, where these have a right checksum', () => {
    let found = 0;
    for (let unit = 1; unit <= 247; unit += 1) {
      for (let address = 0x0100; address < 0x0200; address += 1) {
        const coils = crc16(Uint8Array.of(unit, 1, 1, address & 0xff)) >>> 8;
        const echo = encodeRequest(unit, { function: 1, address, count: coils });
        if (coils < 1 || coils > 8 || !intact(echo, 0, 6)) continue;
        found += 1;
        const verdict = feed({ function: 1, address, count: coils }, echo, [1, 1, 1, 1, 1, 1, 1, 1], unit);
        expect(verdict).toMatchObject({ fault: { code: 'modbus/echo' } });
      }
    }
    expect(found).toBeGreaterThan(0);
  });
});

describe('a confirmation of a write', () => {
  test('is found however it is cut, behind noise that begins no frame', () => {
    fc.assert(
      fc.property(write, fc.array(fc.constant(0xff), { maxLength: 5 }), chunks, (request, noise, sizes) => {
        const verdict = feed(request, Buffer.concat([Buffer.from(noise), confirmation(UNIT, request)]), sizes);
        expect(verdict).toMatchObject({ state: 'done', used: noise.length + 8 });
      }),
    );
  });

  test('of another write is never taken', () => {
    fc.assert(
      fc.property(write, write, chunks, (request, other, sizes) => {
        const frame = confirmation(UNIT, other);
        const same = toHex(frame) === toHex(confirmation(UNIT, request));
        const verdict = feed(request, frame, sizes);
        if (same) expect(verdict.state).toBe('done');
        else {
          const code = request.function === other.function ? 'modbus/wrong-confirmation' : 'modbus/wrong-function';
          expect(verdict).toMatchObject({ state: 'failed', fault: { code }, answered: false });
        }
      }),
    );
  });

  test('that is damaged leaves open whether the device acted', () => {
    fc.assert(
      fc.property(write, fc.nat(), (request, place) => {
        const frame = confirmation(UNIT, request);
        const at = 2 + (place % 6);
        frame[at] = (frame[at] ?? 0) ^ 0x10;
        expect(feed(request, frame)).toMatchObject({ fault: { code: 'modbus/checksum' }, answered: false });
      }),
    );
  });

  test('of several coils or registers is not its echo', () => {
    fc.assert(
      fc.property(write, chunks, (request, sizes) => {
        if (request.function === 5 || request.function === 6) return;
        const echo = encodeRequest(UNIT, request);
        expect(feed(request, echo, sizes)).toMatchObject({ fault: { code: 'modbus/echo' } });
        const both = Buffer.concat([echo, confirmation(UNIT, request)]);
        expect(feed(request, both, sizes)).toMatchObject({ state: 'done', strays: ['echo'] });
      }),
    );
  });
});

describe('an exception', () => {
  const OPEN = [5, 10, 11];

  test('ends the exchange at once and says that the device refused', () => {
    fc.assert(
      fc.property(fc.oneof(read, write), fc.integer({ min: 1, max: 255 }), (request, exception) => {
        const verdict = ask(request).answer(encodeException(UNIT, request.function, exception), false);
        const consequence = request.function > 4 && OPEN.includes(exception) ? 'may-have-acted' : 'refused';
        expect(verdict).toMatchObject({ state: 'failed', answered: true, consequence });
      }),
    );
  });

  test('of a write leaves it open for 5, 10 and 11, whichever function wrote, and is a plain no for all others', () => {
    fc.assert(
      fc.property(write, fc.integer({ min: 1, max: 255 }), (request, exception) => {
        const verdict = ask(request).answer(encodeException(UNIT, request.function, exception), false);
        expect(verdict).toMatchObject({ consequence: OPEN.includes(exception) ? 'may-have-acted' : 'refused' });
      }),
    );
    const registers = Uint8Array.of(0, 1);
    const both: Request = { function: 23, address: 0, count: 1, writeAddress: 0, registers };
    for (const exception of OPEN) {
      expect(feed(both, encodeException(UNIT, 23, exception))).toMatchObject({ consequence: 'may-have-acted' });
    }
  });

  test('of a read leaves nothing open', () => {
    fc.assert(
      fc.property(read, fc.integer({ min: 1, max: 255 }), (request, exception) => {
        expect(feed(request, encodeException(UNIT, request.function, exception))).toMatchObject({
          consequence: 'refused',
        });
      }),
    );
  });

  test('for another function is not ours', () => {
    const request: Request = { function: 3, address: 0, count: 1 };
    expect(feed(request, encodeException(UNIT, 4, 2))).toMatchObject({ fault: { code: 'modbus/wrong-function' } });
  });
});

describe('an exchange', () => {
  const request: Request = { function: 3, address: 0, count: 10 };

  test('allows for the time that its answer takes on the line', () => {
    const { timeout, lateWithin, answerLength } = ask(request);
    expect(answerLength).toBe(25);
    expect(timeout).toBeCloseTo(300 + 25 * LINE.characterMs);
    expect(lateWithin).toBeCloseTo(2000 + 25 * LINE.characterMs);
  });

  test('never thinks an answer too late that is still waited for', () => {
    const options = { unit: 1, timeoutMs: 5000, lateMs: 0 };
    const made = flat(dialogue({ options, line: LINE }, request, [], () => []));
    expect(made.lateWithin).toBe(made.timeout);
    expect(made.timeout).toBeGreaterThanOrEqual(milliseconds(5000));
  });

  test('has the signature of every exchange whose answer could be taken for its own', () => {
    const same = ask({ function: 3, address: 500, count: 10 }).signature;
    expect(ask(request).signature).toBe(same);
    expect(ask({ ...request, count: 11 }).signature).not.toBe(same);
    expect(ask({ ...request, function: 4 }).signature).not.toBe(same);
    expect(ask(request, 2).signature).not.toBe(same);
    expect(ask({ function: 5, address: 1, on: true }).signature).toBe(
      ask({ function: 5, address: 2, on: false }).signature,
    );
  });
});
