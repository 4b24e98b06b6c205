import { describe, expect, it } from 'vitest';
import { Overheard, recognize } from '../../../../agent/cli/ports/overheard.ts';
import { seal } from '../../../../drivers/modbus/rtu/frame.ts';
import { dlmsBytes } from '../../../../scripts/sim/dlms-meter.ts';
import { gpsEpoch } from '../../../../scripts/sim/gps.ts';
import { randomForTest } from '../../../support/seed.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const heard = (...chunks: readonly Uint8Array[]) => {
  const overheard = new Overheard();
  for (const chunk of chunks) overheard.add(chunk);
  return overheard;
};

describe('what talks by itself is recognized', () => {
  it.each<[string, Uint8Array, string | undefined]>([
    ['a GPS', bytes(gpsEpoch(1_700_000_000_000).join('')), 'nmea0183'],
    ['a GPS from the middle of a sentence on', bytes(gpsEpoch(1_700_000_000_000).join('').slice(20)), 'nmea0183'],
    ['AIS', bytes('!AIVDM,1,1,,B,177KQJ5000G?tO`K>RA1wUbN0TKH,0*5C\r\n'), 'nmea0183'],
    ['SML', bytes('\x1b\x1b\x1b\x1b\x01\x01\x01\x01\x76\x05\x00'), 'sml'],
    ['a P1 telegram', bytes('/KFM5KAIFA-METER\r\n\r\n1-3:0.2.8(42)\r\n'), 'dsmr-p1'],
    ['the middle of a P1 telegram', bytes('1.8.1(000671.578*kWh)\r\n1-0:1.8.2(000842.472*kWh)\r\n'), 'dsmr-p1'],
    ['VE.Direct', bytes('\r\nPID\t0x203\r\nV\t26201\r\n'), 'vedirect'],
    ['DLMS in HDLC', dlmsBytes(1_700_000_000_000, { model: 'aidon' }), 'dlms-push'],
    ['DLMS in M-Bus frames', dlmsBytes(1_700_000_000_000, { model: 'austria' }), 'dlms-push'],
    ['M-Bus', Uint8Array.from([0x68, 3, 3, 0x68, 0x53, 0xfe, 0x50, 0xa1, 0x16]), 'mbus'],
    ['another Modbus master', seal(5, [3, 0, 0, 0, 2]), 'modbus-listen'],
    ['a Modbus answer', seal(5, [3, 4, 0, 1, 2, 3]), 'modbus-listen'],
    // an acknowledgement
    ['UBX', Uint8Array.from([0xb5, 0x62, 5, 1, 2, 0, 6, 1, 0x0f, 0x38]), undefined],
    ['a scale', bytes('ST,GS,   12.34kg\r\nST,GS,   12.35kg\r\n'), 'lines'],
  ])('%s', (_, given, driver) => {
    const talk = recognize(given);
    expect(talk).toBeDefined();
    expect(talk?.driver).toBe(driver);
    expect(heard(...Array.from(given, (byte) => Uint8Array.of(byte))).talk()).toEqual(talk);
  });

  it('a few bytes are a disturbance, many that make no sense are something unknown', () => {
    const noise = Uint8Array.from({ length: 15 }, (_, index) => (index * 37) ^ 0xa5);
    expect(heard(noise).talk()).toBeUndefined();
    const talk = heard(noise, noise).talk();
    expect(talk?.what).toContain('another baud rate');
    expect(talk?.driver).toBeUndefined();
  });

  it.each([
    ['the start of a UBX frame', [0xb5, 0x62, 1, 7, 92, 0]],
    ['a UBX frame with a wrong sum', [0xb5, 0x62, 5, 1, 2, 0, 6, 1, 0x0f, 0x39]],
    ['one field of VE.Direct', [...bytes('\r\nV\t')]],
    ['one OBIS code', [...bytes('\x9f1-0:1.8.0(')]],
    ['one identification', [...bytes('\n/ABC5x\r\n')]],
  ])('%s in noise is no protocol', (_, within) => {
    const noise = Array.from({ length: 200 }, (_each, index) => ((index * 151) & 0xff) | 0x80);
    const talk = heard(Uint8Array.from([...noise, ...within, ...noise])).talk();
    expect(talk?.what).toContain('another baud rate');
  });

  it('random bytes are hardly ever a protocol', () => {
    const random = randomForTest();
    let named = 0;
    for (let run = 0; run < 200; run += 1) {
      const noise = Uint8Array.from({ length: 1000 }, () => Math.floor(random() * 256));
      if (recognize(noise) !== undefined) named += 1;
    }
    // a whole Modbus frame with a right CRC comes by chance in one of some hundred
    expect(named).toBeLessThanOrEqual(8);
  });

  it('a sentence with a wrong checksum proves nothing', () => {
    expect(recognize(bytes('$GPGLL,1*00'))).toBeUndefined();
  });
});

describe('what was overheard', () => {
  it('is kept in bounds, the newest of it, and counted whole', () => {
    const overheard = heard(new Uint8Array(10_000), bytes('\r\nPID\t0x203\r\nV\t26201'));
    expect(overheard.count).toBe(10_020);
    expect(overheard.talk()?.driver).toBe('vedirect');
  });

  it('holds late answers of units, and no request that came back', () => {
    const late = [seal(9, [3, 2, 0, 1]), seal(12, [0x83, 2])];
    expect(heard(Uint8Array.of(0, 1), ...late, seal(3, [3, 0, 0, 0, 1])).answerers()).toEqual([9, 12]);
  });
});
