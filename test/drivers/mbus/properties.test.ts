import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longFrame } from '../../../drivers/mbus/link/frame.ts';
import { readRecords } from '../../../drivers/mbus/record/records.ts';
import { readTelegram } from '../../../drivers/mbus/record/telegram.ts';
import { bcd, integer } from '../../../scripts/sim/mbus-records.ts';
import { converse } from './conversation.ts';
import { readoutOf, valuesOf } from './meter.ts';

/** Bytes of which many begin as frames and records do. */
const bytes = (maxLength: number) =>
  fc.array(
    fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(0x68, 0x16, 0xe5, 0x10, 0x05, 0x08, 0x72, 0x1f, 0x0d, 0x84),
    ),
    {
      maxLength,
    },
  );
const user = fc
  .tuple(fc.constantFrom(0x72, 0x76, 0x7a, 0x78, 0x73, 0x77, 0x70), bytes(200))
  .map(([ci, rest]) => [ci, ...rest]);
/** A sound frame with anything in it, or anything. */
const answer = fc.oneof(
  bytes(300),
  user.map((data) => [...longFrame([0x08, 5, ...data])]),
  fc.tuple(bytes(20), user).map(([noise, data]) => [...noise, ...longFrame([0x08, 5, ...data]), ...noise]),
  fc.constant([0xe5]),
);

/** The same bytes in chunks. */
function cut(all: readonly number[], places: readonly number[]): readonly Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (all.length + 1)))].sort((a, b) => a - b);
  return [0, ...ends].map((from, index) => Uint8Array.from(all.slice(from, ends[index] ?? all.length)));
}

const places = fc.array(fc.nat({ max: 400 }), { maxLength: 6 });
const targets = fc.constantFrom(
  { address: 5 },
  { address: 254 },
  { secondary: 'FFFFFFFF' },
  { address: 5, retries: 0, maxTelegrams: 32 },
);

/** A date, a time or both has its form, however few bytes stand for it. */
const DATE = /^(?:(?:[0-9]{4}|-)-[0-9]{2}-[0-9]{2})?(?:(?:^|T)[0-9]{2}:[0-9]{2}:[0-9]{2})?$/;

describe('any bytes, cut anywhere', () => {
  it('end a readout within its cost, and throw nothing', () => {
    fc.assert(
      fc.property(targets, fc.array(fc.tuple(answer, places), { minLength: 1, maxLength: 45 }), (options, answers) => {
        const read = converse(readoutOf(options), (_request, count) => {
          const [all, where] = answers[(count - 1) % answers.length] ?? [[], []];
          return cut(all, where);
        });
        expect(['end', 'fail']).toContain(read.last.kind);
      }),
      { numRuns: 300 },
    );
  });

  it('give the same whatever the cut is', () => {
    fc.assert(
      fc.property(answer, places, (all, where) => {
        const by = (chunks: readonly Uint8Array[]) =>
          converse(readoutOf({ address: 5, retries: 0, maxTelegrams: 1 }), (_request, count) =>
            count === 1 ? [Uint8Array.of(0xe5)] : chunks,
          ).last;
        const whole = by([Uint8Array.from(all)]);
        const pieces = by(cut(all, where));
        expect(JSON.stringify(pieces)).toBe(JSON.stringify(whole));
      }),
      { numRuns: 500 },
    );
  });

  it('are records of bounded number and text, or refused whole', () => {
    fc.assert(
      fc.property(bytes(260), fc.boolean(), (all, isReversed) => {
        const read = readRecords(Uint8Array.from(all), 0, isReversed);
        if (read === undefined) return;
        expect(read.records.length).toBeLessThanOrEqual(all.length);
        for (const { value } of read.records) {
          if (value.kind === 'text' && !DATE.test(value.text)) {
            expect(value.text.length).toBeLessThanOrEqual(3 * all.length);
          }
          if (value.kind === 'number') expect(Math.abs(value.number.exponent)).toBeLessThan(200);
        }
      }),
      // a whole date of a very short telegram
      { numRuns: 1000, examples: [[[36, 108, 0, 104, 0, 0], false]] },
    );
  });

  it('are a telegram or a fault', () => {
    fc.assert(
      fc.property(bytes(260), (all) => {
        const reading = readTelegram(Uint8Array.from(all), 0);
        expect('telegram' in reading || reading.code.startsWith('mbus/')).toBe(true);
      }),
    );
  });
});

describe('a damaged frame', () => {
  const sound = longFrame([
    0x08,
    5,
    0x72,
    ...[1, 0x30, 8, 0x24, 0xe4, 0x1a, 1, 4, 1, 0, 0, 0],
    0x0c,
    0x14,
    0x31,
    0x80,
    0x14,
    0,
  ]);

  it('gives no value, whichever byte is another one', () => {
    for (let at = 0; at < sound.length; at += 1) {
      for (const change of [0x01, 0x10, 0x80, 0xff]) {
        const damaged = sound.slice();
        damaged[at] = (damaged[at] ?? 0) ^ change;
        const { last } = converse(readoutOf({ address: 5, retries: 0 }), (_request, count) =>
          count === 1 ? [] : [damaged],
        );
        expect(last.kind, `byte ${at}`).toBe('fail');
      }
    }
  });

  it('gives no value where it is cut', () => {
    for (let end = 0; end < sound.length; end += 1) {
      const { last } = converse(readoutOf({ address: 5, retries: 0 }), (_request, count) =>
        count === 1 ? [] : [sound.slice(0, end)],
      );
      expect(last.kind).toBe('fail');
    }
  });
});

describe('what a meter sends', () => {
  const read = (record: readonly number[], unit: string) => {
    const frame = longFrame([0x08, 5, 0x78, ...record]);
    return valuesOf(
      converse(readoutOf({ address: 5 }, [{ name: 'sent', record: 0, unit }]), (_request, count) =>
        count === 1 ? [] : [frame],
      ),
    ).sent;
  };

  it('is read as the decimal fraction that it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: -9_999_999, max: 99_999_999 }), fc.integer({ min: 0, max: 7 }), (value, power) => {
        expect(read([0x0c, 0x10 | power, ...bcd(value, 4)], 'm³')).toBe(Number(`${value}e${power - 6}`) + 0);
      }),
    );
  });

  it('is read with its sign', () => {
    const lengths = [1, 2, 3, 4, 6];
    fc.assert(
      fc.property(fc.constantFrom(...lengths), fc.integer(), (length, any) => {
        const most = 2 ** (8 * Math.min(length, 4) - 1);
        const value = any % most;
        expect(read([lengths.indexOf(length) + (length === 6 ? 2 : 1), 0x2b, ...integer(value, length)], 'W')).toBe(
          value + 0,
        );
      }),
    );
  });
});
