import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSameCode, type ObisCode, readCode } from '../../../drivers/obis/code.ts';
import { CodeIndex } from '../../../drivers/obis/code-index.ts';

const code = (text: string): ObisCode => {
  const read = readCode(text);
  if (read === undefined) throw new Error(`no code: ${text}`);
  return read;
};
const sent = (...texts: readonly string[]) => texts.map((text, at) => ({ code: code(text), at }));
/** For each point the places of what was found, by rank. */
const places = (points: readonly (readonly string[])[], texts: readonly string[], loose = false) =>
  new CodeIndex(
    points.map((codes) => codes.map(code)),
    { loose },
  )
    .firsts(sent(...texts))
    .map((found) => found && Array.from(found, (each) => each?.at));

describe('the index of codes', () => {
  test('finds for each point the first of what was sent by each of its codes', () => {
    const points = [['1-0:1.8.0'], ['1-0:2.8.0', '1-0:1.8.0'], ['1-0:9.9.9']];
    expect(places(points, ['1-0:1.8.0', '1-0:1.8.0'])).toEqual([[0], [undefined, 0], undefined]);
    expect(places(points, ['1-0:1.8.0', '1-0:2.8.0'])).toEqual([[0], [1, 0], undefined]);
  });

  test('takes a name that meters number by its last group behind the same name without, and no register of the past', () => {
    const points = [['1-0:96.50.1'], ['1-0:1.8.0']];
    expect(places(points, ['1-0:96.50.1*1', '1-0:1.8.0*1'], true)).toEqual([[undefined, 0], undefined]);
    expect(places(points, ['1-0:96.50.1*1', '1-0:96.50.1'], true)).toEqual([[1, 0], undefined]);
    expect(places(points, ['1-0:96.50.1*1'])).toEqual([undefined, undefined]);
  });

  test('holds whatever codes are the same, and no others', () => {
    const group = fc.constantFrom(0, 1, 8, 96, 255);
    const maybe = fc.option(fc.constantFrom(0, 1), { nil: undefined });
    const any: fc.Arbitrary<ObisCode> = fc.record({
      ...{ medium: maybe, channel: maybe, quantity: group, processing: group },
      ...{ tariff: group, billing: fc.constantFrom(1, 255) },
    });
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 6 }), fc.array(any, { maxLength: 6 }), (wanted, codes) => {
        const found = new CodeIndex(wanted.map((each) => [each])).firsts(codes.map((each) => ({ code: each })));
        for (const [at, each] of wanted.entries()) {
          expect(found[at]?.[0]?.code).toBe(codes.find((other) => isSameCode(each, other)));
        }
      }),
    );
  });
});
