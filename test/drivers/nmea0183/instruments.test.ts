import { describe, expect, test } from 'vitest';
import { bytesOf, decode, faultOf, receiver, valuesOf, withChecksum } from './logs.ts';

describe('MWV', () => {
  test.each([
    ['WIMWV,214.8,R,3.6,K,A', { 'wind-angle-relative': 214.8, 'wind-speed-relative': 1 }],
    ['WIMWV,214.8,T,10,N,A', { 'wind-angle-true': 214.8, 'wind-speed-true': 5.144 }],
    ['WIMWV,0,R,5.5,M,A', { 'wind-angle-relative': 0, 'wind-speed-relative': 5.5 }],
    ['WIMWV,0,R,10,S,A', { 'wind-angle-relative': 0, 'wind-speed-relative': 4.47 }],
    ['WIMWV,214.8,R,0.1,K,V', { 'wind-angle-relative': null, 'wind-speed-relative': null }],
    ['WIMWV,,R,,N,A', { 'wind-angle-relative': null, 'wind-speed-relative': null }],
    ['WIMWV,,R,,,', { 'wind-angle-relative': null, 'wind-speed-relative': null }],
  ])('%s gives the angle from the bow, and the speed in m/s', (body, values) => {
    expect(decode(body)).toEqual(values);
  });

  test.each([
    'WIMWV,361,R,1,N,A',
    'WIMWV,1,X,1,N,A',
    'WIMWV,1,,1,N,A',
    'WIMWV,1,R,1,Q,A',
    'WIMWV,1,R,1,,A',
    'WIMWV,1,R,1,N',
  ])('%s is refused', (body) => {
    expect(faultOf(body)).toBe('nmea0183/malformed');
  });
});

describe('MDA', () => {
  test('gives the weather, each in one unit', () => {
    expect(decode('WIMDA,29.9870,I,1.0154,B,23.1,C,18.2,C,42.9,,9.8,C,108.4,T,104.6,M,0.6,N,0.3,M')).toEqual({
      pressure: 1015.4,
      'air-temperature': 23.1,
      'water-temperature': 18.2,
      humidity: 42.9,
      'dew-point': 9.8,
      'wind-direction-true': 108.4,
      'wind-direction-magnetic': 104.6,
      'wind-speed': 0.3,
    });
  });

  test('takes the other unit where one is empty, and reads the short form', () => {
    expect(decode('WIMDA,29.92,I,,,-5.5,C,,,42.9,,,,,,,,10,N,,')).toMatchObject({
      pressure: 1013.21,
      'air-temperature': -5.5,
      'wind-speed': 5.144,
    });
    expect(decode('WIMDA,,,1.0091,B,14.8,C')).toEqual({
      pressure: 1009.1,
      'air-temperature': 14.8,
      'water-temperature': null,
      humidity: null,
      'dew-point': null,
      'wind-direction-true': null,
      'wind-direction-magnetic': null,
      'wind-speed': null,
    });
  });

  test.each([
    'WIMDA,1.0154,B,29.9,I',
    'WIMDA,29.9,I,1.01,B,75,F',
    'WIMDA,29.9,I,1.01,B,,,,,101',
    'WIMDA,29.9,I,,,23.1',
  ])('%s is refused', (body) => {
    expect(faultOf(body)).toBe('nmea0183/malformed');
  });
});

describe('HDT', () => {
  test('gives the heading', () => {
    expect(decode('HEHDT,274.07,T')).toEqual({ heading: 274.07 });
    expect(decode('HEHDT,,T')).toEqual({ heading: null });
    expect(faultOf('HEHDT,274.07,M')).toBe('nmea0183/malformed');
  });
});

