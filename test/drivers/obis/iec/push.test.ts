import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../../../drivers/contract/reading.ts';
import { pushedTelegram } from '../../../../scripts/sim/iec-meter.ts';
import { block, bytesOf, talking, textOf } from './runner.ts';

const HEAD = '/EMH5----METER\r\n\r\n';
const DATA = '1-0:0.0.0*255(1234-5678)\r\n1-0:1.8.1*255(032942.0231)\r\n1-0:96.5.5*255(80)\r\n';
const TELEGRAM = `${HEAD}${DATA}!\r\n`;
const POINTS = [
  { name: 'energy', obis: '1-0:1.8.1*255' },
  { name: 'id', obis: '1-0:0.0.0*255', type: 'text' },
];
const VALUES = { energy: 32942.0231, id: '1234-5678' };

function hear(stream: string | Uint8Array, { size = 1e9, options = {} }: { size?: number; options?: object } = {}) {
  const bytes = typeof stream === 'string' ? bytesOf(stream) : stream;
  const device = talking(options, POINTS);
  const framer = device.framer();
  const values: Record<string, Value>[] = [];
  const faults: string[] = [];
  let doubtful = false;
  for (let at = 0; at < bytes.length; at += size) {
    framer.push(bytes.subarray(at, at + size), (frame) => {
      const decoded = device.decode(frame);
      if ('fault' in decoded) faults.push(decoded.fault.code);
      else {
        values.push(Object.fromEntries(decoded.samples.map(({ point, value }) => [point, value])));
        doubtful ||= decoded.samples.some((each) => each.doubtful);
      }
    });
  }
  return { values, faults, doubtful, discarded: framer.discarded, skipped: framer.skipped };
}

describe('mode D', () => {
  test('is read telegram by telegram, however it is cut', () => {
    for (const size of [1, 7, 1000]) {
      expect(hear(TELEGRAM + TELEGRAM, { size })).toMatchObject({ values: [VALUES, VALUES], faults: [] });
    }
  });

  test('is uncertain, for nothing vouches for it, unless allowNoBcc', () => {
    expect(hear(TELEGRAM).doubtful).toBe(true);
    expect(hear(TELEGRAM, { options: { allowNoBcc: true } }).doubtful).toBe(false);
  });

  test('with a block check is held to it, and is certain then', () => {
    const checked = `${HEAD}${block(`${DATA}!\r\n`)}`;
    expect(hear(checked)).toMatchObject({ values: [VALUES], faults: [], doubtful: false });
    expect(hear(checked.replace('32942', '32943'))).toMatchObject({ values: [], faults: ['iec62056/checksum'] });
    expect(hear(checked + checked, { size: 1 }).values).toEqual([VALUES, VALUES]);
  });

  test('begins anew at each /: what was cut off gives nothing', () => {
    expect(hear(`${TELEGRAM.slice(0, 60)}\r\n${TELEGRAM}`)).toMatchObject({
      values: [VALUES],
      faults: ['iec62056/truncated'],
    });
    // cut off within brackets: a / is a date's there, so that telegram and the next are one, and out of form
    expect(hear(`${HEAD}1-0:1.8.1*255(0329${TELEGRAM}${TELEGRAM}`)).toMatchObject({
      values: [VALUES],
      faults: ['iec62056/malformed'],
    });
  });

  test('keeps a / and a ! in brackets', () => {
    expect(hear(`${HEAD}1-0:0.0.0*255(26/11/23!)\r\n!\r\n`).values).toEqual([{ id: '26/11/23!' }]);
  });

  test('gives nothing of a telegram of which a line is out of form', () => {
    for (const line of ['1-0:1.8.1*255(0329', '1-0:1.8.1*255 0329)', 'x', '1-0:1.8.1*255(03\x0029)']) {
      expect(hear(`${HEAD}${line}\r\n!\r\n`)).toMatchObject({ values: [], faults: ['iec62056/malformed'] });
    }
    expect(hear(`/E\r\n${DATA}!\r\n`)).toMatchObject({ values: [], faults: ['iec62056/malformed'] });
  });

  test('counts what is no telegram', () => {
    expect(hear(`\xff\xff${TELEGRAM}`)).toMatchObject({ values: [VALUES], skipped: 4 });
    const long = hear(`/${'x'.repeat(5000)}${TELEGRAM}`);
    expect(long).toMatchObject({ values: [VALUES] });
    expect(long.discarded).toBe(4097);
  });

  test('never throws and gives only what was sent, whatever comes between, cut anywhere', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map(textOf),
      fc.string({ unit: fc.constantFrom(...'/!()*\r\n18.:-\x02\x03EMH'), maxLength: 200 }),
      fc.nat(TELEGRAM.length).map((length) => TELEGRAM.slice(0, length)),
    );
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 4 }), fc.integer({ min: 1, max: 90 }), (parts, size) => {
        const stream = `${parts.join('')}\n${TELEGRAM}${TELEGRAM}`;
        const heard = hear(stream, { size });
        expect(heard).toEqual(hear(stream));
        expect(heard.values.at(-1)).toEqual(VALUES);
      }),
      { numRuns: 400 },
    );
  });

  test('of the simulated meter is read whole', () => {
    expect(hear(pushedTelegram(0)).values).toEqual([{ energy: 32942, id: 'SIM-0001234' }]);
  });
});
