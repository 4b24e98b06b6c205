import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { driver } from '../../../drivers/vedirect/driver.ts';
import { USUAL_NAMES } from '../../../drivers/vedirect/usual.ts';
import { block, bytesOf, device, hear, joined, pieces, problems } from './wire.ts';

const MPPT =
  'PID=0xA060 FW=161 SER#=HQ2040AAAAA V=13790 I=-10 VPV=15950 PPV=0 CS=245 MPPT=0 OR=0x00000001 ERR=0 LOAD=ON IL=0 H19=0 H20=3 H21=397 H22=1 H23=6 HSDS=16';
const BMV = 'PID=0x203 V=26201 I=0 P=0 CE=0 SOC=1000 TTG=-1 Alarm=OFF Relay=OFF AR=0 BMV=700 FW=0307';
const BMV_HISTORY = 'H1=-102738 H4=1 H7=-1 H8=28885 H9=--- H17=4610 H18=5010';
const INVERTER =
  'PID=0xA231 FW=0110 SER#=HQ1511BBBBB MODE=2 CS=9 AC_OUT_V=22998 AC_OUT_I=-1 AC_OUT_S=7 V=24081 AR=256 WARN=0 OR=0x00000000';

describe('the usual points', () => {
  test('of a solar charger are in volts, amperes, kilowatt-hours and words', () => {
    expect(hear([block(MPPT)]).values).toEqual([
      {
        'product-id': '0xA060',
        firmware: '161',
        'serial-number': 'HQ2040AAAAA',
        'battery-voltage': 13.79,
        'battery-current': -0.01,
        'panel-voltage': 15.95,
        'panel-power': 0,
        state: 'starting-up',
        'tracker-mode': 'off',
        'off-reasons': 1,
        error: 0,
        load: true,
        'load-current': 0,
        'yield-total': 0,
        'yield-today': 0.03,
        'power-maximum-today': 397,
        'yield-yesterday': 0.01,
        'power-maximum-yesterday': 6,
        'history-day': 16,
      },
    ]);
  });

  test('of a battery monitor come in two blocks, and what it does not know is null', () => {
    expect(hear([block(BMV), block(BMV_HISTORY)]).values).toEqual([
      {
        'product-id': '0x203',
        'battery-voltage': 26.201,
        'battery-current': 0,
        power: 0,
        'charge-consumed': 0,
        'state-of-charge': 100,
        'time-to-go': null,
        alarm: false,
        relay: false,
        'alarm-reasons': 0,
        model: '700',
        firmware: '0307',
      },
      {
        'deepest-discharge': -102.738,
        'charge-cycles': 1,
        'voltage-minimum': -0.001,
        'voltage-maximum': 28.885,
        'time-since-full': null,
        'energy-discharged': 46.1,
        'energy-charged': 50.1,
      },
    ]);
  });

  test('of an inverter are in volts, amperes and volt-amperes', () => {
    expect(hear([block(INVERTER)]).values).toMatchObject([
      {
        state: 'inverting',
        'device-mode': 'inverter',
        'ac-voltage': 229.98,
        'ac-current': -0.1,
        'ac-power-apparent': 7,
        'battery-voltage': 24.081,
        'alarm-reasons': 256,
      },
    ]);
  });

  test('are all of them, or those of the product', () => {
    const names = (options: unknown) => device(options).points.map(({ name }) => name);
    expect(names({})).toEqual(USUAL_NAMES);
    expect(names({ product: 'solar-charger' })).toContain('panel-voltage');
    expect(names({ product: 'solar-charger' })).not.toContain('state-of-charge');
    expect(names({ product: 'battery-monitor' })).not.toContain('ac-voltage');
    expect(names({ product: 'inverter' })).toContain('ac-voltage');
  });

  test('have null for a code, a switch or a number that nobody has described', () => {
    expect(hear([block('CS=99 LOAD=MAYBE V=12,5 SOC=---')]).values).toEqual([
      { state: null, load: null, 'battery-voltage': null, 'state-of-charge': null },
    ]);
  });
});

