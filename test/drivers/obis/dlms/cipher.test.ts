import { describe, expect, test } from 'vitest';
import type { Memory } from '../../../../drivers/contract/memory.ts';
import { openCiphered } from '../../../../drivers/obis/dlms/apdu/cipher.ts';
import { driver } from '../../../../drivers/obis/dlms/driver.ts';
import {
  axdr,
  type CipherSettings,
  ciphered,
  dataNotification,
  hdlc,
  joined,
} from '../../../../scripts/sim/dlms-encoder.ts';
import { AUTHENTICATION_KEY, hear, KEY, meter, TITLE } from './meter.ts';

const POWER = axdr.structure(axdr.code('1.0.1.7.0.255'), axdr.u32(1500), axdr.scalerUnit(0, 27));
const NOTIFICATION = dataNotification(axdr.array(POWER));
const POINTS = ['1-0:1.7.0'];
const SETTINGS: CipherSettings = {
  title: TITLE,
  counter: 7,
  control: 0x30,
  key: KEY,
  authenticationKey: AUTHENTICATION_KEY,
};
const OTHER = Buffer.alloc(16, 0x5a);

/** The result of telegrams with these settings, one after another on one opening. */
function heard(device: ReturnType<typeof meter>, ...changes: readonly Partial<CipherSettings>[]) {
  const sent = changes.flatMap((change) => hdlc(ciphered(NOTIFICATION, { ...SETTINGS, ...change })));
  const { samples, faults, memory } = hear(device, ...sent);
  return { powers: samples.map(({ value }) => value), faults, memory };
}

describe('a telegram', () => {
  const both = meter({ points: POINTS, key: KEY, authenticationKey: AUTHENTICATION_KEY });
  const one = meter({ points: POINTS, key: KEY });

  test.each([
    ['encrypted and authenticated', 0x30],
    ['authenticated', 0x10],
    ['encrypted, of suite 1', 0x31],
  ])('that is %s is opened with both keys', (_name, control) => {
    expect(heard(both, { control })).toMatchObject({ powers: [1500], faults: [] });
    expect(heard(both, { control, tag: 0xdc })).toMatchObject({ powers: [1500], faults: [] });
  });

  test('without a tag is refused where an authentication key is set, and opened where none is', () => {
    expect(heard(both, { control: 0x20 })).toMatchObject({ powers: [], faults: ['dlms/tag'] });
    expect(heard(one, { control: 0x20 })).toMatchObject({ powers: [1500], faults: [] });
  });

  test('as in the example of the standard is opened (DLMS UA Green Book, table 37)', () => {
    const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
    const apdu = hex(`db084d4d4d0000bc614e1e3001234567411312ff935a47566827c467bc7d825c3be4a77c3fcc056b6b`);
    const keys = {
      encryption: hex('000102030405060708090a0b0c0d0e0f'),
      authentication: hex('d0d1d2d3d4d5d6d7d8d9dadbdcdddedf'),
    };
    expect(openCiphered(apdu, keys, undefined)).toEqual({
      apdu: Buffer.from('c0010000080000010000ff0200', 'hex'),
      isProven: true,
      memory: { 'counter-4d4d4d0000bc614e': 0x01234567 },
    });
  });

  test('whose tag does not fit gives nothing', () => {
    for (const control of [0x30, 0x10]) {
      expect(heard(both, { control, authenticationKey: OTHER })).toMatchObject({ powers: [], faults: ['dlms/tag'] });
      expect(heard(both, { control, key: OTHER })).toMatchObject({ powers: [], faults: ['dlms/tag'] });
    }
  });

  test('with any bit changed gives nothing where it has a tag', () => {
    const sound = ciphered(NOTIFICATION, SETTINGS);
    for (let bit = 0; bit < 8 * sound.length; bit += 1) {
      const changed = sound.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      const told = hear(both, ...hdlc(changed));
      // without the bit that says that there is a tag, the tag is text, and makes no sense
      expect(told.samples).toEqual([]);
    }
  });

  test('without an authentication key is opened, and its tag not checked', () => {
    expect(heard(one, {})).toMatchObject({ powers: [1500], faults: [] });
    expect(heard(one, { control: 0x10 })).toMatchObject({ powers: [], faults: ['dlms/no-key'] });
  });

  test('of another key makes no sense and gives nothing', () => {
    expect(heard(one, { key: OTHER })).toMatchObject({ powers: [], faults: ['dlms/key'], memory: undefined });
    expect(heard(one, { control: 0x20, key: OTHER })).toMatchObject({ powers: [], faults: ['dlms/key'] });
  });

  test('needs a key', () => {
    const none = meter({ points: POINTS });
    for (const control of [0x30, 0x20, 0x10]) {
      expect(heard(none, { control })).toMatchObject({ powers: [], faults: ['dlms/no-key'] });
    }
    expect(heard(none, { control: 0 })).toMatchObject({ powers: [1500] });
  });

  test('in the clear gives nothing where a key is set', () => {
    expect(hear(both, ...hdlc(NOTIFICATION))).toMatchObject({ samples: [], faults: ['dlms/not-encrypted'] });
    expect(heard(one, { control: 0 })).toMatchObject({ powers: [], faults: ['dlms/not-encrypted'] });
  });

  test('that is compressed, of suite 2, or holds something else is not read', () => {
    expect(heard(both, { control: 0xb0 }).faults).toEqual(['dlms/unsupported']);
    expect(heard(both, { control: 0x32 }).faults).toEqual(['dlms/unsupported']);
    const get = ciphered(Uint8Array.of(0xc0, 1, 0, 0, 8, 0, 0, 1, 0, 0, 255, 2, 0), SETTINGS);
    expect(hear(both, ...hdlc(get)).faults).toEqual(['dlms/unsupported']);
    expect(hear(both, ...hdlc(Uint8Array.of(0xc0, 1))).faults).toEqual(['dlms/unsupported']);
  });

  test('that is cut, or has a title of another length, is refused', () => {
    const sound = ciphered(NOTIFICATION, SETTINGS);
    for (let length = 2; length < sound.length; length += 1) {
      expect(hear(both, ...hdlc(sound.subarray(0, length))).faults).toEqual(['dlms/malformed']);
    }
    expect(heard(both, { title: Buffer.alloc(12, 1) }).faults).toEqual(['dlms/malformed']);
    const short = joined(Uint8Array.of(0xdb, 8), TITLE, Uint8Array.of(6, 0x30, 0, 0, 0, 9, 1));
    expect(hear(both, ...hdlc(short)).faults).toEqual(['dlms/malformed']);
  });
});

