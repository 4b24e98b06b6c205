import { describe, expect, test } from 'vitest';
import { Fields } from '../../../drivers/nmea0183/fields.ts';
import { gsv } from '../../../drivers/nmea0183/sentences/gsv.ts';
import { bytesOf, decode, faultOf, receiver, samplesOf, valuesOf, withChecksum } from './logs.ts';

/** The values of one whole sentence, as it came. */
const line = (sentence: string) => valuesOf(receiver().decode(bytesOf(sentence)));

describe('GGA', () => {
  const fix = 'GPGGA,123519.25,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,';

  test('gives position, heights and how the fix was made', () => {
    expect(decode(fix)).toEqual({
      latitude: 48.1173,
      longitude: 11.516666667,
      altitude: 545.4,
      'geoid-separation': 46.9,
      'fix-quality': 'gps',
      'satellites-used': 8,
      hdop: 0.9,
      'differential-age': null,
    });
  });

  test('signs south and west', () => {
    expect(decode('GPGGA,,3747.0873,S,17518.8938,W,1,08,1.1,,M,,M,,')).toMatchObject({
      latitude: -37.784788333,
      longitude: -175.314896667,
      altitude: null,
      'geoid-separation': null,
    });
  });

  test('gives no position without a fix, even where the last one is still in the fields', () => {
    expect(decode(fix.replace(',E,1,', ',E,0,'))).toMatchObject({ latitude: null, longitude: null, altitude: null });
    expect(decode(fix.replace(',E,1,', ',E,,'))).toMatchObject({ latitude: null, 'fix-quality': null });
  });

  test('takes an empty field for unknown and never for 0', () => {
    expect(Object.values(decode('GPGGA,,,,,,1,,,,M,,M,,')).filter((value) => value === 0)).toEqual([]);
  });

  test('yields its count of satellites, and reads the form from before the geoid', () => {
    const samples = samplesOf(receiver().decode(bytesOf(withChecksum(fix))));
    expect(samples.filter(({ yields }) => yields).map(({ point }) => point)).toEqual(['satellites-used']);
    expect(decode('GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M')).toMatchObject({
      latitude: 48.1173,
      altitude: 545.4,
      'geoid-separation': null,
    });
  });

  test.each([6, 7, 8])('leaves an unconfirmed position (quality %i) to RMC and GLL, where they are used', (quality) => {
    const estimated = fix.replace(',E,1,', `,E,${quality},`);
    expect(decode(estimated)).not.toHaveProperty('latitude');
    expect(decode(estimated, receiver({ sentences: ['GGA', 'GSA'] }))).toMatchObject({ latitude: 48.1173 });
  });

  test.each([
    ['minutes above 59', fix.replace('4807.038', '4860.000')],
    ['a latitude above 90°', fix.replace('4807.038', '9000.001')],
    ['a longitude above 180°', fix.replace('01131.000', '18000.001')],
    ['a wrong hemisphere', fix.replace(',N,', ',E,')],
    ['no hemisphere', fix.replace(',N,', ',,')],
    ['letters in a number', fix.replace('545.4', '54x.4')],
    ['an exponent', fix.replace('545.4', '5e3')],
    ['hexadecimal', fix.replace('545.4', '0x10')],
    ['blanks', fix.replace('545.4', ' 5')],
    ['feet', fix.replace(',M,46', ',F,46')],
    ['an unknown quality', fix.replace(',E,1,', ',E,10,')],
    ['half a satellite', fix.replace(',08,', ',0.5,')],
    ['too few fields', 'GPGGA,123519.25,4807.038,N,01131.000,E,1'],
  ])('is refused whole for %s', (_, body) => {
    expect(faultOf(body)).toBe('nmea0183/malformed');
  });
});

