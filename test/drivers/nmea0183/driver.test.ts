import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Schema } from '../../../drivers/contract/driver.ts';
import { driver } from '../../../drivers/nmea0183/driver.ts';
import { POINT_NAMES } from '../../../drivers/nmea0183/points.ts';
import { bytesOf, decode, faultOf, LOGS, receiver, sentencesOf, valuesOf, withChecksum } from './logs.ts';

const FIX = 'GPGLL,4916.45,N,12311.12,W,225444,A,A';
const ALL = ['GGA', 'GNS', 'RMC', 'GSA', 'GSV', 'VTG', 'GLL', 'ZDA', 'HDT', 'DPT', 'MWV', 'MDA', 'XDR'];
const USED = /^\$[^P].(?:GGA|GNS|RMC|GSA|GSV|VTG|GLL|ZDA),/;
const SENTENCES = LOGS.flatMap(sentencesOf);

function messagesOf(schema: Schema<unknown>, value: unknown): readonly string[] {
  const result = schema.safeParse(value);
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('the envelope', () => {
  test('needs a right checksum', () => {
    const sentence = withChecksum(FIX);
    expect(receiver().decode(bytesOf(sentence.replace('49', '48')))).toMatchObject({
      fault: { code: 'nmea0183/checksum' },
      stray: 'checksum',
    });
    expect(receiver().decode(bytesOf(sentence.toLowerCase().replace(FIX.toLowerCase(), FIX)))).toHaveProperty(
      'samples',
    );
  });

  test('needs a checksum at all, unless it is optional; a wrong one never counts', () => {
    const [plain, wrong] = [bytesOf(`$${FIX}`), bytesOf(`$${FIX}*00`)];
    expect(receiver().decode(plain)).toMatchObject({ fault: { code: 'nmea0183/no-checksum' }, stray: 'checksum' });
    const lenient = receiver({ checksum: 'optional' });
    expect(valuesOf(lenient.decode(plain))).toMatchObject({ latitude: 49.274166667 });
    expect(lenient.decode(wrong)).toMatchObject({ fault: { code: 'nmea0183/checksum' } });
  });

  test('passes over what is none of its business', () => {
    for (const body of ['PGRMZ,125,f,3', 'PUBX,00', 'GPTXT,01,01,02,hello', 'HEROT,1.2,A', 'GPGPQ,RMC', 'PmtK_a,1']) {
      expect(decode(body)).toEqual({});
      expect(valuesOf(receiver().decode(bytesOf(`$${body}`)))).toEqual({});
    }
    expect(valuesOf(receiver().decode(bytesOf('!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24')))).toEqual({});
  });

  test.each([
    '#comment',
    'garbage',
    '$',
    '$GPGLL',
    '$gpgll,1',
    '$GP\tGLL,,,,,,V',
    '$GPGSV,1,1,04,\u0007',
    '$GPGSV,1,1,04,\u00e9',
    '$GPGLL,,,,,,V*6',
    '!1.5,M',
    '$GPGLL,,,,,,V*641',
  ])('refuses %j', (line) => {
    expect(receiver({ checksum: 'optional' }).decode(bytesOf(line))).toMatchObject({
      fault: { code: 'nmea0183/malformed' },
      stray: 'noise',
    });
  });

  test('reads the sentence behind a cut one or behind binary bytes', () => {
    const sentence = withChecksum(FIX);
    expect(valuesOf(receiver().decode(bytesOf(`$GPGGA,1235${sentence}`)))).toMatchObject({ valid: true });
    expect(valuesOf(receiver().decode(bytesOf(`\u00b5b\u0001\u0007\u0000${sentence}`)))).toMatchObject({ valid: true });
  });

  test('works for any talker, or for the ones that are named', () => {
    const device = receiver({ talkers: ['GN'] });
    expect(decode(FIX.replace('GP', 'II'))).toMatchObject({ valid: true });
    expect(decode(FIX, device)).toEqual({});
    expect(decode(FIX.replace('GP', 'GN'), device)).toMatchObject({ valid: true });
  });

  test('uses only the sentences that are named', () => {
    expect(decode(FIX, receiver({ sentences: ['RMC'] }))).toEqual({});
  });
});

describe('hostile bytes', () => {
  test('any single flipped bit of a real sentence is noticed', () => {
    const device = receiver();
    // Every fifth is of every kind and receiver, and keeps the test short.
    for (const sentence of SENTENCES.filter((_, index) => index % 5 === 0)) {
      const bytes = bytesOf(sentence);
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = bytes.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const decoded = device.decode(flipped);
        if ('fault' in decoded) continue;
        // Two hits are harmless: a checksum's letter turns small, or a sentence that is not used loses its asterisk.
        const sameChecksum = String.fromCharCode(...flipped).toUpperCase() === sentence && bit >> 3 >= bytes.length - 2;
        if (!sameChecksum) expect(decoded.samples).toEqual([]);
        expect(sameChecksum || !USED.test(sentence), sentence).toBe(true);
      }
    }
  });

  test('no bytes make it throw or give anything but bounded values', () => {
    const device = receiver({ checksum: 'optional' });
    const frame = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: 'binary-ascii', maxLength: 100 }).map((text) => bytesOf(`$GPGGA,${text}`)),
      fc
        .tuple(
          fc.constantFrom(...SENTENCES),
          fc.nat(80),
          fc.constantFrom(',', '', '9', '-', '.', '$', '*', 'A', '99999999'),
        )
        .map(([sentence, at, text]) => bytesOf(sentence.slice(0, at) + text + sentence.slice(at + 1))),
      fc
        .tuple(
          fc.constantFrom(...ALL),
          fc.array(
            fc.constantFrom(
              ...[
                '',
                '0',
                '1',
                '3',
                'A',
                'N',
                'M',
                'T',
                'C',
                'P',
                'B',
                '4807.038',
                '-1',
                '1e9',
                '999999999',
                '010120',
                '999.9',
              ],
            ),
            {
              maxLength: 22,
            },
          ),
        )
        .map(([id, fields]) => bytesOf(withChecksum(`GP${id},${fields.join(',')}`))),
    );
    fc.assert(
      fc.property(frame, (bytes) => {
        const decoded = device.decode(bytes);
        if ('fault' in decoded) expect(decoded.fault.code).toMatch(/^nmea0183\//);
        for (const { point, value } of 'samples' in decoded ? decoded.samples : []) {
          expect(POINT_NAMES).toContain(point);
          if (typeof value === 'number') expect(value).toSatisfy(Number.isFinite);
          if (point === 'latitude' && value !== null) expect(Math.abs(Number(value))).toBeLessThanOrEqual(90);
          if (point === 'longitude' && value !== null) expect(Math.abs(Number(value))).toBeLessThanOrEqual(180);
          if (typeof value === 'string') expect(value).toMatch(/^[\w:.-]{1,24}$/);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('a frame far above any bound is judged in linear time', () => {
    const long = new Uint8Array(1_000_000).fill(0x2c);
    long.set(bytesOf('$GPGGA,'));
    expect(receiver({ checksum: 'optional' }).decode(long)).toHaveProperty('samples');
  });

  test('the framer holds 256 bytes of a line and no more', () => {
    const framer = receiver().framer();
    const frames: number[] = [];
    framer.push(bytesOf(`${'x'.repeat(256)}\n${'x'.repeat(257)}\n$ok\r\n`), (bytes) => frames.push(bytes.length));
    expect(frames).toEqual([256, 3]);
    expect(framer.discarded).toBe(258);
  });
});

describe('positions', () => {
  test('come back to the last written digit', () => {
    const side = fc.record({ degrees: fc.nat(89), minutes: fc.nat(59), fraction: fc.nat(99_999) });
    fc.assert(
      fc.property(side, side, fc.constantFrom('N', 'S'), fc.constantFrom('E', 'W'), (lat, lon, ns, ew) => {
        const text = ({ degrees, minutes, fraction }: typeof lat, width: number) =>
          `${String(degrees).padStart(width, '0')}${String(minutes).padStart(2, '0')}.${String(fraction).padStart(5, '0')}`;
        const values = decode(`GPGLL,${text(lat, 2)},${ns},${text(lon, 3)},${ew},000000,A,A`);
        const back = (value: number) => Math.round(Math.abs(value) * 6_000_000);
        expect(back(Number(values.latitude))).toBe(lat.degrees * 6_000_000 + lat.minutes * 100_000 + lat.fraction);
        expect(back(Number(values.longitude))).toBe(lon.degrees * 6_000_000 + lon.minutes * 100_000 + lon.fraction);
        expect(Number(values.latitude) < 0).toBe(ns === 'S' && Number(values.latitude) !== 0);
        expect(Number(values.longitude) < 0).toBe(ew === 'W' && Number(values.longitude) !== 0);
        expect(Object.is(values.latitude, -0)).toBe(false);
      }),
    );
  });
});

test('zero is zero, also south and west', () => {
  expect(decode('GPGLL,0000.0,S,00000.0,W,000000,A,A')).toMatchObject({ latitude: 0, longitude: 0 });
});

describe('points', () => {
  test('are all that the used sentences feed, by default only told on change', () => {
    const all = receiver();
    expect(all.points.map(({ name }) => name)).toEqual(POINT_NAMES);
    expect(new Set(all.points.map(({ deadband }) => deadband))).toEqual(new Set([0]));
    expect(receiver({ sentences: ['ZDA'] }).points.map(({ name }) => name)).toEqual(['utc']);
  });

  test('are only the listed ones where some are listed, as they are described there', () => {
    const device = receiver({}, [
      { name: 'latitude', decimals: 3, deadband: 0.001, min: -1, max: 1 },
      { name: 'valid' },
    ]);
    expect(device.points).toMatchObject([
      { name: 'latitude', type: 'number', unit: 'deg', writable: false, deadband: 0.001, min: -1, max: 1 },
      { name: 'valid', type: 'boolean' },
    ]);
    expect(decode(FIX, device)).toEqual({ latitude: 49.274, valid: true });
  });

  test.each([
    [[{ name: 'altitude' }], { sentences: ['RMC'] }],
    [[{ name: 'valid' }, { name: 'valid' }], {}],
  ])('that can never come, or are listed twice, are refused: %j', (points, options) => {
    expect(() => receiver(options, points)).toThrow(expect.objectContaining({ code: 'driver/create' }));
  });

  test('take no key that makes no sense, and the messages show no value', () => {
    expect(messagesOf(driver.point, { name: 'secret' })).toEqual([
      'name: must be a point of a receiver, or have a transducer',
    ]);
    expect(messagesOf(driver.point, { name: 'utc', deadband: 1 })).toEqual([
      'deadband: only goes with a point that is a number',
    ]);
    expect(messagesOf(driver.point, { name: 'latitude', min: 2, max: 1 })).toEqual(['max: must not be below min']);
    expect(messagesOf(driver.point, { name: 'latitude', pollMs: 5 })).toHaveLength(1);
    expect(messagesOf(driver.point, { name: 'latitude', writable: true })).toHaveLength(1);
  });
});

describe('options', () => {
  test('have defaults', () => {
    expect(driver.options.safeParse({})).toMatchObject({
      data: { checksum: 'required', sentences: ALL },
    });
  });

  test.each([
    [{ checksum: 'secret' }, 'checksum: must be required or optional'],
    [{ sentences: [] }, 'sentences: must name at least one sentence'],
    [{ sentences: ['secret'] }, `sentences.0: must be one of ${ALL.join(', ')}`],
    [{ sentences: ['GGA', 'GGA'] }, 'sentences: must name each sentence once'],
    [{ talkers: [] }, 'talkers: must name 1 to 16 talkers'],
    [{ talkers: ['secret'] }, 'talkers.0: must be two characters such as GP'],
    [{ talkers: ['PX'] }, 'talkers.0: must be two characters such as GP'],
    [{ talkers: ['GP', 'GP'] }, 'talkers: must name each talker once'],
  ])('refuse %j', (value, message) => {
    expect(messagesOf(driver.options, value)).toEqual([message]);
  });

  test('are not needed to see that a sentence without fields is malformed', () => {
    expect(faultOf('GPGGA')).toBe('nmea0183/malformed');
  });
});