describe('a point by label', () => {
  const points = (...entries: readonly object[]) => device({}, entries);

  test('is the value as sent, in the unit as sent', () => {
    const of = points({ name: 'v', label: 'V' }, { name: 'cs', label: 'CS' }, { name: 'off', label: 'OR' });
    expect(hear([block(MPPT)], of).values).toEqual([{ v: 13790, cs: 245, off: '0x00000001' }]);
    expect(of.points.map(({ unit }) => unit)).toEqual(['mV', undefined, undefined]);
  });

  test('takes scale, unit, decimals and texts of its own', () => {
    const of = points(
      { name: 'v', label: 'V', scale: 0.001, unit: 'V', decimals: 1 },
      { name: 'cs', label: 'CS', enum: { '245': 'wakes' } },
      { name: 'x', label: 'NEW', type: 'number' },
      { name: 'y', label: 'NEW' },
    );
    expect(hear([block(`${MPPT} NEW=7`)], of).values).toEqual([{ v: 13.8, cs: 'wakes', x: 7, y: '7' }]);
    expect(of.points.map(({ unit, type }) => [unit, type])).toEqual([
      ['V', 'number'],
      [undefined, 'text'],
      [undefined, 'number'],
      [undefined, 'text'],
    ]);
  });

  test('tells changes only, unless a deadband says more', () => {
    expect(points({ name: 'v', label: 'V' }).points[0]?.deadband).toBe(0);
    expect(points({ name: 'v', label: 'V', deadband: 50 }).points[0]?.deadband).toBe(50);
  });
});

describe('the config', () => {
  test.each([
    [{ name: 'no-such' }, 'name: must be a usual point, or have a label or a register'],
    [{ name: 'v', label: 'V V' }, 'label: must be 1 to 16 of A-Z, a-z, 0-9, _ and #'],
    [{ name: 'battery-voltage', scale: 2 }, 'scale: only goes with label or register'],
    [{ name: 'v', label: 'V', unit: 'V' }, 'unit: needs scale: the device sends the label in another unit'],
    [{ name: 's', label: 'SER#', min: 1 }, 'min: only goes with a point that is a number'],
    [{ name: 'load', deadband: 1 }, 'deadband: only goes with a point that is a number'],
    [{ name: 'c', label: 'CS', enum: { '0': 'off' }, min: 1 }, 'min: does not go together with enum'],
  ])('refuses %j', (entry, problem) => {
    expect(problems(driver.point, entry)).toContain(problem);
  });

  test('refuses what it does not know', () => {
    expect(problems(driver.point, { name: 'load', address: 1 })).toHaveLength(1);
    expect(problems(driver.options, { product: 'toaster' })).toHaveLength(1);
    expect(problems(driver.options, { unit: 1 })).toHaveLength(1);
    expect(() => device({}, [{ name: 'load' }, { name: 'load' }])).toThrow();
  });

  test('lets the unit as sent stand', () => {
    expect(problems(driver.point, { name: 'v', label: 'V', unit: 'mV' })).toEqual([]);
  });
});

describe('a HEX message', () => {
  const HEX = ':7DBED009E16D2\n';

  test.each([
    ['before a block', joined(HEX, block(BMV))],
    ['behind a block', joined(block(BMV), HEX)],
    ['between two fields', withHex(block(BMV), '\r\nSOC', HEX)],
    ['within a field', withHex(block(BMV), 'OC\t1000', HEX)],
    ['within the label of the checksum', withHex(block(BMV), 'sum\t', HEX)],
    ['twice on end', withHex(block(BMV), '\r\nSOC', HEX + HEX)],
  ])('%s leaves the block as it is', (_where, stream) => {
    for (const size of [1, 5, stream.length]) {
      expect(hear(pieces(stream, size))).toEqual({ ...hear([block(BMV)]), faults: [] });
    }
  });

  test('with a wrong check byte is a fault of its own', () => {
    expect(hear([joined(':7DBED009E16D3\n', block(BMV))])).toMatchObject({
      values: [{ 'battery-voltage': 26.201 }],
      faults: ['vedirect/hex-checksum'],
    });
    for (const odd of [':\n', ':7\n', ':75\n', ':7ECED00751\n']) {
      expect(hear([bytesOf(odd)]).values).toEqual([]);
    }
  });

  test('that lost its line feed costs the block that it fell into', () => {
    expect(hear([joined(':7DBED009E16D2', block(BMV), block(BMV_HISTORY))])).toMatchObject({
      values: [{ 'charge-cycles': 1 }],
      faults: ['vedirect/checksum'],
    });
  });
});

function withHex(stream: Uint8Array, before: string, hex: string): Uint8Array {
  const at = String.fromCharCode(...stream).indexOf(before);
  if (at < 0) throw new Error('no such place');
  return joined(stream.subarray(0, at), hex, stream.subarray(at));
}

