import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sdi12Sensor } from '../../../scripts/sim/sdi12-sensor.ts';
import { bytesOf, only, sensor, talkTo, values } from './recorder.ts';

const RUNS = 300;
const ADDRESS = '3';

/** Numbers as sensors write them: a sign, one to seven digits, a point or none. */
const value = fc
  .tuple(fc.constantFrom('+', '-'), fc.nat(9_999_999), fc.integer({ min: 0, max: 7 }))
  .map(([sign, digits, point]) => {
    const text = String(digits).padStart(point, '0');
    return `${sign}${point === 0 ? text : `${text.slice(0, -point)}.${text.slice(-point)}`}`;
  });

const setup = fc.record({
  command: fc.constantFrom('M', 'C', 'R'),
  sent: fc.array(value, { minLength: 1, maxLength: 9 }),
  seconds: fc.nat(3),
  cuts: fc.array(fc.nat(80), { maxLength: 4 }),
  echoes: fc.boolean(),
});

/** A sensor whose bytes may be changed on the way, and the recorder that talks to it. */
function run(
  { command, sent, seconds, cuts, echoes }: typeof setup extends fc.Arbitrary<infer T> ? T : never,
  crc: boolean,
  change: (bytes: Uint8Array, asked: number) => Uint8Array = (bytes) => bytes,
) {
  const measured = { seconds, values: () => sent };
  const simulated = new Sdi12Sensor({
    ...{ address: ADDRESS, identification: '14FIELDWRDSOIL-11.0' },
    measurements: new Map([[0, measured]]),
  });
  const dialogue = only(sensor({ address: ADDRESS, command, crc }, values(...sent.map((_, index) => index))));
  let now = 0;
  let asked = 0;
  return talkTo(dialogue, (text) => {
    asked += 1;
    if (text === '') {
      const at = simulated.serviceAt;
      if (at === undefined || asked % 2 === 1) return { bytes: new Uint8Array(0), cuts: [] };
      now = at;
      return { bytes: change(bytesOf(simulated.service()), asked), cuts };
    }
    // the last time that a sensor without service request can name
    if (simulated.serviceAt === undefined || text.includes('D')) now += 3000;
    const answer = change(bytesOf(simulated.answer(text, now) ?? ''), asked);
    return { bytes: Uint8Array.from([...(echoes ? bytesOf(text) : []), ...answer]), cuts };
  });
}

describe('a sensor in order', () => {
  it('is read exactly, whatever it measures, echoed or not, cut anywhere', () => {
    fc.assert(
      fc.property(setup, fc.boolean(), (given, crc) => {
        const { end } = run(given, crc);
        expect(end).toEqual(Object.fromEntries(given.sent.map((text, index) => [`v${index}`, Number(text) + 0])));
      }),
      { numRuns: RUNS },
    );
  });
});

describe('a disturbed line', () => {
  const change = fc.record({
    at: fc.nat(80),
    bits: fc.integer({ min: 1, max: 127 }),
    lost: fc.boolean(),
    each: fc.integer({ min: 1, max: 4 }),
  });

  it('with a CRC brings the right values or none, and ends', () => {
    fc.assert(
      fc.property(setup, change, (given, { at, bits, lost, each }) => {
        const { end } = run(given, true, (bytes, asked) => {
          if (asked % each !== 0 || bytes.length === 0) return bytes;
          const place = at % bytes.length;
          const changed = lost
            ? Uint8Array.from([...bytes.subarray(0, place), ...bytes.subarray(place + 1)])
            : bytes.map((byte, index) => (index === place ? byte ^ bits : byte));
          // Sixteen bits can't tell all lines apart: here no recorder could know that something was lost.
          fc.pre(!hasRightCrc(changed));
          return changed;
        });
        if (typeof end === 'string') expect(end).toMatch(/^(sdi12|device|bus)\/[a-z-]+ (silent|damaged|refused) /);
        else {
          for (const [index, text] of given.sent.entries()) {
            // a start that announces another number of values has no CRC: then the last ones are missing
            expect([Number(text) + 0, null]).toContain(end[`v${index}`]);
          }
        }
      }),
      { numRuns: 2 * RUNS },
    );
  });

  it('whose CRC agrees by chance can not be told from a good one', () => {
    expect(crcOf(bytesOf('3-356920'))).toBe(crcOf(bytesOf('3-35692.0')));
  });
});

/** SDI-12 1.4, 4.4.12.1, bit by bit: not the driver's own table. */
function crcOf(bytes: Uint8Array): string {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return String.fromCharCode(0x40 | (crc >> 12), 0x40 | ((crc >> 6) & 0x3f), 0x40 | (crc & 0x3f));
}

/** A line of an address, values and a CRC that agrees with them. */
function hasRightCrc(line: Uint8Array): boolean {
  const text = String.fromCharCode(...line);
  const end = text.indexOf('\r\n');
  return end > 3 && text.slice(end - 3, end) === crcOf(line.subarray(0, end - 3));
}
