import { describe, expect, test } from 'vitest';
import { decode, faultOf, receiver } from './logs.ts';

describe('GGA', () => {
  const fix = 'GPGGA,123519.25,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,';

  test('gives position, heights and how the fix was made', () => {
    expect(decode(fix)).toEqual({
      latitude: 48.1173,
      longitude: 11.51666667,
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
      latitude: -37.78478833,
      longitude: -175.31489667,
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
      longitude: 11.51666667,
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
  });

  test.each([
    ['a day that does not exist', fix.replace('230394', '290223')],
    ['an hour that does not exist', fix.replace('235959.999', '245959')],
    ['a minute that does not exist', fix.replace('235959.999', '236059')],
    ['a time of five digits', fix.replace('235959.999', '23595')],
    ['an unknown status', fix.replace(',A,48', ',X,48')],
    ['a negative speed', fix.replace('022.4', '-22.4')],
    ['a course above 360°', fix.replace('084.4', '360.1')],
    ['a variation without its side', fix.replace('003.1,W', '003.1,')],
  ])('is refused whole for %s', (_, body) => {
    expect(faultOf(body)).toBe('nmea0183/malformed');
  });
});

describe('GLL', () => {
  test('gives a position where it is valid', () => {
    expect(decode('IIGLL,4916.45,N,12311.12,W,225444,A,A')).toEqual({
      valid: true,
      mode: 'autonomous',
      latitude: 49.27416667,
      longitude: -123.18533333,
    });
    expect(decode('IIGLL,4916.45,N,12311.12,W,225444,V')).toEqual({
      valid: false,
      latitude: null,
      longitude: null,
      mode: null,
    });
  });

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

  test('counts the common signal only, and every form without a signal', () => {
    expect(decode('GPGSV,1,1,04,15,30,050,40,1')).toEqual({ 'gps-in-view': 4 });
    expect(decode('GPGSV,1,1,04,15,30,050,40,0')).toEqual({ 'gps-in-view': 4 });
    expect(decode('GPGSV,1,1,03,15,30,050,40,8')).toEqual({});
    expect(decode('GAGSV,1,1,00,7')).toEqual({ 'galileo-in-view': 0 });
    expect(decode('GAGSV,1,1,00,1')).toEqual({});
    expect(decode('GPGSV,1,1,')).toEqual({ 'gps-in-view': null });
  });

  test.each(['GPGSV,2,3,04', 'GPGSV,0,0,04', 'GPGSV,,,04', 'GPGSV,1,1,-4', 'GPGSV,1,1'])('%s is refused', (body) => {
    expect(faultOf(body)).toBe('nmea0183/malformed');
  });
});

describe('VTG', () => {
  test('gives course and speed', () => {
    expect(decode('GPVTG,300.5,T,296.9,M,1.3,N,2.3,K,A')).toEqual({
      course: 300.5,
      'course-magnetic': 296.9,
      speed: 0.669,
    });
    expect(decode('GPVTG,,T,,M,,N,3.6,K,D')).toEqual({ course: null, 'course-magnetic': null, speed: 1 });
    // What a u-blox says before its first fix.
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
    expect(faultOf('GPVTG,054.7,034.4,005.5,010.2')).toBe('nmea0183/malformed');
  });
});

describe('ZDA', () => {
  test('gives the time', () => {
    expect(decode('GPZDA,160012.71,11,03,2004,-1,00')).toEqual({ utc: '2004-03-11T16:00:12.710Z' });
    expect(decode('GPZDA,160012.7189,11,03,2004,,')).toEqual({ utc: '2004-03-11T16:00:12.718Z' });
    expect(decode('GPZDA,,,,,,')).toEqual({ utc: null });
  });

  test('is refused whole for a day that does not exist', () => {
    expect(faultOf('GPZDA,160012,31,04,2004,00,00')).toBe('nmea0183/malformed');
  });
});