describe('damage', () => {
  test('of any single byte gives no value of that block', () => {
    const sound = block(MPPT);
    fc.assert(
      fc.property(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const damaged = Uint8Array.from(sound);
        damaged[at] = (damaged[at] ?? 0) ^ by;
        expect(hear([damaged]).values).toEqual([]);
        // and the blocks after it are read again, the second at the latest
        expect(hear([damaged, block(BMV), block(BMV)]).values.at(-1)).toMatchObject({ model: '700' });
      }),
      { numRuns: 1000 },
    );
  });

  test('that cuts a block off leaves the next one whole, and nothing of the first', () => {
    const whole = block(MPPT);
    for (let cut = 12; cut < whole.length - 1; cut++) {
      const heard = hear([whole.subarray(0, cut), whole]);
      for (const values of heard.values) expect(values).toEqual(hear([whole]).values[0]);
      expect(hear([whole.subarray(0, cut), whole, whole]).values).toContainEqual(hear([whole]).values[0]);
    }
  });

  test('that cuts a block off costs that block alone, where the next one begins with the same label', () => {
    const whole = block(MPPT);
    const first = '\r\nPID\t'.length;
    for (let cut = first; cut < whole.length - '\r\nChecksum\t'.length; cut++) {
      const { values, faults } = hear([whole.subarray(0, cut), whole]);
      // where the cut leaves a lone carriage return or a label, the next block's first field can not be told from it
      const isClean = /\t[ -~]*$/.test(String.fromCharCode(...whole.subarray(0, cut)));
      if (isClean) expect({ values, faults }).toEqual({ values: hear([whole]).values, faults: ['vedirect/truncated'] });
    }
  });

  test('is not seen in a check byte that looks like the beginning of something', () => {
    const numbered = (at: number) => block(`I=${at} BMV=${'z'.repeat(at % 16)}`);
    for (const special of bytesOf(':\r\n\t')) {
      let at = 0;
      while (numbered(at).at(-1) !== special) at += 1;
      const one = { 'battery-current': at / 1000, model: 'z'.repeat(at % 16) };
      for (const size of [1, 1000]) {
        const heard = hear(pieces(joined(numbered(at), numbered(at)), size));
        expect(heard).toEqual({ values: [one, one], faults: [], discarded: 0 });
      }
    }
  });

  test('at the front, where the port was opened within a block, gives no value of that block', () => {
    const whole = block(MPPT);
    for (let from = 1; from < whole.length; from++) {
      // a carriage return and line feed that begin a field are no proof of a beginning; the sum is
      expect(hear([whole.subarray(from)]).values).toEqual([]);
    }
  });

  test('refuses a right sum around a wrong form', () => {
    for (const fields of ['PID=1 V=1 V=2', 'V=1 V=1', 'V=1\u00072', 'A-B=1', `V=${'1'.repeat(65)}`]) {
      expect(hear([block(fields)]).values).toEqual([]);
    }
    expect(hear([block('x V=12000')]).values).toEqual([]);
  });
});

describe('any stream', () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 600 }),
    fc.string({ unit: fc.constantFrom(...':\r\n\tChecksumV07A#'), maxLength: 400 }).map(bytesOf),
    fc.constantFrom(block(BMV), block(MPPT).subarray(0, 60), bytesOf(':7DBED009E16D2\n'), bytesOf('\r\nChecksum\t')),
  );

  test('gives the same however it is cut, never throws, and tells a sound block after at most two', () => {
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 6 }), fc.integer({ min: 1, max: 97 }), (parts, size) => {
        const stream = joined(...parts, block(MPPT), block(MPPT), block(BMV));
        const heard = hear([stream]);
        expect(hear(pieces(stream, size))).toEqual(heard);
        expect(heard.values.at(-1)).toMatchObject({ model: '700' });
      }),
      { numRuns: 500 },
    );
  });

  test('is held in bounded memory and counted where it is too long', () => {
    const heard = hear(pieces(new Uint8Array(1_000_000).fill(0x55), 4096));
    expect(heard).toMatchObject({ values: [], faults: [] });
    expect(heard.discarded).toBeGreaterThan(990_000);
    const hex = hear(pieces(joined(':', new Uint8Array(100_000).fill(0x41)), 4096));
    expect(hex).toMatchObject({ values: [], faults: [] });
    expect(hex.discarded).toBeGreaterThan(90_000);
  });

  test('goes on where a listener threw', () => {
    const framer = device().framer();
    expect(() =>
      framer.push(block(BMV), () => {
        throw new Error('listener');
      }),
    ).toThrow('listener');
    let frames = 0;
    framer.push(block(BMV), () => frames++);
    expect(frames).toBe(1);
  });
});
