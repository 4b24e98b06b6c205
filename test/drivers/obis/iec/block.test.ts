import { describe, expect, test } from 'vitest';
import { blockCheck, readData } from '../../../../drivers/obis/iec/block.ts';
import { driver } from '../../../../drivers/obis/iec/driver.ts';
import { block, bytesOf, dialogueOf, meter, OPTICAL, run } from './runner.ts';

function read(data: string, ...points: readonly object[]) {
  const said = ['/LGZ0X\r\n', '', block(data)];
  return run(dialogueOf(meter({}, points)), () => bytesOf(said.shift() ?? '')).values;
}

function problems(schema: typeof driver.point | typeof driver.options, value: unknown): readonly string[] {
  const result = schema.safeParse(value);
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('a data block', () => {
  test('is lines of data sets: address, value, unit', () => {
    expect(readData('1.8.0(0001234.5*kWh)\r\n0.9.1(101500)0.9.2(261123)\r\n!\r\n')).toEqual({
      sets: [
        { address: '1.8.0', values: [{ text: '0001234.5', unit: 'kWh' }] },
        { address: '0.9.1', values: [{ text: '101500' }] },
        { address: '0.9.2', values: [{ text: '261123' }] },
      ],
      isSound: true,
    });
  });

  test('gives values without an address to the address before, also on the next line', () => {
    expect(readData('1.6.0(00.734*kW)(2611151015)\r\n(0.7)\r\n').sets).toEqual([
      { address: '1.6.0', values: [{ text: '00.734', unit: 'kW' }, { text: '2611151015' }, { text: '0.7' }] },
    ]);
  });

  test('leaves values whole that & joins', () => {
    expect(readData('9.4(088*C&082*C)9.2(&&)').sets).toEqual([
      { address: '9.4', values: [{ text: '088*C&082*C' }] },
      { address: '9.2', values: [{ text: '&&' }] },
    ]);
  });

  test('gives nothing of a line that is no row of data sets, and says so', () => {
    for (const line of ['1.8.0(12', '1.8.0)12(', '1.8.0(1)x', 'x', '1.8.0(1\x07)', '(1)']) {
      const { sets, isSound } = readData(`${line}\r\n2.8.0(1)\r\n`);
      expect({ isSound, last: sets.at(-1)?.address }).toEqual({ isSound: false, last: '2.8.0' });
      expect(sets.some(({ address }) => address === '1.8.0')).toBe(false);
    }
  });

  test('is bounded', () => {
    expect(readData('1.8.0(1)'.repeat(5000)).sets).toHaveLength(4096);
  });

  test('has the exclusive or of all characters behind STX for its check', () => {
    // by hand: "A(1)" 41^28^31^29 = 71, ETX 03: 72
    expect(blockCheck(bytesOf('A(1)\x03'))).toBe(0x72);
  });
});

describe('a point', () => {
  const DATA =
    '1.8.0(0001234.5*kWh)\r\n1.8.0*01(0001000.0*kWh)\r\n1.8.0&02(0000900.0*kWh)\r\n1.6.0(00.734*kW)(2611151015)\r\nF.F(00)\r\nC.1(0000680476)\r\n6.8.1()\r\n81.7.6(  80*Deg)\r\n0.9.2(261123)\r\n!\r\n';

  test('is found by its code, with or without medium and channel, and the stored ones by theirs', () => {
    expect(
      read(
        DATA,
        { name: 'now', obis: '1-0:1.8.0' },
        { name: 'short', obis: '1.8.0' },
        { name: 'last', obis: '1.8.0*1' },
        { name: 'before', obis: '1.8.0&02' },
        { name: 'absent', obis: '2.8.0' },
      ),
    ).toEqual({ now: 1234.5, short: 1234.5, last: 1000, before: 900 });
  });

  test('is of several values the one with the unit, or the one that is named', () => {
    expect(read(DATA, { name: 'peak', obis: '1.6.0' }, { name: 'at', obis: '1.6.0', index: 1, type: 'text' })).toEqual({
      peak: 0.734,
      at: '2611151015',
    });
  });

  test('is a text as sent, or a number, as its type says; nothing is null', () => {
    expect(
      read(
        DATA,
        { name: 'f', obis: 'F.F', type: 'text' },
        { name: 'id', obis: 'C.1' },
        { name: 'none', obis: '6.8.1' },
        { name: 'angle', obis: '81.7.6' },
        { name: 'date', obis: '0.9.2', type: 'text' },
        { name: 'no-number', obis: '1.6.0', index: 1, type: 'number' },
      ),
    ).toEqual({ f: '00', id: '0000680476', none: null, angle: 80, date: '261123', 'no-number': 2611151015 });
  });

  test('is converted to a unit of the same kind', () => {
    expect(read(DATA, { name: 'wh', obis: '1.8.0', unit: 'Wh' })).toEqual({ wh: 1234500 });
  });

  test('of the usual ones takes no short code of another medium, and none of two groups', () => {
    const heat = '6.8(0029.055*MWh)9.7(20000)1.8.0(1*kWh)1.0.0(2)\r\n!\r\n';
    expect(read(heat)).toEqual({ 'energy-import': 1, 'meter-time': '2' });
    expect(read('8-0:1.8.0(7*m3)\r\n!\r\n', { name: 'energy-import' }, { name: 'w', obis: '8-0:1.8.0' })).toEqual({
      w: 7,
    });
  });
});

describe('the config', () => {
  test.each([
    [{ name: 'x' }, 'name: must be a usual point, or have obis'],
    [{ name: 'x', obis: 'one' }, 'obis: must be an OBIS code such as 1-0:1.8.0'],
    [{ name: 'x', obis: '1.8.0', index: 256 }, 'index: must be 0 to 255'],
    [{ name: 'gas' }, 'name: must be a usual point, or have obis'],
  ])('refuses the point %j', (entry, problem) => {
    expect(problems(driver.point, entry)).toContain(problem);
  });

  test.each([
    [{ mode: 'e' }, 'mode: must be one of auto, a, b, c, d'],
    [{ address: '/?' }, 'address: must be at most 32 of 0-9, A-Z, a-z and blank'],
    [{ reactionMs: 1501 }, 'reactionMs: must be 0 to 1500'],
    [{ baudRate: 115200 }, 'baudRate: must be one of 300, 600, 1200, 2400, 4800, 9600, 19200'],
    [{ protocolV: 2 }, 'protocolV: must be 0 to 1'],
    [{ maxBlockBytes: 20000 }, 'maxBlockBytes: must be 256 to 16000'],
    [{ mode: 'd', wakeUp: true }, 'wakeUp: does not go with mode d'],
    [{ mode: 'd', baudRate: 9600 }, 'baudRate: does not go with mode d'],
  ])('refuses the options %j', (options, problem) => {
    expect(problems(driver.options, options)).toContain(problem);
  });

  test('refuses what it does not know, and a point that stands twice', () => {
    expect(problems(driver.options, { password: 'x' })).toHaveLength(1);
    expect(problems(driver.point, { name: 'x', obis: '1.8.0', address: 1 })).toHaveLength(1);
    expect(() => meter({}, [{ name: 'energy-import' }, { name: 'energy-import' }])).toThrow();
  });

  test('is doubted where the port has 8 data bits and the meter is asked', () => {
    const setup = (value: unknown) => {
      const options = driver.options.safeParse(value);
      if (!options.success) throw new Error('no such options');
      return { options: options.data, points: [], line: OPTICAL };
    };
    expect(driver.doubts?.(setup({}), { dataBits: 8 })).toHaveLength(1);
    expect(driver.doubts?.(setup({}), { dataBits: 7 })).toEqual([]);
    expect(driver.doubts?.(setup({ mode: 'd' }), { dataBits: 8 })).toEqual([]);
  });

  test('makes a meter that writes nothing', () => {
    const device = meter({});
    if (device.kind !== 'poll') throw new Error('it is asked');
    const code = (name: string) => {
      try {
        device.write(new Map([[name, 1]]));
      } catch (fault) {
        return (fault as { code: string }).code;
      }
      return undefined;
    };
    expect(code('energy-import')).toBe('command/not-writable');
    expect(code('other')).toBe('command/unknown-point');
    expect(device.plan([])).toEqual([]);
  });
});