describe('RMC', () => {
  const fix = 'GNRMC,235959.999,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W,A,V';

  test('gives position, speed in m/s, course, variation and time', () => {
    expect(decode(fix)).toEqual({
      valid: true,
      mode: 'autonomous',
      utc: '1994-03-23T23:59:59.999Z',
      latitude: 48.1173,
      longitude: 11.516666667,
      speed: 11.524,
      course: 84.4,
      'magnetic-variation': -3.1,
    });
  });

  test('gives nothing of a void fix but the time, even where the last position is still in the fields', () => {
    expect(decode(fix.replace(',A,48', ',V,48'))).toEqual({
      valid: false,
      mode: 'autonomous',
      utc: '1994-03-23T23:59:59.999Z',
      latitude: null,
      longitude: null,
      speed: null,
      course: null,
      'magnetic-variation': null,
    });
    expect(decode(fix.replace(',W,A,', ',W,N,'))).toMatchObject({ valid: false, latitude: null });
  });

  test('reads the forms from before the mode fields and takes a letter that it does not know', () => {
    expect(decode('GPRMC,142216,A,3348.452,N,11821.143,W,000.0,353.6,081002,013.8,E')).toMatchObject({
      valid: true,
      mode: null,
      speed: 0,
      'magnetic-variation': 13.8,
    });
    expect(decode(fix.replace(',W,A,', ',W,Z,'))).toMatchObject({ valid: true, mode: null });
  });

  test('counts years 80 to 99 to the last century and keeps a leap second', () => {
    expect(decode(fix.replace('235959.999', '235960').replace('230394', '311216')).utc).toBe(
      '2016-12-31T23:59:60.000Z',
    );
    expect(decode(fix.replace('230394', '010180')).utc).toBe('1980-01-01T23:59:59.999Z');
    expect(decode(fix.replace('230394', '311279')).utc).toBe('2079-12-31T23:59:59.999Z');
    expect(decode(fix.replace('230394', '')).utc).toBeNull();
    expect(decode(fix.replace('230394', '000000'))).toMatchObject({ utc: null, valid: true });
  });

  test('reads all but the variation where that is a placeholder', () => {
    expect(line('$GPRMC,113938.50,A,3842.86006889,N,11705.43645510,W,0.011,46.405,231122,999.9000,E,D*2E')).toEqual({
      valid: true,
      mode: 'differential',
      utc: '2022-11-23T11:39:38.500Z',
      latitude: 38.714334482,
      longitude: -117.090607585,
      speed: 0.006,
      course: 46.41,
      'magnetic-variation': null,
    });
  });

  test('reads all but the variation where that has no side, and the mode in the place of the side', () => {
    expect(line('$GPRMC,212614.879,A,4839.9488,N,00214.8863,E,0.56,344.41,181207,0,A*77')).toEqual({
      valid: true,
      mode: 'autonomous',
      utc: '2007-12-18T21:26:14.879Z',
      latitude: 48.665813333,
      longitude: 2.248105,
      speed: 0.288,
      course: 344.41,
      'magnetic-variation': null,
    });
    expect(decode(fix.replace('003.1,W', '003.1,'))).toMatchObject({ valid: true, 'magnetic-variation': null });
    // the side where the mode is left away: E is east and not estimated
    expect(decode(fix.replace('W,A,V', 'E'))).toMatchObject({ valid: true, mode: null, 'magnetic-variation': 3.1 });
    expect(decode(fix.replace('W,A,V', 'N'))).toMatchObject({ valid: false, mode: 'none', latitude: null });
  });

  test('reads the sentence behind binary bytes', () => {
    expect(line('$GPRMC,043539.00,A,4333.190206,N,00127.618380,E,0.0,,040925,1.7,W,A,V*7C')).toMatchObject({
      latitude: 43.5531701,
      longitude: 1.460306333,
      'magnetic-variation': -1.7,
      course: null,
    });
  });

  test.each([
    ['a day that does not exist', fix.replace('230394', '290223')],
    ['an hour that does not exist', fix.replace('235959.999', '245959')],
    ['a minute that does not exist', fix.replace('235959.999', '236059')],
    ['a time of five digits', fix.replace('235959.999', '23595')],
    ['an unknown status', fix.replace(',A,48', ',X,48')],
    ['a negative speed', fix.replace('022.4', '-22.4')],
    ['a course above 360°', fix.replace('084.4', '360.1')],
    ['a side of the variation that does not exist', fix.replace('003.1,W', '003.1,X')],
    ['a variation above 180° that is no placeholder', fix.replace('003.1', '180.1')],
  ])('is refused whole for %s', (_, body) => {
    expect(faultOf(body)).toBe('nmea0183/malformed');
  });
});