describe('DPT', () => {
  test.each([
    ['SDDPT,2.4,0.5,100.0', { depth: 2.4, 'depth-offset': 0.5, 'depth-below-surface': 2.9, 'depth-below-keel': null }],
    ['SDDPT,2.4,-0.5', { depth: 2.4, 'depth-offset': -0.5, 'depth-below-surface': null, 'depth-below-keel': 1.9 }],
    ['SDDPT,2.4,0.0', { depth: 2.4, 'depth-offset': 0, 'depth-below-surface': null, 'depth-below-keel': null }],
    ['SDDPT,2.4', { depth: 2.4, 'depth-offset': null, 'depth-below-surface': null, 'depth-below-keel': null }],
    ['SDDPT,,0.5', { depth: null, 'depth-offset': 0.5, 'depth-below-surface': null, 'depth-below-keel': null }],
  ])('%s gives the depth below the transducer, and what the offset makes of it', (body, values) => {
    expect(decode(body)).toEqual(values);
  });
});

describe('XDR', () => {
  const cabin = { name: 'cabin', transducer: { type: 'temperature', id: 'TEMP1' } };
  const baro = { name: 'pressure', transducer: { type: 'pressure', id: 'BARO' } };
  const pitch = { name: 'pitch', transducer: { type: 'angle', id: 'PTCH' }, decimals: 1 };

  test('gives each transducer that a point names, in the unit of its type', () => {
    const device = receiver({}, [cabin, baro, pitch]);
    expect(device.points).toMatchObject([
      { name: 'cabin', type: 'number', unit: '°C', deadband: 0 },
      { name: 'pressure', unit: 'hPa' },
      { name: 'pitch', unit: 'deg' },
    ]);
    expect(decode('WIXDR,C,23.1,C,TEMP1,P,1.0154,B,BARO,A,-1.25,D,PTCH', device)).toEqual({
      cabin: 23.1,
      pressure: 1015.4,
      pitch: -1.3,
    });
    expect(decode('WIXDR,C,50,F,TEMP1,P,101325,P,BARO', device)).toEqual({ cabin: 10, pressure: 1013.25 });
    expect(decode('WIXDR,C,300.15,K, TEMP1 ', device)).toEqual({ cabin: 27 });
  });

  test('passes over every other transducer, also one out of form', () => {
    const device = receiver({}, [cabin]);
    expect(decode('WIXDR,H,40,P,TEMP1,C,x,y,OTHER,C,1,C', device)).toEqual({});
    expect(decode('WIXDR,Q,7,,,C,23.1,C,TEMP1', device)).toEqual({ cabin: 23.1 });
  });

  test('does not know what a number in another unit means, and refuses what is none', () => {
    const device = receiver({}, [cabin]);
    expect(decode('WIXDR,C,23.1,X,TEMP1', device)).toEqual({ cabin: null });
    // by the names of what every object has
    for (const unit of ['constructor', 'valueOf', 'toString']) {
      expect(decode(`WIXDR,C,23.1,${unit},TEMP1`, device)).toEqual({ cabin: null });
    }
    expect(decode('WIXDR,C,,C,TEMP1', device)).toEqual({ cabin: null });
    expect(faultOf('WIXDR,C,2x,C,TEMP1', device)).toBe('nmea0183/malformed');
  });

  test('feeds a usual point’s name alone where a transducer has it', () => {
    const device = receiver({}, [baro]);
    expect(decode('WIMDA,29.9870,I,1.0154,B', device)).toEqual({});
    expect(decode('WIXDR,P,1.0100,B,BARO', device)).toEqual({ pressure: 1010 });
  });

  test.each([
    [[cabin, { ...cabin, name: 'other' }], {}],
    [[cabin], { sentences: ['MDA'] }],
  ])('a transducer twice, or one whose sentence is not used, is refused', (points, options) => {
    expect(() => receiver(options, points)).toThrow(expect.objectContaining({ code: 'driver/create' }));
  });
});

test('a weather station that sends all of them is read without a word of config', () => {
  const device = receiver();
  const bodies = ['WIMWV,45,R,10,N,A', 'WIMDA,,,1.01,B', 'HEHDT,1,T', 'SDDPT,3,0.5'];
  for (const body of bodies) {
    expect(Object.keys(valuesOf(device.decode(bytesOf(withChecksum(body))))).length).toBeGreaterThan(0);
  }
});