describe('the invocation counter', () => {
  const device = meter({ points: POINTS, key: KEY, authenticationKey: AUTHENTICATION_KEY });

  test('must grow', () => {
    const told = heard(
      device,
      { counter: 7 },
      { counter: 7 },
      { counter: 6 },
      { counter: 9 },
      { counter: 0xffff_ffff },
    );
    expect(told.powers).toEqual([1500, 1500, 1500]);
    expect(told.faults).toEqual(['dlms/replayed', 'dlms/replayed']);
  });

  test('is not moved by a telegram whose tag is wrong', () => {
    const told = heard(device, { counter: 7 }, { counter: 0xffff_ffff, authenticationKey: OTHER }, { counter: 8 });
    expect(told).toMatchObject({ powers: [1500, 1500], faults: ['dlms/tag'] });
  });

  test('is counted for each system title, of which the last four are kept', () => {
    const titled = (digit: number) => ({ title: Buffer.alloc(8, digit) });
    expect(heard(device, titled(1), titled(2), titled(1))).toMatchObject({
      powers: [1500, 1500],
      faults: ['dlms/replayed'],
    });
    const many = Array.from({ length: 20 }, (_, digit) => titled(digit));
    const memory: Memory = heard(device, ...many).memory ?? {};
    expect(Object.keys(memory)).toHaveLength(4);
  });

  test('begins anew with each opening', () => {
    expect(heard(device, {}).powers).toEqual([1500]);
    expect(heard(device, {}).powers).toEqual([1500]);
  });
});

describe('a key file', () => {
  const judge = driver.secrets?.keyFile;

  test('holds 32 hexadecimal digits and may end its line', () => {
    for (const text of ['00112233445566778899AABBCCDDEEFF', '00112233445566778899aabbccddeeff\r\n']) {
      expect(judge?.(Buffer.from(text))).toBeUndefined();
    }
    for (const text of ['', '0011', `${'0'.repeat(33)}`, `g${'0'.repeat(31)}`, '0'.repeat(32) + ' '.repeat(100)]) {
      expect(judge?.(Buffer.from(text))).toBe('must hold 32 hexadecimal digits');
    }
    expect(Object.keys(driver.secrets ?? {})).toEqual(['keyFile', 'authenticationKeyFile']);
  });

  test('of authentication needs one of encryption', () => {
    expect(driver.options.safeParse({ authenticationKeyFile: 'a' }).success).toBe(false);
    expect(driver.options.safeParse({ keyFile: 'k', authenticationKeyFile: 'a' }).success).toBe(true);
  });
});