describe('GLL', () => {
  test('gives a position where it is valid', () => {
    expect(decode('IIGLL,4916.45,N,12311.12,W,225444,A,A')).toEqual({
      valid: true,
      mode: 'autonomous',
      latitude: 49.274166667,
      longitude: -123.185333333,
    });
    expect(decode('IIGLL,4916.45,N,12311.12,W,225444,V')).toEqual({
      valid: false,
      latitude: null,
      longitude: null,
      mode: null,
    });
  });

  test('reads the old forms without status and without time, as long as no other sentence tells the position', () => {
    const position = { latitude: 49.274166667, longitude: -123.185333333 };
    for (const old of ['$GPGLL,4916.45,N,12311.12,W*71', withChecksum('LCGLL,4916.45,N,12311.12,W,225444')]) {
      expect(line(old)).toEqual(position);
      expect(samplesOf(receiver().decode(bytesOf(old))).map(({ yields }) => yields)).toEqual([true, true]);
    }
    expect(decode('GPGLL,,,,')).toEqual({ latitude: null, longitude: null });
    expect(faultOf('GPGLL,4916.45,N,12311.12')).toBe('nmea0183/malformed');
  });

  test.each(['GPGLL,,,,,000001.00,V,N', 'GPGLL,,,,,235947.085,V', 'GPGLL,,,,,.00,V,N', 'GPGLL,,N,,E,0.000,V'])(
    'says that there is no fix, whatever the time is: %s',
    (body) => {
      expect(decode(body)).toMatchObject({ valid: false, latitude: null, longitude: null });
    },
  );

  test('is refused whole for a time that does not exist', () => {
    expect(faultOf('IIGLL,4916.45,N,12311.12,W,256444,A,A')).toBe('nmea0183/malformed');
  });
});

describe('GSA', () => {
  const fix = 'GNGSA,A,3,21,13,27,18,20,26,07,16,22,15,19,,1.59,0.93,1.29';

  test('gives the kind of fix and its precision; HDOP is GGA’s where that is used', () => {
    expect(decode(fix)).toEqual({ 'fix-type': '3d', pdop: 1.59, vdop: 1.29 });
    expect(decode(fix, receiver({ sentences: ['GSA'] }))).toMatchObject({ hdop: 0.93 });
  });

  test('knows no precision without a fix, whatever a receiver writes there', () => {
    expect(decode('GNGSA,A,1,,,,,,,,,,,,,99.99,99.99,99.99')).toEqual({ 'fix-type': 'none', pdop: null, vdop: null });
  });

  test('reads the short form without a fix', () => {
    expect(line('$GPGSA,A,1,,,,*32')).toEqual({ 'fix-type': 'none', pdop: null, vdop: null });
    expect(decode('GPGSA,A,3')).toEqual({ 'fix-type': '3d', pdop: null, vdop: null });
    expect(faultOf('GPGSA,A')).toBe('nmea0183/malformed');
  });

  test('is refused whole for a kind of fix that does not exist', () => {
    expect(faultOf(fix.replace('A,3', 'A,4'))).toBe('nmea0183/malformed');
  });
});

