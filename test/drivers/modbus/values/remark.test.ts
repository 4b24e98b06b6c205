import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeData } from '../../../../drivers/modbus/answer.ts';
import { decodeRequest } from '../../../../drivers/modbus/request.ts';
import { remarkOn } from '../../../../drivers/modbus/values/remark.ts';
import { asked } from '../../../support/dialogue.ts';
import { hex } from '../../../support/transcript.ts';
import { device, optionsOf, pointOf } from '../support.ts';

const remark = (bytes: string, more: Record<string, unknown> = {}, options: Record<string, unknown> = {}) =>
  remarkOn(
    pointOf({ name: 'v', register: 'input', address: 0, type: 'float32', ...more }),
    optionsOf(options),
  )?.(hex(bytes));

describe('a float that no instrument means', () => {
  test('looks like swapped words where those are a usual number', () => {
    expect(remark('19 9A 43 66')).toMatch(/^looks like swapped words: try wordOrder: little\. /);
    expect(remark('19 9A 43 66', {}, { wordOrder: 'little' })).toBeUndefined();
    expect(remark('43 66 19 9A', { wordOrder: 'little' })).toMatch(/^looks like swapped words: try wordOrder: big\. /);
    expect(remark('00 00 00 00 33 33 40 6C', { type: 'float64', wordOrder: 'big' })).toMatch(/swapped words/);
  });

  test('is remarked upon all the same where they are not', () => {
    expect(remark('00 01 00 02')).toMatch(
      /^no instrument means such a number: check word order and the type, and the address/,
    );
    expect(remark('7F 00 7F 00')).toMatch(/^no instrument means such a number/);
  });

  test.each(['43 66 19 9A', '00 00 00 00', '80 00 00 00', '7F C0 00 00', '2E DB E6 FF', '5D 5E 0B 6B'])(
    'is not %s',
    (bytes) => {
      expect(remark(bytes)).toBeUndefined();
    },
  );

  test('is never one that instruments give, whatever lies in the other words', () => {
    const usual = fc.double({ min: 1e-6, max: 1e9, noNaN: true }).map(Math.fround);
    fc.assert(
      fc.property(usual, fc.boolean(), (value, negative) => {
        const bytes = new Uint8Array(4);
        new DataView(bytes.buffer).setFloat32(0, negative ? -value : value);
        const point = pointOf({ name: 'v', register: 'input', address: 0, type: 'float32' });
        expect(remarkOn(point, optionsOf())?.(bytes)).toBeUndefined();
      }),
    );
  });

  test('is nothing of a whole number', () => {
    expect(remark('19 9A 43 66', { type: 'uint32' })).toBeUndefined();
  });

  test('comes with its sample, also where decimals hide it', () => {
    const points = [
      { name: 'v', register: 'input', address: 0, type: 'float32', decimals: 2 },
      { name: 'w', register: 'input', address: 2, type: 'float32' },
    ];
    const exchange = asked(device(points).plan(['v', 'w'])[0]);
    const request = decodeRequest(exchange.request);
    const answer = request && exchange.answer(encodeData(1, request, hex('19 9A 43 66 43 66 19 9A')), false);
    expect(answer).toMatchObject({
      samples: [
        { point: 'v', value: 0, remark: expect.stringContaining('looks like swapped words') },
        { point: 'w', value: 230.1 },
      ],
    });
    expect(answer?.state === 'done' && answer.samples[1]).toEqual({ point: 'w', value: 230.1 });
  });
});
