import { describe, expect, it } from 'vitest';
import { Fault } from '../../../drivers/contract/fault.ts';
import { driver } from '../../../drivers/sdi12/driver.ts';
import { readIdentification } from '../../../drivers/sdi12/identification.ts';
import { doubtsOf, messagesOf, only, sensor, talk, values } from './recorder.ts';

const ABOUT = ['protocol', 'vendor', 'model', 'version', 'serial'];
const told = (line: string) => {
  const points = ABOUT.map((about) => ({ name: about, about }));
  return talk(only(sensor({ address: 0 }, points)), [['0I!', `0${line}\r\n`]]).end;
};

describe('the identification', () => {
  it('is read as the standard lays it out', () => {
    expect(told('14FIELDWRDSOIL-11.0SN0042')).toEqual({
      ...{ protocol: '1.4', vendor: 'FIELDWRD', model: 'SOIL-1', version: '1.0', serial: 'SN0042' },
    });
  });

  it('has null for what the sensor leaves out', () => {
    expect(told('13VENDOR  MOD')).toEqual({
      ...{ protocol: '1.3', vendor: 'VENDOR', model: 'MOD', version: null, serial: null },
    });
  });

  it('of another form is none', () => {
    for (const text of ['', 'x4VENDOR', '1', `14${'a'.repeat(90)}`, '14\u0007']) {
      expect(readIdentification(text)).toBeUndefined();
    }
  });
});

it('a sensor that acknowledges is there', () => {
  const device = sensor({ address: 0 }, [{ name: 'there', about: 'active' }]);
  expect(device.points).toMatchObject([{ name: 'there', type: 'boolean' }]);
  expect(talk(only(device), [['0!', '0\r\n']]).end).toEqual({ there: true });
  expect(talk(only(device), [['0!', '0!0\r\n']]).end).toEqual({ there: true });
});

it('a value is scaled, rounded, or a text that stands for it', () => {
  const points = [
    { name: 'level', index: 0, unit: 'm', scale: 0.1, offset: -2, decimals: 1 },
    { name: 'state', index: 1, enum: { 0: 'dry', 1: 'wet' } },
    { name: 'other', index: 2, enum: { 0: 'dry' } },
  ];
  const device = sensor({ address: 0, command: 'R' }, points);
  expect(device.points).toMatchObject([
    { name: 'level', type: 'number', unit: 'm' },
    { name: 'state', type: 'text', choices: ['dry', 'wet'] },
    { name: 'other', type: 'text' },
  ]);
  expect(talk(only(device), [['0R0!', '0+31.26+1+5\r\n']]).end).toEqual({ level: 1.1, state: 'wet', other: null });
});

describe('the options', () => {
  it('take an address as digit or letter, written as text or number', () => {
    for (const address of [0, 9, '0', 'a', 'Z']) expect(messagesOf(driver.options, { address })).toEqual([]);
    for (const address of [10, -1, 1.5, '', '10', '?', '*', 'ä', true, undefined]) {
      expect(messagesOf(driver.options, { address })).toEqual(['address: must be one of 0 to 9, A to Z, a to z']);
    }
  });

  it('refuse what they do not know and what is out of bounds', () => {
    const refused = (more: object) => messagesOf(driver.options, { address: 0, ...more });
    expect(refused({ command: 'm' })).toEqual(['command: must be M, C or R']);
    expect(refused({ crc: 1 })).toEqual(['crc: must be true or false']);
    expect(refused({ answerMs: 29 })).toEqual(['answerMs: must be 30 to 5000']);
    expect(refused({ maxMeasureS: 1000 })).toEqual(['maxMeasureS: must be 1 to 999']);
    expect(refused({ baud: 1200 })).toHaveLength(1);
  });
});

describe('a point', () => {
  it('names a value or a part of the identification, not both', () => {
    expect(messagesOf(driver.point, { name: 'a' })).toEqual(['index: is missing: it says which value, from 0']);
    expect(messagesOf(driver.point, { name: 'a', index: 0, about: 'model' })).toEqual([
      'index: does not go together with about',
    ]);
    expect(messagesOf(driver.point, { name: 'a', about: 'colour' })).toHaveLength(1);
    expect(messagesOf(driver.point, { name: 'a', index: 99 })).toEqual(['index: must be 0 to 98']);
    expect(messagesOf(driver.point, { name: 'a', index: 0, enum: { 0: 'x' }, max: 3 })).toEqual([
      'max: does not go together with enum',
    ]);
    expect(messagesOf(driver.point, { name: 'a', index: 0, writable: true })).toHaveLength(1);
  });

  it('can not have an index that its command never gives, nor a name twice', () => {
    const code = (work: () => unknown) => {
      try {
        work();
        return undefined;
      } catch (thrown) {
        return thrown instanceof Fault ? [thrown.code, thrown.facts] : thrown;
      }
    };
    expect(code(() => sensor({ address: 0 }, values(0, 9)))).toEqual(['driver/create', { point: 1 }]);
    expect(code(() => sensor({ address: 0, command: 'C' }, values(9)))).toBeUndefined();
    expect(code(() => sensor({ address: 0 }, values(1, 1)))).toEqual(['driver/create', { point: 1 }]);
    const device = sensor({ address: 0 }, values(1));
    expect(code(() => device.plan(['x']))).toMatchObject(['command/unknown-point', undefined]);
    expect(code(() => device.write(new Map([['x', 1]])))).toMatchObject(['command/unknown-point', undefined]);
    expect(code(() => device.write(new Map([['v1', 1]])))).toMatchObject(['command/not-writable', undefined]);
  });
});

it('a sensor is not asked more often than minPollMs, nor are its points', () => {
  const points = [
    { name: 'often', index: 0, pollMs: 100 },
    { name: 'seldom', index: 1, pollMs: 60_000 },
    { name: 'usual', index: 2 },
  ];
  const periods = (options: object) => {
    const device = sensor({ address: 0, ...options }, points);
    return [device.leastPollMs, ...device.points.map(({ pollMs }) => pollMs)];
  };
  expect(periods({})).toEqual([5000, 5000, 60_000, undefined]);
  expect(periods({ minPollMs: 0 })).toEqual([0, 100, 60_000, undefined]);
});

it('check doubts a line that no sensor hears, unless the adapter stands between', () => {
  expect(doubtsOf({ address: 0 }, { dataBits: 8 })).toMatchObject([{ at: { port: 'dataBits' } }]);
  expect(doubtsOf({ address: 0 }, { dataBits: 7 })).toEqual([]);
  expect(doubtsOf({ address: 0, break: false }, { dataBits: 8 })).toEqual([]);
  expect(doubtsOf({ address: 0 }, { tcpPort: 4001 })).toEqual([]);
});