describe('GSV', () => {
  test.each([
    ['GP', 'gps-in-view'],
    ['GL', 'glonass-in-view'],
    ['GA', 'galileo-in-view'],
    ['GB', 'beidou-in-view'],
    ['BD', 'beidou-in-view'],
    ['GQ', 'qzss-in-view'],
    ['GI', 'navic-in-view'],
    ['GN', 'satellites-in-view'],
    ['XX', 'satellites-in-view'],
  ])('of talker %s counts into %s', (talker, point) => {
    expect(decode(`${talker}GSV,3,2,11,15,30,050,40`)).toEqual({ [point]: 11 });
  });

  test('of a talker by the name of what every object has counts as of several systems', () => {
    const situation = { used: new Set<never>(), transducers: new Map() };
    for (const talker of ['constructor', 'toString', '__proto__']) {
      expect(gsv.decode(new Fields(['1', '1', '4']), { ...situation, talker })).toEqual([
        { point: 'satellites-in-view', value: 4 },
      ]);
    }
  });

  test('counts the common signal only, and every form without a signal', () => {
    expect(decode('GPGSV,1,1,04,15,30,050,40,1')).toEqual({ 'gps-in-view': 4 });
    expect(decode('GPGSV,1,1,04,15,30,050,40,0')).toEqual({ 'gps-in-view': 4 });
    expect(decode('GPGSV,1,1,03,15,30,050,40,8')).toEqual({});
    expect(decode('GAGSV,1,1,00,7')).toEqual({ 'galileo-in-view': 0 });
    expect(decode('GAGSV,1,1,00,1')).toEqual({});
    expect(decode('GPGSV,1,1,')).toEqual({ 'gps-in-view': null });
  });

  test('adds nothing where its second message leaves the counts empty', () => {
    expect(line('$GPGSV,,2,,15,30,050,40,17,12,110,38,19,60,200,42,24,05,020,30*4B')).toEqual({});
    expect(decode('GPGSV,3,2,,15,30,050,40')).toEqual({});
    expect(decode('GPGSV,,3,09,15,30,050,40')).toEqual({ 'gps-in-view': 9 });
  });

  test.each(['GPGSV,,1,04', 'GPGSV,2,3,04', 'GPGSV,0,0,04', 'GPGSV,,,04', 'GPGSV,1,1,-4', 'GPGSV,1,1'])(
    '%s is refused',
    (body) => {
      expect(faultOf(body)).toBe('nmea0183/malformed');
    },
  );
});

describe('VTG', () => {
  test('gives course and speed', () => {
    expect(decode('GPVTG,300.5,T,296.9,M,1.3,N,2.3,K,A')).toEqual({
      course: 300.5,
      'course-magnetic': 296.9,
      speed: 0.669,
    });
    expect(decode('GPVTG,,T,,M,,N,3.6,K,D')).toEqual({ course: null, 'course-magnetic': null, speed: 1 });
    // The sentences of a u-blox before its first fix.
    expect(decode('GPVTG,,,,,,,,,N')).toEqual({ course: null, 'course-magnetic': null, speed: null });
    expect(decode('GPVTG,300.5,T,296.9,M,1.3,N,2.3,K,N')).toEqual({
      course: null,
      'course-magnetic': null,
      speed: null,
    });
  });

  test.each(['GPVTG,300.5,T,296.9,M,1.3,N,2.3,K', 'GPVTG,300.5,T,296.9,M,1.3,N,2.3,K,E'])(
    'leaves what is not confirmed to RMC, where that is used: %s',
    (body) => {
      expect(decode(body)).toEqual({ 'course-magnetic': 296.9 });
      expect(decode(body, receiver({ sentences: ['VTG', 'GGA'] }))).toMatchObject({ course: 300.5, speed: 0.669 });
    },
  );

  test('is refused whole without its units', () => {
    expect(faultOf('GPVTG,300.5,296.9,1.3,2.3,,,,')).toBe('nmea0183/malformed');
    expect(faultOf('GPVTG,300.5,T,296.9,M,1.3,,2.3,K,A')).toBe('nmea0183/malformed');
    expect(faultOf('GPVTG,054.7,034.4,005.5')).toBe('nmea0183/malformed');
    expect(faultOf('GPVTG,054.7,034.4,005.5,N')).toBe('nmea0183/malformed');
  });

  test('reads the old form of four numbers, as long as no other sentence tells speed and course', () => {
    const old = withChecksum('GPVTG,054.7,034.4,005.5,010.2');
    expect(line(old)).toEqual({ course: 54.7, 'course-magnetic': 34.4, speed: 2.829 });
    const yielding = samplesOf(receiver().decode(bytesOf(old))).filter(({ yields }) => yields);
    expect(yielding.map(({ point }) => point)).toEqual(['speed', 'course']);
    expect(decode('GPVTG,,,,')).toEqual({ course: null, 'course-magnetic': null, speed: null });
    expect(decode('GPVTG,054.7,,,010.2')).toMatchObject({ course: 54.7, speed: 2.833 });
  });

  test('reads what is there of a form that ends early', () => {
    const device = receiver({ sentences: ['VTG'] });
    expect(decode('GPVTG,054.7,T,034.4,M', device)).toEqual({ course: 54.7, 'course-magnetic': 34.4, speed: null });
    expect(decode('GPVTG,054.7,T,034.4,M,005.5,N', device)).toMatchObject({ speed: 2.829 });
  });
});

