import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ABSENT,
  type Encoded,
  integer,
  list,
  message,
  octets,
  telegram,
  unsigned,
} from '../../../../scripts/sim/sml-encoder.ts';
import { listEntry, listTelegram } from '../../../../scripts/sim/sml-meter.ts';
import { hearMeter, meter } from './meters.ts';

/** Seconds for each property; absent: so many runs as take a second or two. */
const FUZZ_S = Number(process.env.FIELDWARD_FUZZ_S ?? 0);
const RUNS = {
  numRuns: FUZZ_S > 0 ? Number.MAX_SAFE_INTEGER : 500,
  interruptAfterTimeLimit: FUZZ_S > 0 ? FUZZ_S * 1000 : 60_000,
};

/** The figures of the runs, for people who let them run for minutes. */
function report(name: string, { runs, bytes, slowest }: { runs: number; bytes: number; slowest: number }): void {
  if (FUZZ_S > 0) console.log(`${name}: ${runs} runs, ${bytes} bytes, slowest telegram ${slowest.toFixed(2)} ms`);
}

const device = meter();
const ENERGY = 8_123_456n;
const good = listTelegram([listEntry([1, 0, 1, 8, 0, 255], unsigned(ENERGY, 5), { unit: 30, scaler: -1 })]);
const points = [{ name: 'energy-import' }];

/** Elements of any type, sound or not, lists within lists. */
const { element } = fc.letrec<{ element: Encoded }>((tie) => ({
  element: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(ABSENT, [0x00], [0x42, 0x01], [0x61], [0x80, 0x01], [0xf1, 0x00], [0x77]),
    fc.uint8Array({ maxLength: 20 }).map(octets),
    fc.uint8Array({ maxLength: 12 }).map((bytes) => [...bytes]),
    fc
      .tuple(fc.bigInt(0n, 2n ** 64n - 1n), fc.integer({ min: 1, max: 8 }))
      .map(([value, size]) => unsigned(value, size)),
    fc
      .tuple(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.integer({ min: 1, max: 8 }))
      .map(([value, size]) => integer(value, size)),
    fc.array(tie('element'), { maxLength: 8 }).map((items) => list(...items)),
  ),
}));

/** List entries that are nearly right. */
const entry = fc
  .tuple(
    fc.constantFrom(1, 2, 16, 36, 96, 0),
    fc.constantFrom(0, 7, 8, 1, 50),
    fc.array(element, { minLength: 5, maxLength: 5 }),
  )
  .map(([quantity, processing, rest]) => list(octets([1, 0, quantity, processing, 0, 255]), ABSENT, ...rest));

const body = fc.oneof(
  element,
  fc
    .array(fc.oneof(entry, element), { maxLength: 6 })
    .map((entries) => list(ABSENT, octets([1]), ABSENT, ABSENT, list(...entries), ABSENT, ABSENT)),
);

describe('a meter that is hostile', () => {
  test('never makes the decoder throw, whatever its telegrams hold behind right checksums', () => {
    const seen = { runs: 0, bytes: 0, slowest: 0 };
    const payload = fc.oneof(
      fc
        .array(fc.tuple(fc.constantFrom(0x0701, 0x0701, 0x0101, 0xff01), body), { maxLength: 4 })
        .map((bodies) => bodies.map(([tag, content], at) => message(at, tag, content))),
      fc.uint8Array({ maxLength: 400 }).map((bytes) => [[...bytes]]),
      fc.array(element, { maxLength: 6 }),
    );
    fc.assert(
      fc.property(payload, (messages) => {
        const sent = telegram(messages);
        const started = performance.now();
        const decoded = device.decode(sent);
        seen.slowest = Math.max(seen.slowest, performance.now() - started);
        seen.runs++;
        seen.bytes += sent.length;
        if ('fault' in decoded) {
          expect(decoded.fault.code).toMatch(/^sml\//);
          return;
        }
        for (const { point, value } of decoded.samples) {
          const { type } = device.points.find(({ name }) => name === point) ?? {};
          if (value !== null) expect(typeof value).toBe(type === 'number' ? 'number' : 'string');
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
          if (typeof value === 'string') expect(value.length).toBeLessThanOrEqual(256);
        }
      }),
      RUNS,
    );
    report('right checksums', seen);
  });

  test('gives no value that was not sent, whatever bytes come between, are lost or are changed, cut anywhere', () => {
    const seen = { runs: 0, bytes: 0, slowest: 0 };
    const damage = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .array(fc.constantFrom(0x1b, 0x1a, 0x01, 0x00, 0x76), { maxLength: 100 })
        .map((bytes) => Uint8Array.from(bytes)),
      fc.nat(good.length).map((length) => good.slice(0, length)),
      fc.nat(good.length).map((length) => good.slice(length)),
      fc
        .tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }))
        .map(([place, change]) => good.map((byte, at) => (at === place ? byte ^ change : byte))),
      fc
        .tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 9 }))
        .map(([from, length]) => Uint8Array.from([...good.slice(0, from), ...good.slice(from + length)])),
    );
    fc.assert(
      fc.property(fc.array(damage, { maxLength: 4 }), fc.integer({ min: 1, max: 200 }), (before, size) => {
        const stream = Uint8Array.from([...before, good, good].flatMap((part) => [...part]));
        const chunks = Array.from({ length: Math.ceil(stream.length / size) }, (_, at) =>
          stream.subarray(at * size, (at + 1) * size),
        );
        const started = performance.now();
        const heard = hearMeter(chunks, {}, points);
        seen.slowest = Math.max(seen.slowest, performance.now() - started);
        seen.runs++;
        seen.bytes += stream.length;
        const values = heard.telegrams.flatMap((samples) => samples.map(({ value }) => value));
        expect(new Set(values)).toEqual(new Set([Number(ENERGY) / 10]));
        // the last one comes whole, after any bytes before
        expect(heard.telegrams.at(-1)).toHaveLength(1);
        expect(heard).toEqual(hearMeter([stream], {}, points));
      }),
      RUNS,
    );
    report('damaged lines', seen);
  });

  test('costs no more than its bytes, however its lists lie within lists', () => {
    // as many elements as fit, and lengths that promise far more than there is
    for (const filling of [0x01, 0x70, 0x71, 0x7f, 0xff, 0x8f]) {
      const sent = telegram([[0x76, 0x01, 0x01, 0x01, ...new Array<number>(8000).fill(filling)]]);
      expect(device.decode(sent)).toMatchObject({ stray: 'noise' });
    }
  });
});
