import { describe, expect, test } from 'vitest';
import { driver } from '../../../../drivers/obis/p1/driver.ts';
import { bytesOf, hear, KEY, meter, sealed, telegram, valuesOf } from './meter.ts';

const KEYED = { options: { keyFile: 'key' }, secrets: { keyFile: `${KEY}\n` } };
const lines = (power: number) => telegram([`1-0:1.7.0(${power}*W)`]);
const heard = (frames: readonly Uint8Array[], setup: object = KEYED) => hear(meter(setup), frames);

describe('an encrypted telegram', () => {
  test('is opened with the key, and the public authentication key where the config names none', () => {
    expect(valuesOf(heard([sealed(lines(286), { counter: 1 })]))).toEqual({ 'power-import': 0.286 });
  });

  test('is opened with another authentication key where the config has it', () => {
    const authenticationKey = 'f'.repeat(32);
    const setup = {
      options: { keyFile: 'key', authenticationKeyFile: 'authentication' },
      secrets: { keyFile: KEY, authenticationKeyFile: authenticationKey },
    };
    const frame = sealed(lines(286), { counter: 1, authenticationKey });
    expect(valuesOf(heard([frame], setup))).toEqual({ 'power-import': 0.286 });
    expect(heard([frame])).toMatchObject({ samples: [], faults: ['p1/authentication'] });
  });

  test('gives no value with any bit of it changed', () => {
    const frame = sealed(lines(286), { counter: 7 });
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const changed = frame.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(heard([changed]).samples).toEqual([]);
    }
  });

  test('counts once: the frame counter must grow', () => {
    const [first, second] = [sealed(lines(1000), { counter: 8 }), sealed(lines(2000), { counter: 9 })];
    const { samples, faults } = heard([first, first, second, first, second]);
    expect(samples.map(({ value }) => value)).toEqual([1, 2]);
    expect(faults).toEqual(['p1/replay', 'p1/replay', 'p1/replay']);
  });

  test('may have any counter of four bytes, and another meter its own', () => {
    const last = sealed(lines(1000), { counter: 0xffffffff });
    const other = sealed(lines(2000), { counter: 1, title: 'FWD00002' });
    expect(heard([last, other]).samples.map(({ value }) => value)).toEqual([1, 2]);
  });

  test('that is forged does not move the counter', () => {
    const forged = sealed(lines(1), { counter: 0xffffffff, key: 'a'.repeat(32) });
    const { samples, faults } = heard([forged, sealed(lines(1000), { counter: 5 })]);
    expect(samples.map(({ value }) => value)).toEqual([1]);
    expect(faults).toEqual(['p1/authentication']);
  });

  test('is refused where its inner CRC is wrong, and needs none', () => {
    expect(heard([sealed(telegram(['1-0:1.7.0(1*W)'], 'FFFF'), { counter: 1 })])).toMatchObject({
      samples: [],
      faults: ['p1/checksum'],
    });
    const bare = telegram(['1-3:0.2.8(50)', '1-0:1.7.0(1000*W)'], '');
    expect(heard([sealed(bare, { counter: 1 })]).samples).toEqual([{ point: 'power-import', value: 1 }]);
  });

  test('is told as such where there is no key', () => {
    expect(heard([sealed(lines(1), { counter: 1 })], {})).toMatchObject({ samples: [], faults: ['p1/no-key'] });
    const forCheck = { options: { keyFile: 'key' } };
    expect(heard([sealed(lines(1), { counter: 1 })], forCheck)).toMatchObject({ faults: ['p1/no-key'] });
  });

  test('makes a plain one count for nothing where a key is configured', () => {
    expect(heard([bytesOf(lines(1))])).toMatchObject({ samples: [], faults: ['p1/not-encrypted'] });
  });

  test('that is cut costs itself and not the next one', () => {
    const [first, second] = [sealed(lines(1000), { counter: 1 }), sealed(lines(2000), { counter: 2 })];
    for (let length = 1; length < first.length; length++) {
      const { samples } = heard([first.subarray(0, length), second]);
      expect(samples.map(({ value }) => value)).toEqual([2]);
    }
  });
});

test('a key file holds 32 hexadecimal digits, and its judge quotes none of it', () => {
  const judge = driver.secrets?.keyFile;
  expect(judge?.(bytesOf(KEY))).toBeUndefined();
  expect(judge?.(bytesOf(` ${KEY}\r\n`))).toBeUndefined();
  for (const content of ['', KEY.slice(1), `${KEY}0`, `${KEY.slice(1)}g`, ' '.repeat(99) + KEY]) {
    expect(judge?.(bytesOf(content))).toBe('must hold 32 hexadecimal digits');
  }
});