describe('ZDA', () => {
  test('gives the time', () => {
    expect(decode('GPZDA,160012.71,11,03,2004,-1,00')).toEqual({ utc: '2004-03-11T16:00:12.710Z' });
    expect(decode('GPZDA,160012.7189,11,03,2004,,')).toEqual({ utc: '2004-03-11T16:00:12.718Z' });
    expect(decode('GPZDA,235960,31,12,2016,,')).toEqual({ utc: '2016-12-31T23:59:60.000Z' });
    expect(decode('GPZDA,,,,,,')).toEqual({ utc: null });
    expect(decode('GPZDA,000000.00,00,00,0000,00,00')).toEqual({ utc: null });
  });

  test('is refused whole for a day that does not exist', () => {
    expect(faultOf('GPZDA,160012,31,04,2004,00,00')).toBe('nmea0183/malformed');
  });
});

describe('GNS', () => {
  test('gives position, height and the satellites of all systems', () => {
    expect(line('$GNGNS,014035.00,4332.69262,S,17235.48549,E,RR,13,0.9,25.63,11.24,,*70')).toEqual({
      latitude: -43.544877,
      longitude: 172.591424833,
      altitude: 25.63,
      'geoid-separation': 11.24,
      hdop: 0.9,
      'satellites-used': 13,
    });
    expect(decode('GNGNS,085320.0,5118.138139,N,00723.398844,E,AN,12,0.9,321.3,47.0,,')).toMatchObject({
      altitude: 321.3,
      'satellites-used': 12,
      'differential-age': null,
    });
    expect(decode('GPGNS,224749.00,3333.4268304,N,11153.3538273,W,D,19,0.6,406.110,-26.294,6.0,0138,S')).toMatchObject({
      'geoid-separation': -26.294,
      'differential-age': 6,
    });
  });

  test('of one system alone does not count against the whole', () => {
    expect(line('$GPGNS,014035.00,,,,,,8,,,,1.0,23*76')).toEqual({ 'differential-age': 1 });
    expect(decode('GLGNS,014035.00,,,,,,5,,,,,')).toEqual({});
  });

  test('gives nothing of the position without a fix, even where the last one is still in the fields', () => {
    expect(decode('GNGNS,000001.00,4332.69262,S,17235.48549,E,NN,00,,25.63,11.24,,,,,,,V')).toEqual({
      'satellites-used': 0,
      latitude: null,
      longitude: null,
      altitude: null,
      'geoid-separation': null,
      hdop: null,
      'differential-age': null,
    });
  });

  test('leaves an unconfirmed position to RMC and GLL, where they are used', () => {
    const estimated = 'GNGNS,014035.00,4332.69262,S,17235.48549,E,EN,4,0.9,25.63,11.24,,';
    expect(decode(estimated)).not.toHaveProperty('latitude');
    expect(decode(estimated, receiver({ sentences: ['GNS'] }))).toMatchObject({ latitude: -43.544877 });
  });

  test.each([
    ['a mode that is no letter', 'GNGNS,014035.00,4332.69262,S,17235.48549,E,1,13,0.9,25.63,11.24,,'],
    ['too few fields', 'GNGNS,014035.00,4332.69262,S,17235.48549,E,RR,13,0.9,25.63'],
  ])('is refused whole for %s', (_, body) => {
    expect(faultOf(body)).toBe('nmea0183/malformed');
  });
});
